import numpy as np
import pytest

from otrain.domains.glitches.scan.coincidence import shared_peaks, veto_use
from otrain.errors import UsageError


def mask(*places, shape=(10, 6)):
    made = np.zeros(shape, bool)
    for place in places:
        made[place] = True
    return made


STRAIN = mask((2, 1), (5, 3), (7, 4), (8, 0))


def test_scores_are_those_of_annalisa():
    channels = np.stack([STRAIN, mask((2, 1), (5, 3)), mask((2, 1), (0, 0), (9, 5)), mask((0, 0))])
    corr, iou = shared_peaks(STRAIN, channels)
    np.testing.assert_allclose(corr, [1, 2 / 4, 1 / 4, 0])
    np.testing.assert_allclose(iou, [1, 2 / 4, 1 / 6, 0])


def test_peaks_within_the_tolerance_are_shared():
    channels = np.stack([mask((3, 1)), mask((2, 3)), mask((3, 2)), mask((4, 1))])
    for tolerance, expected in (((0, 0), [0, 0, 0, 0]), ((1, 0), [1, 0, 0, 0]), ((0, 2), [0, 1, 0, 0]),
                                ((1, 1), [1, 0, 1, 0])):
        corr, iou = shared_peaks(STRAIN, channels, tolerance=tolerance)
        np.testing.assert_allclose(corr, np.array(expected) / 4)
        np.testing.assert_allclose(iou, np.array(expected) / 4)


def test_scores_stay_within_one_however_wide_the_tolerance():
    channels = np.stack([mask(*[(time, 2) for time in range(10)]), mask((0, 0))])
    corr, iou = shared_peaks(STRAIN, channels, tolerance=(20, 20))
    np.testing.assert_allclose(corr, 1)
    np.testing.assert_allclose(iou, 1)


def test_quiet_events_do_not_count_unless_as_published():
    silent = np.zeros((10, 6), bool)
    corr, iou = shared_peaks(silent, np.stack([silent, STRAIN]))
    assert np.isnan(corr).all() and np.isnan(iou[0]) and iou[1] == 0
    corr, iou = shared_peaks(silent, np.stack([silent, STRAIN]), quiet=1.0)
    assert corr[0] == iou[0] == 1 and np.isnan(corr[1])
    corr, iou = shared_peaks(STRAIN, silent[None], quiet=1.0)
    assert corr[0] == iou[0] == 0


def test_negative_tolerance_is_refused():
    with pytest.raises(UsageError, match=r"Received: \(-1, 0\)"):
        shared_peaks(STRAIN, STRAIN[None], tolerance=(-1, 0))


def test_veto_counts_are_those_of_hand():
    strain = mask(3, 10, 15, shape=20)
    channel = mask(4, 9, 18, shape=20)
    valid = np.ones(20, bool)
    valid[0] = False
    np.testing.assert_array_equal(veto_use(strain, channel[None], valid),
                                  [[3, 0, 19, 3, 3, 0]])
    # Vetoed: 3-5, 8-10, 17-19.
    np.testing.assert_array_equal(veto_use(strain, channel[None], valid, tolerance=1),
                                  [[3, 2, 19, 9, 3, 2]])


def test_delayed_channel_vetoes_at_the_strains_times():
    strain = mask(3, 10, shape=20)
    channels = np.stack([mask(5, 12, shape=20), mask(1, 8, shape=20), mask(0, 19, shape=20)])
    counts = veto_use(strain, channels, np.ones(20, bool), delay=np.array([2, -2, 3]))
    np.testing.assert_array_equal(counts[:, 1], [2, 2, 0])
    np.testing.assert_array_equal(counts[:, 4], [2, 2, 1])


def test_bins_that_do_not_count_are_left_out():
    strain, valid = mask(3, 10, shape=20), np.ones(20, bool)
    valid[10:] = False
    np.testing.assert_array_equal(veto_use(strain, strain[None], valid, tolerance=1), [[1, 1, 10, 3, 1, 1]])
