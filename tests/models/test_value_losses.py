import keras
import numpy as np
import pytest
from scipy.stats import multivariate_normal

from otrain.errors import UsageError
from otrain.models.value_losses import (
    CorrelatedSurprise,
    GaussianSurprise,
    MeanOffset,
    SquaredOffset,
    ValueR2,
)

RNG = np.random.default_rng(0)
TARGETS = RNG.normal(size=(6, 3)).astype("f4")
ANSWERS = RNG.normal(size=(6, 9)).astype("f4")


def gradient(loss, targets, answers):
    import tensorflow as tf

    variable = tf.Variable(answers)
    with tf.GradientTape() as tape:
        value = loss(targets, variable)
    return float(value), tape.gradient(value, variable).numpy()


def test_squared_offset_is_the_mean_square():
    assert float(SquaredOffset()(TARGETS, ANSWERS[:, :3])) == pytest.approx(np.mean((TARGETS - ANSWERS[:, :3]) ** 2))


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_gaussian_surprise_is_the_log_density_whatever_beta_is(beta):
    means, s = ANSWERS[:, :3], ANSWERS[:, 3:6]
    expected = np.mean(0.5 * (s + (TARGETS - means) ** 2 / np.exp(s)))
    assert float(GaussianSurprise(beta)(TARGETS, ANSWERS[:, :6])) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_gradients_are_those_of_beta_nll(beta):
    means, s = ANSWERS[:, :3].astype(float), ANSWERS[:, 3:6].astype(float)
    # reference: Seitzer et al. 2022, equations 5 and 6
    by_mean = (means - TARGETS) / np.exp(s) ** (1 - beta) / TARGETS.size
    by_log_variance = np.exp(s) ** beta * (1 - (TARGETS - means) ** 2 / np.exp(s)) / 2 / TARGETS.size
    _, found = gradient(GaussianSurprise(beta), TARGETS, ANSWERS[:, :6])
    np.testing.assert_allclose(found, np.hstack([by_mean, by_log_variance]), rtol=1e-4, atol=1e-6)


def test_correlated_surprise_is_the_log_density():
    expected = []
    for target, said in zip(TARGETS.astype(float), ANSWERS.astype(float), strict=True):
        lower = np.diag(np.exp(0.5 * said[3:6])) @ [[1, 0, 0], [said[6], 1, 0], [said[7], said[8], 1]]
        density = multivariate_normal(said[:3], lower @ lower.T).logpdf(target)
        expected.append((-density - 1.5 * np.log(2 * np.pi)) / 3)
    assert float(CorrelatedSurprise()(TARGETS, ANSWERS)) == pytest.approx(np.mean(expected), rel=1e-4)


@pytest.mark.parametrize(("loss", "units"), [(SquaredOffset(), 3), (GaussianSurprise(), 6), (CorrelatedSurprise(), 9)])
def test_unknown_numbers_have_no_part_in_value_and_gradient(loss, units):
    holed = np.vstack([TARGETS, np.full((2, 3), np.nan, "f4")])
    answers = np.vstack([ANSWERS, RNG.normal(size=(2, 9)).astype("f4")])[:, :units]
    value, slopes = gradient(loss, holed, answers)
    assert value == pytest.approx(float(loss(TARGETS, ANSWERS[:, :units])), rel=1e-6)
    assert np.isfinite(slopes).all() and (slopes[6:] == 0).all() and (slopes[:6] != 0).any()


def test_one_unknown_number_leaves_the_others_of_its_example():
    holed = TARGETS.copy()
    holed[0, 1] = np.nan
    known = np.isfinite(holed)
    expected = np.mean((TARGETS - ANSWERS[:, :3])[known] ** 2)
    assert float(SquaredOffset()(holed, ANSWERS[:, :3])) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", [SquaredOffset(), GaussianSurprise(), CorrelatedSurprise()])
def test_weights_of_examples_count(loss):
    units = {"squared_offset": 3, "gaussian_surprise": 6, "correlated_surprise": 9}[loss.name]
    weights = np.array([0, 0, 3, 3, 3, 3], "f4")
    weighted = float(loss(TARGETS, ANSWERS[:, :units], weights))
    assert weighted == pytest.approx(float(loss(TARGETS[2:], ANSWERS[2:, :units])), rel=1e-5)


@pytest.mark.parametrize("loss", [SquaredOffset(), GaussianSurprise(), CorrelatedSurprise()])
def test_nothing_known_is_a_loss_of_zero(loss):
    units = {"squared_offset": 3, "gaussian_surprise": 6, "correlated_surprise": 9}[loss.name]
    assert float(loss(np.full((2, 3), np.nan, "f4"), ANSWERS[:2, :units])) == 0


def test_metrics_are_those_of_the_known_means():
    holed = TARGETS.copy()
    holed[0], holed[1, 2] = np.nan, np.nan
    offset, explained = MeanOffset(), ValueR2(3)
    for part in (slice(0, 2), slice(2, 6)):
        offset.update_state(holed[part], ANSWERS[part])
        explained.update_state(holed[part], ANSWERS[part])
    apart = np.abs(holed - ANSWERS[:, :3])
    assert float(offset.result()) == pytest.approx(np.nanmean(apart), rel=1e-5)
    r2 = [1 - np.nansum(apart[:, k] ** 2) / np.nansum((holed[:, k] - np.nanmean(holed[:, k])) ** 2) for k in range(3)]
    assert float(explained.result()) == pytest.approx(np.mean(r2), rel=1e-4)


def test_a_number_that_never_changes_has_no_r2():
    metric = ValueR2(2)
    metric.update_state(np.c_[TARGETS[:, 0], np.zeros(6)].astype("f4"), np.c_[TARGETS[:, 0], np.ones(6)].astype("f4"))
    assert float(metric.result()) == pytest.approx(1)


def test_losses_and_metrics_are_found_by_name():
    for made in (GaussianSurprise(0.25), SquaredOffset(), CorrelatedSurprise()):
        again = keras.losses.get({"class_name": f"otrain>{type(made).__name__}", "config": made.get_config()})
        assert again.get_config() == made.get_config()
    assert keras.metrics.get({"class_name": "otrain>ValueR2", "config": {"count": 2}}).numbers == 2


def test_impossible_beta_is_refused():
    with pytest.raises(UsageError, match=r"`beta` must lie between 0 and 1\. Received: 2"):
        GaussianSurprise(2)
