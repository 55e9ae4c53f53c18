import numpy as np

from otrain.plots.faithfulness import faithfulness
from otrain.plots.style import png_bytes

FRACTIONS = np.linspace(0, 1, 5) ** 2


def orders(end):
    return {name: np.linspace(1 - end, end, 5) for name in ("heat", "random", "centre")}


def test_each_class_has_a_row_and_the_curves_of_all_orders():
    curves = {"bogus": orders(0.2), "real": orders(0.1)}
    figure = faithfulness(FRACTIONS, curves, curves, np.linspace(-0.3, 0.4, 20))
    assert len(figure.axes) == 6
    for axes in figure.axes[:4]:
        assert [len(line.get_xdata()) for line in axes.lines] == [5, 5, 5]
        assert len({line.get_linestyle() for line in axes.lines}) == 3  # readable in grey
    assert figure.axes[0].get_title() == "Called bogus: pixels taken away"
    assert "median 0.05" in figure.axes[4].get_legend_handles_labels()[1]


def test_single_class_and_maps_without_heat_are_drawn():
    figure = faithfulness(FRACTIONS, {"real": orders(0)}, {"real": orders(1)}, np.full(3, np.nan))
    assert len(figure.axes) == 4 and "no heat without training" in [text.get_text() for text in figure.axes[2].texts]
    assert len(png_bytes(figure)) > 1000


def test_nothing_to_draw_is_said():
    assert faithfulness(FRACTIONS, {}, {}, np.array([])).axes
