import numpy as np
import pytest

from otrain.domains.lenses.simulators.distributions import Range, distribution_of, lens_words, notes_about


def draws(one, count=20000):
    rng = np.random.default_rng(0)
    return np.array([one.draw(rng) for _ in range(count)])


def test_range_is_uniform():
    values = draws(Range(10, 50))
    assert 10 <= values.min() < 10.1 and 49.9 < values.max() <= 50
    assert np.mean(values) == pytest.approx(30, abs=4 * 40 / np.sqrt(12 * len(values)))


def test_rate_makes_a_truncated_exponential():
    values = draws(Range(20, 80, rate=2.0))
    mean = 1 / 2 - 1 / (np.exp(2) - 1)  # of exp(-2 u) on 0..1
    assert np.mean((values - 20) / 60) == pytest.approx(mean, abs=0.008)  # 4 standard errors
    assert values.min() >= 20 and values.max() <= 80


def test_list_is_drawn_from():
    assert set(draws(Range(values=(3, 7)), 50)) == {3.0, 7.0}


def test_defaults_stand_where_no_range_is_given():
    ranges = distribution_of({})
    expected = {"sigma": (1, 60), "sigma2": (1, 40), "theta": (0, 179), "n_sersic": (1, 5), "luminosity": (1, 20),
                "einstein": (10, 50), "phi": (0, 359), "x": (-100, 100), "y": (-100, 100)}
    assert {name: (one.low, one.high) for name, one in ranges.items()} == expected


def test_fixed_value_wins_over_a_range():
    assert draws(distribution_of({"lens": {"einstein": 12, "einstein-min": 1}})["einstein"], 3).tolist() == [12] * 3


def test_elliptical_lens_without_ellipticity_gets_a_default_and_a_note():
    table = {"simulator": {"config": ["raysie", "rs"]}}
    ranges = distribution_of(table)
    assert (ranges["orientation"].low, ranges["orientation"].high) == (0, 180)
    assert (ranges["ellipseratio"].low, ranges["ellipseratio"].high) == (0.4, 0.9)
    assert len([note for note in notes_about(table) if "elliptical" in note]) == 2
    assert lens_words(table) == ["SIE", "SIS"]


def test_round_lenses_get_neither():
    table = {"lens": {"mode": "SIS"}}
    assert "orientation" not in distribution_of(table) and notes_about(table) == []
