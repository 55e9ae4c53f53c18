import pytest

from otrain.plots.balance import class_balance
from otrain.plots.style import png_bytes


def rows(count, lopsided=()):
    return [{"value": 60000 + i, "counts": {"quiet": i, "glitch": 2 * i}, "lopsided": i in lopsided} for i in range(count)]


def test_second_class_goes_up_and_the_first_down():
    up, down = class_balance(rows(3), "night").axes[0].patches
    assert up.get_data().values.tolist() == [0, 2, 4]
    assert down.get_data().values.tolist() == [0, -1, -2]
    assert (up.get_label(), down.get_label()) == ("glitch", "quiet")


def test_more_classes_stand_on_each_other():
    three = [{"value": 1, "counts": {"a": 1, "b": 2, "c": 4}, "lopsided": False}]
    data = [patch.get_data() for patch in class_balance(three, "night").axes[0].patches]
    assert [(one.baseline.tolist(), one.values.tolist()) for one in data] == [([0], [1]), ([1], [3]), ([3], [7])]


def test_lopsided_values_are_marked():
    figure = class_balance(rows(5, lopsided={3}), "night")
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "almost one class only" in names
    assert "almost one class only" not in [
        text.get_text() for text in class_balance(rows(5), "night").axes[0].get_legend().get_texts()]


@pytest.mark.parametrize("count", [1, 16, 17, 400])
def test_axis_names_as_many_values_as_fit(count):
    figure = class_balance(rows(count), "night")
    assert len(figure.axes[0].get_xticklabels()) <= 16
    assert png_bytes(figure)


def test_unknown_column_says_so():
    assert class_balance([], "band").axes[0].texts[0].get_text() == "no band is known"
