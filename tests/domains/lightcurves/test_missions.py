import numpy as np
import pytest

from otrain.domains.lightcurves.missions import bad_samples, mission_name, time_scale


@pytest.mark.parametrize("mission, bit, bad", [
    ("Kepler", 32, True), ("Kepler", 128, False), ("Kepler", 2048, False), ("K2", 1048576, True),
    ("TESS", 128, True), ("TESS", 64, False), ("PLATO", 128, True), ("", 1, True), ("Kepler", 0, False)])
def test_bits_that_spoil_a_sample_depend_on_the_mission(mission, bit, bad):
    assert bad_samples(np.array([bit]), mission, "default").tolist() == [bad]


def test_published_masks_are_those_of_lightkurve():  # reference: lightkurve 2.6 default bitmasks
    from otrain.domains.lightcurves.missions import SPOILING_BITS

    assert SPOILING_BITS["Kepler"] == 1130799 and SPOILING_BITS["TESS"] == 17087


def test_policy_decides_and_a_flag_that_is_no_number_excludes():
    quality = np.array([0, 128, np.nan])
    assert bad_samples(quality, "Kepler", "any").tolist() == [False, True, True]
    assert bad_samples(quality, "Kepler", "default").tolist() == [False, False, True]
    assert bad_samples(quality, "Kepler", "none") is None and bad_samples(None, "Kepler", "any") is None


def test_names_of_missions_and_time_scales_are_ours():
    assert (mission_name("KEPLER"), mission_name(None), mission_name("Roman")) == ("Kepler", "", "Roman")
    assert (time_scale(2454833, 0), time_scale(2457000.0, 0), time_scale(0.0, 1)) == ("BKJD", "BTJD", "BJD")
    assert (time_scale(None, 2458000.0), time_scale(None, 12.0), time_scale(2450000, 1)) == ("BJD", "d", "BJD-2450000")
