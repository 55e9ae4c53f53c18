import numpy as np

from otrain.domains.glitches.gaps import fill_gaps, narrow_valid

NAN = np.nan


def test_gaps_are_crossed_by_straight_lines_and_remembered():
    strain = np.array([[NAN, 5, NAN, 7, np.inf], [1, 2, 3, 4, 5], [NAN] * 5])
    filled, valid = fill_gaps(strain)
    np.testing.assert_array_equal(filled, [[5, 5, 6, 7, 7], [1, 2, 3, 4, 5], [0] * 5])
    np.testing.assert_array_equal(valid, [[0, 1, 0, 1, 0], [1] * 5, [0] * 5])
    assert np.isnan(strain[0, 0])


def test_single_series_without_values_is_zero():
    filled, valid = fill_gaps([NAN, NAN])
    assert filled.tolist() == [0, 0] and not valid.any()


def test_whole_series_stay_as_they_are():
    strain = np.random.default_rng(0).normal(size=(2, 3, 7))
    filled, valid = fill_gaps(strain)
    np.testing.assert_array_equal(filled, strain)
    assert valid.all()


def test_gaps_grow_by_the_reach_and_ends_do_not_count():
    valid = np.ones((2, 9), bool)
    valid[1, 4] = False
    np.testing.assert_array_equal(narrow_valid(valid, 2), [[1] * 9, [1, 1, 0, 0, 0, 0, 0, 1, 1]])
    np.testing.assert_array_equal(narrow_valid(valid, 0), valid)
    assert not narrow_valid(valid, 100)[1].any()
