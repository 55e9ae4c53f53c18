import numpy as np
import pytest

from otrain.data.results.calibration import Calibration, prior_shift, sigmoid
from otrain.errors import DataError, UsageError
from otrain.evaluation.calibration import fit_calibration
from otrain.evaluation.metrics import calibration_error, log_loss


def overconfident(n=2000, factor=3.0, seed=0):
    """Logits `factor` times too large, labels drawn from the right probability."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=n) * 2
    return logits * factor, (rng.random(n) < sigmoid(logits)).astype(int)


def test_temperature_recovers_the_factor_of_an_overconfident_network():
    fitted = fit_calibration(*overconfident())
    # The likelihood of 2000 examples fixes the slope to about 5 %.
    assert fitted.temperature == pytest.approx(3.0, rel=0.1)
    assert fitted.method == "temperature" and fitted.note == "" and fitted.examples == 2000


def test_temperature_is_at_the_minimum_of_the_log_loss():
    logits, labels = overconfident()
    best = fit_calibration(logits, labels).temperature
    losses = [log_loss(labels, sigmoid(logits / t)) for t in (0.98 * best, best, 1.02 * best)]
    assert losses[1] == min(losses)


def test_temperature_of_three_classes_is_recovered():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(3000, 3)) * 2
    labels = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    assert fit_calibration(logits * 2.5, labels).temperature == pytest.approx(2.5, rel=0.1)


def test_isotonic_lowers_the_log_loss_and_stays_off_zero_and_one():
    logits, labels = overconfident()
    fitted = fit_calibration(logits, labels, "isotonic")
    scores = fitted.apply(logits)
    assert log_loss(labels, scores) < log_loss(labels, sigmoid(logits))
    assert scores.min() > 0 and scores.max() < 1


def test_isotonic_equals_scikit_learn():
    from sklearn.isotonic import IsotonicRegression

    logits, labels = overconfident(500)
    expected = IsotonicRegression(y_min=1 / 502, y_max=501 / 502).fit(logits, labels).predict(logits)
    np.testing.assert_allclose(fit_calibration(logits, labels, "isotonic").apply(logits), expected, atol=1e-12)


@pytest.mark.parametrize("labels, words", [
    ([1] * 40, "one class only"), ([0, 1] * 5, "too small"), ([0] * 40 + [1] * 2, "too small"), ([], "one class"),
])
def test_small_subset_leaves_the_scores_as_they_are_and_says_so(labels, words):
    fitted = fit_calibration(np.linspace(-1, 1, len(labels)), labels)
    assert fitted.method == "none"
    assert words in fitted.note


def test_perfectly_separated_subset_is_not_calibrated_and_says_so():
    labels = np.arange(60) % 2
    fitted = fit_calibration(np.where(labels, 4.0, -4.0), labels)
    assert (fitted.method, fitted.temperature) == ("none", 1.0)
    assert "separated without error" in fitted.note


def test_isotonic_falls_back_to_temperature_and_says_so():
    fitted = fit_calibration(*overconfident(100), "isotonic")
    assert fitted.method == "temperature"
    assert "isotonic calibration was not possible" in fitted.note


def test_temperature_of_meaningless_scores_is_held_at_its_bound():
    rng = np.random.default_rng(0)
    fitted = fit_calibration(rng.normal(size=500) * 1000, rng.integers(0, 2, 500))
    assert fitted.temperature == 20
    assert "bound" in fitted.note


def test_none_is_none():
    assert fit_calibration(*overconfident(), "none").method == "none"


def test_non_finite_logits_are_refused():
    with pytest.raises(DataError, match="1 of 2 logits are not finite"):
        fit_calibration([0.0, np.nan], [0, 1])


def test_label_count_must_match():
    with pytest.raises(DataError, match="3 entries for 2 examples"):
        fit_calibration([0.0, 1.0], [0, 1, 1])


def test_unknown_method_is_refused():
    with pytest.raises(UsageError, match="unknown calibration 'platt'"):
        fit_calibration([0.0], [0], "platt")


# A calibration fitted where both classes are equally common, used where reals are rare.
SURENESS = 2.5  # factor by which the network overstates its log odds
DISTANCE = 2.5  # of the two classes, in standard deviations


def rare_reals(reals, bogus, seed):
    """Logits of an overconfident network that learnt from equally many of both."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, 0], [reals, bogus])
    x = rng.normal(size=reals + bogus) + DISTANCE * (labels - 0.5)
    return SURENESS * DISTANCE * x, labels


@pytest.fixture(scope="module", params=["temperature", "isotonic"])
def fitted(request):
    return fit_calibration(*rare_reals(1500, 1500, seed=0), request.param)


@pytest.mark.parametrize("reals, bogus", [(3000, 3000), (600, 6000), (300, 30_000)])
def test_calibration_lowers_error_and_log_loss_at_any_class_balance(fitted, reals, bogus):
    logits, labels = rare_reals(reals, bogus, seed=1)
    shift = prior_shift(reals / bogus, 0.5)
    before, after = Calibration().apply(logits, shift=shift), fitted.apply(logits, shift=shift)
    assert log_loss(labels, after) < 0.9 * log_loss(labels, before)
    assert calibration_error(labels, after) < 0.5 * calibration_error(labels, before)


# A table of 1500 bogus knows nothing of what happens once in 3000: no isotonic fit for the rarest.
@pytest.mark.parametrize("method, reals, bogus", [("temperature", 600, 6000), ("temperature", 300, 30_000),
                                                  ("isotonic", 600, 6000)])
def test_ratio_of_real_to_bogus_gives_the_expected_counts(method, reals, bogus):
    fitted = fit_calibration(*rare_reals(1500, 1500, seed=0), method)
    logits, labels = rare_reals(reals, bogus, seed=2)
    scores = fitted.apply(logits, shift=prior_shift(reals / bogus, 0.5))
    # Counting noise, and what the fit on 3000 candidates leaves.
    assert scores.sum() == pytest.approx(reals, rel=0.15)
    called = scores >= 0.5
    assert scores[called].sum() == pytest.approx(labels[called].sum(), rel=0.15)
    # Without the ratio the scores announce far too many.
    assert fitted.apply(logits).sum() > 1.5 * reals


def test_ratio_and_calibration_together_give_the_right_probability():
    fitted = fit_calibration(*rare_reals(1500, 1500, seed=0))
    logits, _ = rare_reals(10, 1000, seed=3)
    truth = sigmoid(logits / SURENESS + np.log(0.01))  # Bayes' rule
    assert np.abs(fitted.apply(logits, shift=prior_shift(0.01, 0.5)) - truth).max() < 0.05
