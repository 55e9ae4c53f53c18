import json

import numpy as np
import pytest

from otrain.explain.faithfulness import Curves
from otrain.explain.summary import summarise

FRACTIONS = np.array([0, 0.5, 1])


def curves(heat, n=20, empty=0.1):
    """Curves of two classes: `heat` half way, 0.5 in a random order."""
    def one(half, start, end):
        values = np.tile([start, half, end], (n, 1))
        return values + np.linspace(0, 1e-3, n)[:, None]  # candidates differ

    def orders(half, start, end):
        return {"heat": one(half, start, end), "random": one(0.5, start, end), "centre": one(0.4, start, end)}

    return Curves(FRACTIONS, orders(heat, 0.9, empty), orders(1 - heat, empty, 0.9))


TOWARDS = np.arange(20) % 2


def test_good_map_is_better_in_both_tests_with_an_interval():
    content = summarise(curves(0.1), np.full(20, 0.05), TOWARDS, ("bogus", "real"))
    for name in ("deletion", "insertion"):
        assert set(content[name]) == {"bogus", "real"}
        found = content[name]["real"]
        assert found["candidates"] == 10 and found["better_than_random"]["value"] == 1
        assert found["better_than_random"]["low"] == pytest.approx(0.722, abs=1e-3)  # Wilson, 10 of 10
        assert found["advantage"]["value"] == pytest.approx(0.2)
        assert found["advantage"]["low"] <= found["advantage"]["value"] <= found["advantage"]["high"]
    json.dumps(content, allow_nan=False)


@pytest.mark.parametrize(("heat", "words"), [(0.1, "earlier than a random order"), (0.9, "these maps mislead"),
                                             (0.5, "no earlier than a random order")])
def test_words_follow_the_advantage(heat, words):
    content = summarise(curves(heat), np.full(20, 0.05), TOWARDS, ("bogus", "real"))
    assert words in content["words"][0]


@pytest.mark.parametrize(("correlation", "words"), [
    (0.0, "depend on what the network learnt"), (0.9, "show the image rather than"), (np.nan, "no heat at all")])
def test_words_follow_the_correlation(correlation, words):
    content = summarise(curves(0.1), np.full(20, correlation), TOWARDS, ("bogus", "real"))
    assert words in content["words"][-1]


def test_class_of_empty_sky_is_said():
    content = summarise(curves(0.9, empty=0.95), np.zeros(20), np.zeros(20, int), ("bogus", "real"))
    assert set(content["deletion"]) == {"bogus"}
    assert any(sentence.startswith("Empty sky itself scores 0.95 as bogus") for sentence in content["words"])


def test_maps_that_may_be_like_those_of_shuffled_weights_are_not_said_to_depend_on_the_network_alone():
    content = summarise(curves(0.1), np.linspace(0.0, 0.9, 20), TOWARDS, ("bogus", "real"))
    median = content["shuffled_weights"]["median"]
    assert median["value"] < 0.5 < median["high"]
    assert "depend only in part on what the network learnt" in content["words"][-1]
