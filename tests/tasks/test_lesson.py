import pytest

from otrain.errors import DataError
from otrain.tasks.lesson import Lesson, class_lesson

META = {"channels": ["flux", "label"], "classes": ["quiet", "planet"], "targets": [
    {"name": "label", "channel": "label", "shape": [8], "classes": ["quiet", "planet", "binary"]},
    {"name": "star", "shape": [], "classes": ["constant", "variable"]}]}


@pytest.mark.parametrize(("classes", "units"), [(("a", "b"), 1), (("a", "b", "c"), 3)])
def test_two_classes_are_one_value_and_more_are_one_each(classes, units):
    assert Lesson(("label",), classes=classes).units == units


def test_numbers_are_one_value_each():
    assert Lesson(("theta_e", "e1", "e2")).units == 3


def test_a_network_may_give_another_number_of_values():
    lesson = Lesson(("label",), classes=("a", "b")).given_by(2)
    assert (lesson.units, lesson.classes) == (2, ("a", "b"))


def test_the_target_of_the_asked_kind_is_found():
    places = class_lesson(META, "c", places=True, remedy="")
    assert (places.channel, places.shape, places.classes) == ("label", (8,), ("quiet", "planet", "binary"))
    whole = class_lesson(META, "c", places=False, remedy="")
    assert (whole.names, whole.channel, whole.shape, whole.classes) == (("star",), "", (), ("constant", "variable"))


def test_a_cube_without_such_a_target_says_what_to_do():
    with pytest.raises(DataError, match=r"c\.npz: no channel of .* each point has\. Do it\."):
        class_lesson(META | {"channels": ["flux"]}, "c.npz", places=True, remedy="Do it.")
