import numpy as np

from otrain.workflows.reading.unseen import Unseen

RANGES = {"band": {"values": ["g", "r"], "known": 5}, "fwhm": {"low": 2.0, "high": 4.0, "known": 5}}


def test_bands_and_values_beyond_the_training_are_counted():
    unseen = Unseen(RANGES)
    unseen.add({"band": ["g", "z", ""], "fwhm": [3.0, 5.0, np.nan], "mag": [1.0, 2.0, 3.0]})
    unseen.add({"band": ["z", "y", "r"], "fwhm": [1.0, 4.0, 2.0]})
    assert unseen.to_dict() == {
        "band": {"judged": 5, "outside": 3, "unseen": {"z": 2, "y": 1}, "values": ["g", "r"]},
        "fwhm": {"judged": 5, "outside": 2, "unseen": {}, "low": 2.0, "high": 4.0}}
    band, fwhm = unseen.notes()
    assert "3 of 5 examples have a band that the network has never seen: 'y' (1), 'z' (2)" in band
    assert "2 of 5 examples have fwhm outside 2 to 4" in fwhm


def test_tails_are_counted_and_not_said():
    unseen = Unseen(RANGES)
    unseen.add({"fwhm": [3.0] * 999 + [4.1]})
    assert unseen.to_dict()["fwhm"]["outside"] == 1 and unseen.notes() == ()


def test_many_numbers_share_a_sentence():
    unseen = Unseen({f"n{k}": {"low": 0.0, "high": float(k), "known": 5} for k in range(5)} | {"band": RANGES["band"]})
    unseen.add({f"n{k}": [9.0] * k + [0.0] * (5 - k) for k in range(5)} | {"band": ["z"] * 5})
    band, numbers = unseen.notes()
    assert "'z' (5)" in band
    assert numbers == ("4 numbers of some of the 5 examples lie outside the range of the training: n4 (4: 0 to 4), n3 (3: 0 to 3), "
                       "n2 (2: 0 to 2) and 1 more. Judge it on labelled examples first.")


def test_counts_go_on_after_a_stop():
    first = Unseen(RANGES)
    first.add({"band": ["z"]})
    second = Unseen(RANGES, first.state())
    second.add({"band": ["z", "g"]})
    assert second.to_dict()["band"] == {"judged": 3, "outside": 2, "unseen": {"z": 2}, "values": ["g", "r"]}


def test_network_without_ranges_says_nothing():
    unseen = Unseen({})
    unseen.add({"band": ["z"]})
    assert (unseen.to_dict(), unseen.notes()) == ({}, ())
