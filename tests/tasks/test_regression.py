import keras
import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube
from otrain.data.results.value_encoding import ValueEncoding
from otrain.errors import DataError, UsageError
from otrain.models import value_losses  # noqa: F401 - registers the losses
from otrain.tasks.regression import TASK

TARGETS = [{"name": "theta_e", "column": "theta_e", "shape": [], "unit": "arcsec"},
           {"name": "flux", "column": "flux", "shape": [], "unit": ""}]


def cube(theta=(0.5, 1.0, 1.5, np.nan, 2.0), flux=(3.0, -4.0, 5.0, np.nan, np.nan)):
    columns = {"theta_e": np.array(theta, float), "flux": np.array(flux, float), "other": np.zeros(len(theta))}
    meta = {"channels": ["image"], "classes": [], "task": "regression", "targets": TARGETS}
    return DataCube.from_arrays(np.zeros((len(theta), 8, 8, 1), "f4"), np.full(len(theta), -1), columns, meta)


def test_each_target_with_a_unit_is_learnt():
    lesson = TASK.lesson(cube().meta)
    assert (lesson.names, lesson.unit, lesson.classes) == (("theta_e", "flux"), ("arcsec", ""), ())


def test_a_cube_of_classes_teaches_no_numbers():
    meta = cube().meta | {"targets": [{"name": "label", "classes": ["a", "b"]}]}
    with pytest.raises(DataError, match=r"c\.npz: no column of the cube is to be learnt as a number"):
        TASK.lesson(meta, "c.npz")


@pytest.mark.parametrize(("loss", "units", "errors"), [
    (None, 4, "each"), ("beta-nll", 4, "each"), ("nll", 4, "each"), ("mse", 2, ""), ("full-nll", 5, "joint")])
def test_head_and_loss_go_together(loss, units, errors):
    one = cube()
    lesson = TASK.lesson(one.meta).taught(TASK.encoding(one, np.arange(5)), loss)
    head = TASK.head(lesson)
    assert (head.units, head.activation, head.errors) == (units, "linear", errors)
    assert head.encoding["names"] == ["theta_e", "flux"]
    value = keras.losses.get(TASK.loss(lesson, loss))(np.zeros((3, 2), "f4"), np.zeros((3, units), "f4"))
    assert float(value) == 0


def test_beta_is_that_of_the_paper_for_beta_nll_alone():
    lesson = TASK.lesson(cube().meta)
    assert TASK.loss(lesson)["config"] == {"beta": 0.5}
    assert TASK.loss(lesson, "nll")["config"] == {"beta": 0.0}


def test_unknown_loss_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"unknown loss 'beta-nl'.*Did you mean 'beta-nll'"):
        TASK.loss(TASK.lesson(cube().meta), "beta-nl")


def test_correlations_of_many_numbers_are_refused():
    lesson = TASK.lesson({"targets": [{"name": f"n{k}", "unit": ""} for k in range(33)]})
    with pytest.raises(UsageError, match=r"at most 32 numbers\. Received: 33"):
        TASK.loss(lesson, "full-nll")
    assert TASK.loss(lesson)


def test_encoding_is_that_of_the_training_rows():
    one = cube()
    found = ValueEncoding.from_dict(TASK.encoding(one, np.array([0, 1, 2])))
    np.testing.assert_allclose(found.encode([[1.0, 4 / 3]]), 0, atol=1e-12)


def test_encoding_is_compressed_or_not_as_asked():
    one = cube()
    told = [TASK.encoding(one, np.array([0, 1, 2]), scaling) for scaling in TASK.scalings]
    assert TASK.scalings[0] == "auto" and told[0] == TASK.encoding(one, np.array([0, 1, 2]))
    assert set(told[1]["transforms"]) == {"linear"}


def test_targets_are_in_their_own_units_until_they_are_encoded():
    one = cube()
    lesson, encoding = TASK.lesson(one.meta), TASK.encoding(one, np.arange(5))
    targets = TASK.targets(one, np.array([4, 2, 3]), lesson, encoding)
    values, weights = targets.of(None, np.array([0, 1, 2]))
    np.testing.assert_array_equal(values, [[2.0, np.nan], [1.5, 5.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(weights, [1, 1, 0])
    np.testing.assert_allclose(targets.encode(values), ValueEncoding.from_dict(encoding).encode(values))
    assert targets.names == ("theta_e", "flux")


def test_a_subset_without_any_value_is_refused():
    one = cube()
    with pytest.raises(DataError, match="none of 1 examples of a subset has a value of theta_e, flux"):
        TASK.targets(one, np.array([3]), TASK.lesson(one.meta))


def test_classes_cannot_be_weighed():
    one = cube()
    with pytest.raises(UsageError, match="--class-weight balanced is for classes"):
        TASK.targets(one, np.arange(5), TASK.lesson(one.meta), class_weight="balanced")
