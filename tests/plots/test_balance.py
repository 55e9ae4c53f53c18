import pytest

from otrain.plots.balance import class_balance
from otrain.plots.style import png_bytes


def rows(count, lopsided=()):
    return [{"value": 60000 + i, "bogus": i, "real": 2 * i, "lopsided": i in lopsided} for i in range(count)]


def test_reals_go_up_and_bogus_go_down():
    up, down = class_balance(rows(3), "night").axes[0].patches
    assert up.get_data().values.tolist() == [0, 2, 4]
    assert down.get_data().values.tolist() == [0, -1, -2]


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
