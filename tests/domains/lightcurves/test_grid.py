import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.grid import clean, fill_between, to_grid

HALF_HOUR = 1800.0
SLOT = 1 / 48  # d


def samples(time, flux=None, **parts):
    flux = np.ones(len(time)) if flux is None else flux
    channels = {"time": np.asarray(time, float), "flux": np.asarray(flux, float), **parts}
    return clean(np.column_stack(list(channels.values())), tuple(channels))


def test_samples_at_the_cadence_of_the_grid_keep_their_values():
    flux = np.array([1.0, 2, 3, 4])
    grid = to_grid(samples(100 + SLOT * np.arange(4), flux), cadence=HALF_HOUR)
    np.testing.assert_array_equal(grid.flux, flux)
    assert grid.start == pytest.approx(100 - SLOT / 2)
    np.testing.assert_allclose(grid.time, 100 + SLOT * np.arange(4), rtol=0, atol=1e-9)


def test_finer_samples_are_averaged_and_their_errors_fall_with_the_root_of_their_number():
    time = np.arange(0, 2 * SLOT, SLOT / 4) + SLOT / 8
    found = to_grid(samples(time, np.arange(8.0), flux_err=np.full(8, 0.4)), cadence=HALF_HOUR)
    np.testing.assert_allclose(found.flux, [1.5, 5.5])
    np.testing.assert_allclose(found.error, 0.2)
    np.testing.assert_array_equal(found.count, [4, 4])


def test_weighted_average_counts_precise_samples_more():
    time = np.array([0, SLOT / 2])
    found = to_grid(samples(time, [0.0, 1.0], flux_err=np.array([1.0, 0.5])), cadence=HALF_HOUR,
                    average="weighted")
    np.testing.assert_allclose(found.flux, [0.8])
    np.testing.assert_allclose(found.error, [1 / np.sqrt(5)])


def test_robust_average_drops_upward_hits_and_never_a_dip():
    rng = np.random.default_rng(0)
    flux = 1 + rng.normal(0, 1e-3, 200)
    flux[25], flux[55] = 5.0, 0.5
    time = (np.arange(200) + 0.5) * SLOT / 10
    found = to_grid(samples(time, flux), cadence=HALF_HOUR, average="robust")
    assert abs(found.flux[2] - 1) < 2e-3 and found.count[2] == 9
    assert found.flux[5] < 0.96 and found.count[5] == 10


def test_slots_without_a_sample_are_nan_not_zero():
    found = to_grid(samples(SLOT * np.array([0, 1, 5])), cadence=HALF_HOUR)
    np.testing.assert_array_equal(np.isnan(found.flux), [False, False, True, True, True, False])
    assert np.isnan(found.time[3])


def test_unsorted_and_repeated_times_are_put_right_and_counted():
    found = samples([3.0, 1.0, 2.0, 2.0, np.nan], [30, 10, np.nan, 20, 50])
    np.testing.assert_array_equal(found.time, [1, 2, 3])
    np.testing.assert_array_equal(found.flux, [10, 20, 30])
    assert found.counts == {"flagged": 0, "impossible": 0, "untimed": 1, "unsorted": 1, "repeated": 1, "samples": 3}


def test_flagged_samples_lose_their_flux_and_are_counted():
    image = np.array([[0, 1.0], [1, 2], [2, 3]])
    found = clean(image, ("time", "flux"), np.array([False, True, False]))
    np.testing.assert_array_equal(found.flux, [1, np.nan, 3])
    assert found.counts["flagged"] == 1


@pytest.mark.parametrize("time, flux, reason, words", [
    ([1.0], [1.0], "too-small", "two samples"),
    ([np.nan, np.nan], [1, 1], "no-finite-pixel", "0 of 2 times are finite"),
    ([1, 2], [np.nan, np.nan], "no-finite-pixel", "no sample of 2"),
    ([1, 1], [2, 2], "no-finite-pixel", "of its own")])
def test_light_curve_without_samples_is_rejected(time, flux, reason, words):
    with pytest.raises(InputRejected, match=words) as caught:
        samples(time, flux)
    assert caught.value.reason == reason


def test_times_in_a_wrong_unit_would_need_too_many_slots():
    with pytest.raises(InputRejected, match="Are they in days"):
        to_grid(samples([0, 1e9]), cadence=HALF_HOUR)


def test_pieces_end_at_long_gaps_and_where_the_file_says_so():
    time = SLOT * np.array([0, 1, 2, 40, 41, 42, 43])
    found = to_grid(samples(time, segment=np.array([0, 0, 0, 0, 0, 7, 7])), cadence=HALF_HOUR, gap=0.5)
    np.testing.assert_array_equal(found.piece[[0, 2, 40, 41, 42, 43]], [0, 0, 1, 1, 2, 2])
    assert to_grid(samples(time), cadence=HALF_HOUR, gap=1.0).piece.max() == 0


def test_coarse_data_fill_slots_only_between_neighbours():
    found = to_grid(samples(SLOT * np.array([0, 2, 4, 20]), [0.0, 2, 4, 20]), cadence=HALF_HOUR, gap=9)
    fill_between(found, reach=3 * SLOT)
    np.testing.assert_allclose(found.flux[:5], [0, 1, 2, 3, 4])
    assert np.isnan(found.flux[5:20]).all()


def test_label_of_a_slot_is_that_of_half_its_samples_and_short_events_keep_one():
    time = (np.arange(40) + 0.5) * SLOT / 10
    label = np.zeros(40)
    label[3:18] = 1  # seven samples of slot 0, eight of slot 1
    label[32:34] = 2  # two samples of slot 3
    np.testing.assert_array_equal(to_grid(samples(time, label=label), cadence=HALF_HOUR).label, [1, 1, 0, 2])


def test_label_of_a_filled_slot_is_that_of_the_nearer_neighbour():
    grid = to_grid(samples(SLOT * np.array([0, 3, 6]), label=np.array([1.0, 0.0, 2.0])), cadence=HALF_HOUR)
    filled = fill_between(grid, reach=10 * SLOT)
    assert filled.label.tolist() == [1, 1, 0, 0, 0, 2, 2]


def test_slot_of_which_exactly_half_is_in_an_event_belongs_to_it():
    time = np.arange(0, 3 * SLOT, SLOT / 2) + SLOT / 4
    found = to_grid(samples(time, label=np.array([0.0, 0, 0, 1, 1, 1])), cadence=HALF_HOUR)
    np.testing.assert_array_equal(found.label, [0, 1, 1])
