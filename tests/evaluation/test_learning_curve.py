import re

import numpy as np
import pytest
from scipy.stats import norm

from otrain.errors import UsageError
from otrain.evaluation.learning_curve import PowerLaw, fit_power_law, learning_curve, lost_at_false_alarms
from otrain.evaluation.thresholds import rates, threshold_for_false_alarms

SIZES = (2000 * np.arange(1, 20) / 19).astype(int)
FALLING, FLAT = PowerLaw(0.03, 0.07, 0.7, 2000), PowerLaw(0.1, 0.0, 0.5, 2000)


def study(law, seed, *, sizes=SIZES, reals=400, bogus=400, scatter=0.1):
    """Logits of networks that lose `law(size)` of the reals at 1 % false positives, give or take."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [reals, bogus])
    lost = np.minimum(law(sizes) * np.exp(rng.normal(0, scatter, len(sizes))), 0.99)
    distance = (norm.isf(0.01) - norm.ppf(lost))[:, None]
    common, own = rng.normal(size=len(labels)), rng.normal(size=(len(sizes), len(labels)))
    return labels, np.sqrt(0.7) * common + np.sqrt(0.3) * own + distance * (labels - 0.5)


@pytest.mark.parametrize(("floor", "part", "exponent"), [(0.05, 0.1, 0.5), (0.0, 0.08, 0.3), (0.02, 0.004, 1.3)])
def test_law_without_noise_is_found(floor, part, exponent):
    true = PowerLaw(floor, part, exponent, 2000)
    law = fit_power_law(SIZES, true(SIZES), examples=10**6)
    beyond = np.array([4000, 8000])
    np.testing.assert_allclose(law(beyond), true(beyond), rtol=0.03)


def test_rising_errors_are_fitted_by_their_level():
    law = fit_power_law(SIZES, np.linspace(0.1, 0.2, 19), examples=1000)
    assert law.part == 0 and 0.1 < law.floor < 0.2


@pytest.mark.parametrize("values", [np.zeros(19), np.ones(19), np.full(19, 0.2)])
def test_errors_that_are_all_alike_are_that_level(values):
    law = fit_power_law(SIZES, values, examples=50)
    assert law(2000) == pytest.approx(values[0], abs=1e-6)


def test_one_size_alone_has_no_slope():
    law = fit_power_law([100, 100], [0.2, 0.4], examples=50)
    assert law.part == 0 and law.floor == pytest.approx(0.3, abs=0.02)


def test_many_laws_at_once_are_those_of_one_by_one():
    values = np.clip(FALLING(SIZES) + np.random.default_rng(0).normal(0, 0.02, (5, 19)), 0, 1)
    together = fit_power_law(SIZES, values, examples=300)(5000)
    np.testing.assert_allclose(together, [fit_power_law(SIZES, row, examples=300)(5000) for row in values])


def test_run_that_is_drawn_twice_counts_as_two():
    values, weights = FALLING(SIZES) + 0.01 * np.sin(SIZES), np.ones(19)
    weights[3] = 2
    twice = fit_power_law(np.append(SIZES, SIZES[3]), np.append(values, values[3]), examples=300)
    assert fit_power_law(SIZES, values, examples=300, weights=weights)(4000) == pytest.approx(twice(4000))


def test_reals_lost_are_those_below_the_threshold_for_one_percent():
    labels, logits = study(FALLING, 0, sizes=SIZES[:3])
    for scores in (logits[0], np.round(logits[1]), np.zeros(800)):
        threshold = threshold_for_false_alarms(scores[labels == 0], 0.01)
        judged = rates(labels, scores, threshold)
        assert lost_at_false_alarms(labels, scores) == judged["lost"]["value"]
        assert judged["false_alarms"]["value"] <= 0.01
    ties = learning_curve(SIZES[:3], labels, np.round(logits), resamples=2).values
    np.testing.assert_allclose(ties, [lost_at_false_alarms(labels, np.round(scores)) for scores in logits])


@pytest.mark.parametrize(("reals", "bogus"), [(0, 200), (200, 0), (200, 99)])
def test_too_few_candidates_define_no_rate(reals, bogus):
    assert np.isnan(lost_at_false_alarms(np.repeat([1, 0], [reals, bogus]), np.arange(reals + bogus)))


def test_error_is_the_share_of_wrong_calls():
    curve = learning_curve([10, 20], np.array([1, 0, 1, 0]), np.array([[1, -1, -1, -1], [1, 1, -1, 1]]),
                           measure="error", resamples=2)
    assert curve.values.tolist() == [0.25, 0.75]


def test_gain_of_more_labels_is_stated_with_its_interval():
    gain = learning_curve(SIZES, *study(FALLING, 1), resamples=100).gain(2000)
    assert gain["problem"] == "" and (gain["labels"], gain["more"]) == (2000, 2000)
    assert gain["then"]["low"] <= gain["then"]["value"] <= gain["then"]["high"]
    assert gain["then"]["low"] <= FALLING(4000) <= gain["then"]["high"]
    assert 0 < gain["gain"]["low"] <= gain["now"]["value"] - gain["then"]["value"] <= gain["gain"]["high"]


def test_interval_covers_the_truth_and_flat_studies_make_no_claim():
    covered, claims = [], []
    for seed in range(20):
        then = learning_curve(SIZES, *study(FALLING, seed), resamples=60, seed=seed).gain(2000)["then"]
        covered.append(then["low"] <= FALLING(4000) <= then["high"])
        flat = learning_curve(SIZES, *study(FLAT, seed, scatter=0.15), resamples=60, seed=seed).gain(2000)
        claims.append(not flat["problem"])
    # With a coverage of 0.95 fewer than 16 of 20 happen once in 4000.
    assert sum(covered) >= 16 and sum(claims) <= 4


@pytest.mark.parametrize(("options", "words"), [
    ({"bogus": 99}, r"needs at least 100 bogus in test \(has 99\)"),
    ({"reals": 20}, r"needs at least 30 reals in test \(has 20\)"),
    ({"sizes": SIZES[:3]}, r"needs at least 4 different sizes \(has 3\)"),
])
def test_study_that_is_too_small_says_what_it_needs(options, words):
    sizes = options.get("sizes", SIZES)
    gain = learning_curve(sizes, *study(FALLING, 0, **options), resamples=5).gain(100)
    assert re.search(words, gain["problem"])


def test_perfect_networks_have_nothing_left_to_lower():
    labels = np.repeat([1, 0], 200)
    gain = learning_curve(SIZES, labels, np.tile(labels - 0.5, (19, 1)), resamples=5).gain(100)
    assert "none to lower" in gain["problem"]


def test_fit_is_not_continued_beyond_tenfold():
    curve = learning_curve(SIZES, *study(FALLING, 1), resamples=20)
    assert "beyond 10 times" in curve.gain(19_000)["problem"] and curve.gain(10_000)["problem"] == ""


def test_impossible_requests_are_refused():
    with pytest.raises(UsageError, match="Known: error, false_negatives"):
        learning_curve(SIZES, *study(FALLING, 0), measure="auc")
    with pytest.raises(UsageError, match="must be positive"):
        learning_curve(SIZES, *study(FALLING, 0), resamples=2).gain(0)
