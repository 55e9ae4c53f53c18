import numpy as np
import pytest

from otrain.data.subsets import sky_pairs
from otrain.data.subsets.sky_pairs import close_on_sky


def pairs(ra, dec):
    found = [(here, there) for a, b in close_on_sky(np.asarray(ra, float), np.asarray(dec, float))
             for here, there in zip(a.tolist(), b.tolist())]
    return {frozenset(pair) for pair in found}


@pytest.mark.parametrize("dec", [-89, -45, 0, 60, 89])
def test_pairs_are_those_within_two_arcseconds(dec):
    step = 1 / 3600 / np.cos(np.radians(dec))
    assert pairs(100 + step * np.array([0, 1.9, 4.0, 5.9]), [dec] * 4) == {frozenset({0, 1}), frozenset({2, 3})}


def test_places_on_both_sides_of_the_meridian_are_neighbours():
    assert pairs([359.9998, 0.0002, 0.01], [0, 0, 0]) == {frozenset({0, 1})}


def test_no_places_have_no_pairs():
    assert pairs([], []) == set()


def test_pairs_do_not_depend_on_how_many_places_are_looked_at_together(monkeypatch):
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(10, 10.02, 400), rng.uniform(-0.01, 0.01, 400)
    whole = pairs(ra, dec)
    monkeypatch.setattr(sky_pairs, "_ROWS", 7)
    assert pairs(ra, dec) == whole and whole
