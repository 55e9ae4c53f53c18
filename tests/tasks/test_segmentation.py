import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube
from otrain.errors import DataError, UsageError
from otrain.tasks.segmentation import TASK

META = {"channels": ["flux", "label"], "classes": ["continuum", "planet", "binary"], "task": "segmentation",
        "targets": [{"name": "label", "channel": "label", "shape": [4]}]}


def cube_of(flux, label, meta=META):
    return DataCube.from_arrays(np.stack([flux, label], -1), np.ones(len(flux), int), {}, meta)


def answers(flux, label, units):
    cube = cube_of(np.array([flux], "f4"), np.array([label], "f4"))
    targets = TASK.targets(cube, np.array([0]), TASK.lesson(cube.meta).given_by(units))
    return targets.of(cube.read([0]), np.array([0]))


def test_each_point_is_asked_for_its_class():
    targets, weights = answers([0, 0, 0, 0], [0, 1, 2, 0], 3)
    assert targets[0].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert weights.tolist() == [[1, 1, 1, 1]]


def test_one_unit_is_asked_for_any_event():
    targets, _ = answers([0, 0, 0, 0], [0, 1, 2, 0], 1)
    assert targets[0, :, 0].tolist() == [0, 1, 1, 0]


def test_point_without_value_or_known_class_does_not_count():
    _, weights = answers([0, np.nan, 0, 0], [0, 1, np.nan, 1], 3)
    assert weights.tolist() == [[1, 0, 0, 1]]


def test_cube_without_a_class_per_point_is_refused():
    cube = cube_of(np.zeros((1, 4)), np.zeros((1, 4)), {**META, "targets": []})
    with pytest.raises(DataError, match="no channel of the cube says which class"):
        TASK.lesson(cube.meta)


def test_weights_of_whole_examples_are_refused():
    with pytest.raises(UsageError, match="Choose --loss"):
        TASK.targets(cube_of(np.zeros((1, 4)), np.zeros((1, 4))), np.array([0]), TASK.lesson(META),
                     class_weight="balanced")


def test_heads_follow_the_number_of_classes():
    two = META | {"classes": ["no", "yes"]}
    assert (TASK.head(TASK.lesson(two)).units, TASK.head(TASK.lesson(META)).units) == (1, 3)
    with pytest.raises(DataError, match="at least two classes"):
        TASK.lesson(META | {"classes": ["alone"]})


def test_classes_need_no_encoding():
    assert TASK.encoding(None, np.arange(3)) == {}


def test_pixels_of_an_image_are_asked_alike():
    meta = {"channels": ["label", "science"], "classes": ["sky", "trail"], "task": "segmentation",
            "targets": [{"name": "label", "channel": "label", "shape": [2, 3], "classes": ["sky", "trail"]}]}
    science = np.array([[[1, np.nan, 3], [4, 5, 6]]], "f4")
    label = np.array([[[0, 1, 1], [0, np.nan, 0]]], "f4")
    cube = DataCube.from_arrays(np.stack([label, science], -1), [1], {}, meta)
    lesson = TASK.lesson(cube.meta)
    targets = TASK.targets(cube, np.array([0]), lesson)
    assert (targets.shape, targets.weight_shape, lesson.shape) == ((2, 3, 1), (2, 3), (2, 3))
    made, weights = targets.of(cube.read([0]), np.array([0]))
    assert made[0, ..., 0].tolist() == [[0, 0, 1], [0, 0, 0]]
    assert weights[0].tolist() == [[1, 0, 1], [1, 0, 1]], "nothing is asked where the science image is blank"


def test_unknown_loss_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'dice'"):
        TASK.loss(TASK.lesson(META), "dise")


@pytest.mark.parametrize(("units", "events"), [(1, [1]), (3, [1, 2])])
def test_overlap_that_is_shown_is_that_of_events_alone(units, events):
    lesson = TASK.lesson(META).given_by(units)
    assert TASK.metrics(lesson)[0]["config"]["target_class_ids"] == events
