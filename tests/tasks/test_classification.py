import keras
import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube
from otrain.data.cubes.meta import checked_meta
from otrain.errors import DataError
from otrain.tasks.classification import TASK


def meta(classes):
    return checked_meta({"channels": ["difference"], "classes": list(classes)}, (8, 8, 1))


def test_two_classes_are_one_sigmoid_and_more_a_softmax():
    two, three = (TASK.head(TASK.lesson(meta(classes))) for classes in (["quiet", "glitch"], ["a", "b", "c"]))
    assert (two.units, two.activation) == (1, "sigmoid")
    assert (three.units, three.activation) == (3, "softmax")


def test_a_cube_of_one_class_teaches_nothing():
    with pytest.raises(DataError, match=r"night\.npz: at least two classes are needed.*Received: real"):
        TASK.lesson(meta(["real"]), "night.npz")


def test_a_cube_with_a_class_for_each_point_alone_is_refused():
    points = meta(["a", "b"]) | {"channels": ["flux", "label"],
                                 "targets": [{"name": "label", "channel": "label", "shape": [4]}]}
    with pytest.raises(DataError, match="no class for each example"):
        TASK.lesson(points)


def test_classes_need_no_encoding():
    assert TASK.encoding(None, np.arange(3)) == {}


@pytest.mark.parametrize(("units", "targets"), [(1, [[0], [1]]), (2, [[1, 0], [0, 1]]), (3, [[1, 0, 0], [0, 1, 0]])])
def test_labels_become_targets_of_any_head(units, targets):
    np.testing.assert_array_equal(TASK.encode([0, 1], units), targets)


def test_one_and_two_units_give_the_same_log_odds():
    np.testing.assert_allclose(TASK.decode([[2.0]]), [2])
    np.testing.assert_allclose(TASK.decode([[-1.0, 1.0]]), [2])
    assert TASK.decode(np.zeros((4, 3))).shape == (4, 3)


@pytest.mark.parametrize("units", [1, 2, 3])
def test_loss_and_metric_are_those_of_probabilities(units):
    logits = np.random.default_rng(0).normal(size=(6, units)).astype("f4")
    labels = np.arange(6) % max(units, 2)
    targets = TASK.encode(labels, units)
    lesson = TASK.lesson(meta("ab")).given_by(units)
    loss = float(keras.losses.get(TASK.loss(lesson))(targets, logits))
    z = logits if units > 1 else np.c_[np.zeros(6), logits]
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert loss == pytest.approx(-np.log(p[np.arange(6), labels]).mean(), rel=1e-5)
    metric = keras.metrics.get(TASK.metrics(lesson)[0])
    metric.update_state(targets, logits)
    assert float(metric.result()) == pytest.approx((z.argmax(axis=1) == labels).mean())


def test_class_weights_make_classes_equally_heavy():
    labels = np.array([0] * 30 + [1] * 10)
    weights = TASK.class_weights(labels, 2)
    assert weights[labels][labels == 1].sum() == pytest.approx(weights[labels][labels == 0].sum())
    assert weights[labels].mean() == pytest.approx(1)


def test_absent_class_has_a_finite_weight():
    assert np.isfinite(TASK.class_weights(np.zeros(4, int), 2)).all()


def test_every_subset_weighs_the_classes_as_the_rows_of_reference_do():
    labels = np.array([0, 0, 0, 1, 0, 1])
    cube = DataCube.from_arrays(np.zeros((6, 8, 8, 1), "f4"), labels, {}, {"channels": ["difference"],
                                                                         "classes": ["a", "b"]})
    lesson, train, validation = TASK.lesson(cube.meta), np.arange(4), np.array([4, 5])
    found = TASK.targets(cube, validation, lesson, class_weight="balanced", reference=train)
    _, weights = found.of(cube.read(validation), np.arange(2))
    np.testing.assert_allclose(weights, [2 / 3, 2])
