import numpy as np
import pytest

from otrain.domains.lightcurves.missions import SPOILT, bad_samples, mission_name


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


def test_bits_that_the_user_names_take_the_place_of_the_missions():
    assert bad_samples(np.array([0, 128, 4096]), "Kepler", "default", 4096).tolist() == [False, False, True]


def test_sample_that_another_flag_calls_bad_is_so_in_every_mission():
    assert bad_samples(np.array([0, SPOILT]), "TESS", "default").tolist() == [False, True]


def test_names_of_missions_are_ours():
    assert (mission_name("KEPLER"), mission_name(None), mission_name("Roman")) == ("Kepler", "", "Roman")
