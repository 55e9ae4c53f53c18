import keras
import numpy as np
import pytest
import tensorflow as tf

from otrain.models import value_losses  # noqa: F401 - registers the losses
from otrain.models.member_losses import MemberLoss, MixtureMetric

RNG = np.random.default_rng(0)
CROSSENTROPY = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
SURPRISE = {"class_name": "otrain>GaussianSurprise", "config": {"beta": 0.5}}


def gradient(loss, targets, answers, weights):
    variable = tf.Variable(answers)
    with tf.GradientTape() as tape:
        value = loss(targets, variable, weights)
    return float(value), tape.gradient(value, variable).numpy()


@pytest.mark.parametrize(("config", "targets", "units"), [
    (CROSSENTROPY, np.float32([[0], [1], [1], [0]]), 1),
    (SURPRISE, np.float32([[1, 2], [0, np.nan], [3, 1], [-1, 0]]), 4)])
def test_value_is_the_mean_and_each_network_is_taught_as_alone(config, targets, units):
    answers, weights = RNG.normal(size=(4, 3 * units)).astype("f4"), np.float32([1, 2, 0.5, 1])
    alone = [gradient(keras.losses.get(config), targets, answers[:, m * units:(m + 1) * units], weights)
             for m in range(3)]
    value, together = gradient(MemberLoss(config, 3), targets, answers, weights)
    assert value == pytest.approx(np.mean([one[0] for one in alone]), rel=1e-5)
    np.testing.assert_allclose(together, np.concatenate([one[1] for one in alone], axis=1), rtol=1e-6)


def test_metric_is_that_of_what_they_say_together():
    metric = MixtureMetric({"class_name": "BinaryAccuracy", "config": {"name": "accuracy", "threshold": 0.0}}, 2,
                           "sigmoid")
    assert metric.name == "accuracy"
    # Together the first example is of class 1 (0.95 and 0.27), the second not (0.95 and 0.01).
    metric.update_state(np.float32([[1], [1]]), np.float32([[3, -1], [3, -5]]))
    assert float(metric.result()) == 0.5
    assert len(metric.variables) == 2  # which a checkpoint holds
    metric.reset_state()
    assert float(metric.result()) == 0


def test_metric_of_numbers_takes_the_mean_value_and_minds_weights():
    metric = MixtureMetric({"class_name": "otrain>MeanOffset", "config": {"name": "mae"}}, 2, "linear")
    metric.update_state(np.float32([[1.0], [5.0]]), np.float32([[0, 9, 4, 9], [0, 0, 0, 0]]), np.float32([1, 0]))
    assert float(metric.result()) == 1.0


def test_both_are_restored_from_their_parameters():
    loss = MemberLoss.from_config(MemberLoss(SURPRISE, 3).get_config())
    assert (loss.members, loss.loss.beta) == (3, 0.5)
    metric = {"class_name": "otrain>ValueR2", "config": {"name": "r2", "count": 2}}
    again = MixtureMetric.from_config(MixtureMetric(metric, 2, "linear").get_config())
    assert (again.name, again.members, again.activation, again.metric.numbers) == ("r2", 2, "linear", 2)
