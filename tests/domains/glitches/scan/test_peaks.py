import numpy as np
import pytest

from otrain.domains.glitches.scan.peaks import find_peaks, widen
from otrain.errors import UsageError


def test_only_the_highest_of_its_surroundings_is_a_peak():
    energies = np.zeros((6, 5))
    energies[1:4, 1:4] = [[21, 22, 21], [22, 30, 25], [21, 26, 40]]
    energies[5, 0] = 21
    assert np.argwhere(find_peaks(energies, 20)).tolist() == [[3, 3], [5, 0]]


def test_value_at_the_threshold_is_no_peak():
    energies = np.zeros((3, 3))
    energies[1, 1] = 20
    assert not find_peaks(energies, 20).any() and find_peaks(energies, 19.99).sum() == 1


def test_plateau_is_one_peak():
    energies = np.zeros((5, 5))
    energies[1:4, 2] = 50
    assert np.argwhere(find_peaks(energies, 20)).tolist() == [[1, 2]]


def test_maps_of_a_batch_do_not_know_each_other():
    energies = np.random.default_rng(0).exponential(size=(2, 3, 20, 10)) * 10
    peaks = find_peaks(energies, 20)
    for place in np.ndindex(2, 3):
        np.testing.assert_array_equal(peaks[place], find_peaks(energies[place], 20))
    assert peaks.sum() > 50


def test_there_are_no_peaks_where_nothing_is_valid():
    energies = np.zeros((2, 4, 3))
    energies[:, 1, 1] = 30
    valid = np.ones((2, 4), bool)
    valid[0, 1] = False
    assert np.argwhere(find_peaks(energies, 20, valid=valid)).tolist() == [[1, 1, 1]]


def test_nan_is_no_peak():
    assert not find_peaks(np.full((3, 3), np.nan), 20).any()


def test_published_peaks_are_those_of_one_row_of_all_maps():
    energies = np.zeros((2, 4, 2))
    # A ridge over both frequencies, and a rise that goes on in the next map.
    energies[0, 2] = [30, 40]
    energies[0, 3, 1], energies[1, 0, 0] = 50, 60
    published = find_peaks(energies, 20, definition="published")
    row = np.swapaxes(energies, 1, 2).ravel()
    expected = [place for place in range(1, 15) if row[place] > 20 and row[place] > row[place - 1]
                and row[place] > row[place + 1]]
    assert np.flatnonzero(np.swapaxes(published, 1, 2).ravel()).tolist() == expected
    assert published[0, 2, 0] and published[1, 0, 0] and not published[0, 3, 1]
    assert not find_peaks(energies, 20)[0, 2].any() and find_peaks(energies, 20)[0, 3, 1]


def test_unknown_definition_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'map'"):
        find_peaks(np.zeros((2, 2)), 20, definition="maps")


def test_masks_widen_and_end_at_the_borders():
    mask = np.zeros((2, 7, 2), bool)
    mask[0, 1, 0] = mask[1, 6, 1] = True
    wide = widen(mask, 2)
    assert np.flatnonzero(wide[0, :, 0]).tolist() == [0, 1, 2, 3] and not wide[0, :, 1].any()
    assert np.flatnonzero(wide[1, :, 1]).tolist() == [4, 5, 6]
    np.testing.assert_array_equal(widen(mask, 0), mask)
    assert widen(mask, 100)[0, :, 0].all()
    assert mask.sum() == 2
