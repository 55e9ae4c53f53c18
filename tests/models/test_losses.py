import keras
import numpy as np
import pytest
import tensorflow as tf

from otrain.errors import UsageError
from otrain.models.loss_names import LOSSES, loss_config
from otrain.models.losses import PointCrossentropy, PointDice, PointSum, build_loss

NAMES = [*LOSSES, "bce+dice", "focal+dice"]
UNITS = [1, 3]


def problem(units, seed=0):
    """Return targets, logits and weights of two curves of five points, three of them masked."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(2, 5, units)).astype("f4")
    classes = rng.integers(0, max(units, 2), (2, 5))
    targets = classes[..., None] if units == 1 else np.eye(units)[classes]
    weights = np.array([[1, 1, 0, 1, 2], [0, 1, 1, 0, 1]], "f4")
    return targets.astype("f4"), logits, weights


def value(loss, targets, logits, weights=None):
    return float(loss(targets, logits, sample_weight=weights))


def of_truth(targets, logits):
    """Probability given to the true class of each point, in float64."""
    logits = logits.astype(float)
    if logits.shape[-1] == 1:
        return np.where(targets == 1, 1 / (1 + np.exp(-logits)), 1 / (1 + np.exp(logits)))[..., 0]
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return (p * targets).sum(axis=-1)


@pytest.mark.parametrize("units", UNITS)
def test_cross_entropy_is_the_weighted_mean_of_minus_log_p(units):
    targets, logits, weights = problem(units)
    expected = np.average(-np.log(of_truth(targets, logits)), weights=weights)
    assert value(build_loss(loss_config("bce")), targets, logits, weights) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("units", UNITS)
def test_without_weights_it_is_the_loss_of_keras(units):
    targets, logits, _ = problem(units)
    kind = keras.losses.BinaryCrossentropy if units == 1 else keras.losses.CategoricalCrossentropy
    assert value(PointCrossentropy(), targets, logits) == pytest.approx(
        value(kind(from_logits=True), targets, logits), rel=1e-5)


@pytest.mark.parametrize("units", UNITS)
def test_positive_weight_multiplies_all_classes_but_the_first(units):
    targets, logits, weights = problem(units)
    positive = (targets[..., 0] == 1) if units == 1 else (targets[..., 0] == 0)
    expected = (-np.log(of_truth(targets, logits)) * np.where(positive, 7, 1) * weights).sum() / weights.sum()
    loss = build_loss(loss_config("weighted-bce", positive_weight=7.0))
    assert value(loss, targets, logits, weights) == pytest.approx(expected, rel=1e-5)


def test_positive_weight_may_differ_between_classes():
    targets, logits, weights = problem(3)
    factors = np.array([1, 5, 2])[targets.argmax(axis=-1)]
    expected = (-np.log(of_truth(targets, logits)) * factors * weights).sum() / weights.sum()
    assert value(PointCrossentropy(positive_weight=[5, 2]), targets, logits, weights) == pytest.approx(expected, rel=1e-5)
    with pytest.raises(UsageError, match=r"one for each of the 2 classes after the first. Received: \[5\]"):
        value(PointCrossentropy(positive_weight=[5]), targets, logits, weights)


@pytest.mark.parametrize("units", UNITS)
def test_focal_is_equation_four_of_lin(units):
    targets, logits, weights = problem(units)
    p = of_truth(targets, logits)
    expected = np.average(-((1 - p) ** 2) * np.log(p), weights=weights)
    assert value(build_loss(loss_config("focal")), targets, logits, weights) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("units", UNITS)
def test_dice_is_one_minus_twice_the_overlap_over_the_sum(units):
    targets, logits, weights = problem(units)
    if units == 1:
        p, y = 1 / (1 + np.exp(-logits.astype(float))), targets
    else:
        p = (np.exp(logits.astype(float)) / np.exp(logits.astype(float)).sum(axis=-1, keepdims=True))[..., 1:]
        y = targets[..., 1:]
    w = weights[..., None]
    dice = (2 * (w * p * y).sum((0, 1)) + 1) / ((w * (p + y)).sum((0, 1)) + 1)
    assert value(PointDice(), targets, logits, weights) == pytest.approx(1 - dice.mean(), rel=1e-5)


def test_dice_of_a_perfect_map_is_zero():
    targets = np.array([[[0], [1], [1], [0]]], "f4")
    assert value(PointDice(), targets, 200 * targets - 100) == pytest.approx(0, abs=1e-6)


def test_sum_is_the_sum_of_its_parts():
    targets, logits, weights = problem(3)
    parts = sum(value(build_loss(loss_config(name)), targets, logits, weights) for name in ("bce", "dice"))
    assert value(build_loss(loss_config("bce+dice")), targets, logits, weights) == pytest.approx(parts, rel=1e-6)


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("held", [0.0, 1.0, -1e30, np.nan, np.inf])
def test_what_masked_points_hold_changes_nothing(name, units, held):
    targets, logits, weights = problem(units)
    loss = build_loss(loss_config(name))
    expected = value(loss, targets, logits, weights)
    targets[weights == 0], logits[weights == 0] = held, held
    assert value(loss, targets, logits, weights) == expected


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("name", NAMES)
def test_gradient_is_zero_at_masked_points_and_nowhere_else(name, units):
    targets, logits, weights = problem(units)
    targets[weights == 0] = np.nan
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = build_loss(loss_config(name))(targets, logits, sample_weight=weights)
    gradient = tape.gradient(loss, logits).numpy()
    assert np.isfinite(gradient).all()
    np.testing.assert_array_equal((gradient != 0).any(axis=-1), weights > 0)


@pytest.mark.parametrize("name", NAMES)
def test_batch_without_a_valid_point_has_a_finite_loss_without_gradient(name):
    targets, logits, weights = problem(3)
    logits = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = build_loss(loss_config(name))(targets * np.nan, logits, sample_weight=0 * weights)
    assert np.isfinite(loss) and not tape.gradient(loss, logits).numpy().any()


@pytest.mark.parametrize("name", NAMES)
def test_huge_logits_give_finite_losses_and_gradients(name):
    targets = np.array([[[0], [1], [0], [1]]], "f4")
    logits = tf.constant([[[90.0], [-90.0], [-1e4], [1e4]]])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = build_loss(loss_config(name))(targets, logits)
    assert np.isfinite(loss) and np.isfinite(tape.gradient(loss, logits).numpy()).all()


def test_weight_of_an_example_is_that_of_all_its_points():
    targets, logits, _ = problem(1)
    per_point = value(PointCrossentropy(), targets, logits, np.repeat([[1.0], [3.0]], 5, axis=1))
    assert value(PointCrossentropy(), targets, logits, np.array([1.0, 3.0])) == pytest.approx(per_point)


@pytest.mark.parametrize("name", NAMES)
def test_loss_is_stored_and_rebuilt_by_keras(name):
    targets, logits, weights = problem(3)
    loss = build_loss(loss_config(name))
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert value(again, targets, logits, weights) == value(loss, targets, logits, weights)


def test_training_obeys_the_weights_of_points():
    x = keras.Input((5, 1))
    network = keras.Model(x, keras.layers.Conv1D(1, 1)(x))
    network.compile("sgd", loss=build_loss(loss_config("bce+dice")))
    targets, curves, weights = problem(1)
    targets[weights == 0] = np.nan
    history = network.fit(curves, targets, sample_weight=weights, epochs=1, verbose=0).history["loss"]
    assert np.isfinite(history).all() and all(np.isfinite(w).all() for w in network.get_weights())


def test_losses_of_keras_are_built_too():
    loss = build_loss({"class_name": "BinaryCrossentropy", "config": {"from_logits": True}})
    assert isinstance(loss, keras.losses.BinaryCrossentropy)


@pytest.mark.parametrize(("build", "words"), [
    (lambda: PointCrossentropy(positive_weight=0), "`positive_weight` must be positive"),
    (lambda: PointCrossentropy(gamma=-1), "`gamma` not negative"),
    (lambda: PointDice(smooth=0), "`smooth` must be positive. Received: 0"),
    (lambda: PointSum([]), "`terms` must be losses per point"),
    (lambda: PointSum([{"class_name": "MeanSquaredError", "config": {}}]), "`terms` must be losses per point"),
])
def test_impossible_parameters_are_refused(build, words):
    with pytest.raises(UsageError, match=words):
        build()
