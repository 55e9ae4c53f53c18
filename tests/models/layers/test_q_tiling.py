import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.models.layers.q_tiling import QGrid, QTiling, grid_frequencies, spline_matrix


def tiling(**options):
    return QTiling(**{"sample_rate": 1024, "samples": 4096, "q": 12, "frequency_range": (20, 300)} | options)


def test_rows_and_tiles_follow_the_published_formulas():
    rows = tiling()
    spacing = 2 * np.sqrt(0.2 / 3)
    width = np.log(300 / 20) * np.sqrt(2 + 144) / 2
    assert len(rows.frequencies) == int(np.ceil(width / spacing)) == 32
    steps = np.exp(2 / np.sqrt(146) * (np.arange(32) + 0.5) * width / 32)
    np.testing.assert_array_equal(rows.frequencies, np.floor(20 * steps * 4) / 4)
    wanted = 4 * 2 * np.pi * rows.frequencies / 12 / spacing
    assert (rows.tiles >= wanted).all() and (rows.tiles < 2 * wanted).all()
    np.testing.assert_array_equal(rows.tiles & (rows.tiles - 1), 0)


def test_row_on_a_bin_is_not_rounded_to_the_one_below():
    # A multiple of 1 / 10 s that binary fractions fall short of.
    rows = QTiling(1000, 10_000, 12, (25.0, 25.3))
    assert (np.abs(rows.frequencies * 10 - np.rint(rows.frequencies * 10)) < 1e-9).all()
    assert len(np.unique(rows.frequencies)) == len(rows.frequencies)


def test_windows_lie_about_their_frequency_and_add_up_to_one():
    rows = tiling()
    for row in (0, 17, len(rows.frequencies) - 1):
        bins, weights = rows.bins(row)
        assert len(bins) == rows.tiles[row]
        assert (weights**2 @ bins) / (weights**2).sum() == pytest.approx(rows.frequencies[row] * 4, abs=1e-9)
        assert bins[0] == rows.frequencies[row] * 4 and weights[0] == weights.max()
        assert (weights**2).sum() * 4096 == pytest.approx(1)
        used = bins[weights > 0]
        assert used.max() - used.min() <= 2 * rows.frequencies[row] * np.sqrt(11) / 12 * 4


def test_offset_of_gwpy_moves_all_windows_by_one_bin():
    ours, theirs = tiling().bins(5), tiling(offset=1).bins(5)
    used = ours[1] > 0
    np.testing.assert_array_equal(ours[0][used] + 1, theirs[0][used])
    np.testing.assert_array_equal(ours[1], theirs[1])


def test_window_that_reaches_beyond_half_the_sample_rate_is_refused():
    highest = tiling().highest_frequency
    assert highest == pytest.approx(512 / (1 + np.sqrt(11) / 12))
    assert tiling(frequency_range=(20, highest)).frequencies.max() <= highest
    with pytest.raises(UsageError, match=r"within 0.25 and 401.1 Hz for 4 s at 1024 Hz and q=12. Received"):
        tiling(frequency_range=(20, highest + 1))


@pytest.mark.parametrize("wrong", [{"q": 3.3}, {"q": np.nan}, {"mismatch": 0}, {"mismatch": 1}, {"samples": 3},
                                   {"sample_rate": 0}, {"sample_rate": np.inf}, {"frequency_range": (0, 300)},
                                   {"frequency_range": (300, 20)}, {"frequency_range": (np.nan, 300)},
                                   {"offset": 2}, {"samples": 1 << 22, "sample_rate": 1e6, "mismatch": 0.001,
                                                   "frequency_range": (20, 4e5), "q": 900}])
def test_impossible_tilings_are_refused(wrong):
    with pytest.raises(UsageError, match=r"Received|too large"):
        tiling(**wrong)


def test_grid_takes_tiles_themselves_where_they_fall_on_its_bins():
    grid = QGrid(tiling(), 128, [50, 100])
    assert grid.on_time(512) == 4 and grid.on_time(128) == 1
    matrix = grid.on_time(64)
    assert matrix.shape == (64, 128)
    np.testing.assert_allclose(matrix[:, ::2], np.eye(64), atol=1e-6)
    assert grid.on_time(64) is matrix
    assert grid.points_per_bin(512) == 1


def test_reduced_bins_hold_all_tiles_within_them():
    grid = QGrid(tiling(), 100, [50, 100], "max")
    assert grid.points_per_bin(512) == 6 and grid.points_per_bin(64) == 1
    assert grid.on_time(512).shape == (512, 600)
    np.testing.assert_allclose(grid.times, np.arange(100) * 0.04)


def test_grid_beyond_the_rows_repeats_the_last_row():
    grid = QGrid(tiling(), 8, [1, 20, 300, 5000])
    rows = len(tiling().frequencies)
    np.testing.assert_allclose(grid.frequency_matrix[:, [0, 3]], np.eye(rows)[:, [0, -1]], atol=1e-6)


@pytest.mark.parametrize("wrong, words", [({"time_reduce": "maxx"}, "Did you mean 'max'"),
                                          ({"time_bins": 0}, "a grid needs time bins"),
                                          ({"frequencies": []}, "a grid needs time bins"),
                                          ({"frequencies": [np.nan]}, "finite"),
                                          ({"time_bins": 1 << 18}, "cannot be brought onto")])
def test_impossible_grids_are_refused(wrong, words):
    with pytest.raises(UsageError, match=words):
        QGrid(**{"tiling": tiling(), "time_bins": 8, "frequencies": [50.0]} | wrong)


def test_spline_matrix_repeats_a_cubic_exactly():
    x = np.array([0, 1, 2.5, 3, 5])
    matrix = spline_matrix(x, np.array([0.5, 4]))
    np.testing.assert_allclose((x**3 - x) @ matrix, [0.5**3 - 0.5, 60], rtol=1e-12)
    np.testing.assert_allclose([5, 7, 4] @ spline_matrix(np.array([0, 1, 2]), np.array([0.5, 9])), [6, 4])
    np.testing.assert_array_equal([3.0] @ spline_matrix(np.array([10.0]), np.array([1, 2])), [3, 3])


def test_linear_frequencies_have_equal_differences():
    np.testing.assert_allclose(grid_frequencies((10, 50), 5, log=False), [10, 20, 30, 40, 50])
    np.testing.assert_allclose(grid_frequencies((10, 40), 3), [10, 20, 40])


def test_sparse_matrix_is_the_spline_without_what_hardly_counts():
    grid = QGrid(tiling(), 100, [50, 100], "max")
    dense, sparse = grid.on_time(512), grid.on_time(512, sparse=True)
    assert sparse.shape == dense.T.shape and sparse.nnz < 0.15 * dense.size
    np.testing.assert_allclose(sparse.toarray().T, dense, atol=2e-8)
    assert grid.on_time(512, sparse=True) is sparse and grid.on_time(512) is dense
