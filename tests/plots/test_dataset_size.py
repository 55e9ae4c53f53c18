from types import SimpleNamespace

import numpy as np
import pytest

from otrain.evaluation.learning_curve import PowerLaw
from otrain.plots.dataset_size import fitted_curve, gap_by_size, loss_by_size, scores_by_size
from otrain.plots.style import png_bytes

TABLE = {"size": [100, 200, 100, 200], "mcc": [0.2, 0.6, 0.4, np.nan], "f1": [0.5] * 4, "accuracy": [0.6, 0.7, 0.6, 0.7],
         "gap": [0.2, 0.1, 0.3, 0.0], "loss": [0.5, 0.4, 0.6, 0.3], "training_loss": [0.1] * 4}


LAW = PowerLaw(0.0, 0.1, 0.5, 400)


def lines(figure):
    return {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in figure.axes[0].lines}


def test_scores_are_the_means_of_the_repeats_where_they_are_defined():
    drawn = lines(scores_by_size(TABLE))
    assert drawn["MCC"] == ([100, 200], pytest.approx([0.3, 0.6]))
    assert drawn["Accuracy"] == ([100, 200], pytest.approx([0.6, 0.7]))


def test_bars_reach_from_the_lowest_to_the_highest_repeat():
    axes = gap_by_size(TABLE).axes[0]
    bars = [segment[:, 1].tolist() for segment in axes.containers[0].lines[2][0].get_segments()]
    np.testing.assert_allclose(bars, [[0.2, 0.3], [0.0, 0.1]])


def test_one_repeat_has_no_bars_and_both_losses_are_drawn():
    figure = loss_by_size({name: values[:2] for name, values in TABLE.items()})
    assert not figure.axes[0].containers and {"Test", "Training"} <= lines(figure).keys()


@pytest.mark.parametrize("draw", [scores_by_size, gap_by_size, loss_by_size])
def test_every_figure_can_be_drawn_and_says_when_there_is_no_run(draw):
    assert png_bytes(draw(TABLE))
    assert draw({name: [] for name in TABLE}).axes[0].texts[0].get_text() == "no finished run"


def curve(values, law=LAW):
    return SimpleNamespace(sizes=np.array([100, 200, 400]), values=np.array(values), law=law, problem="too small",
                           at=lambda n: {"value": law(n), "low": law(n) / 2, "high": 2 * law(n)})


def test_fit_ends_at_the_largest_size_and_is_continued_from_there():
    drawn = lines(fitted_curve(curve([0.2, 0.14, 0.1]), more=600, words="lost"))
    assert drawn["fit"][0][-1] == drawn["continued"][0][0] == 400 and drawn["continued"][0][-1] == pytest.approx(1000)


def test_run_without_errors_stands_on_the_lower_edge_of_the_log_axis():
    figure = fitted_curve(curve([0.2, 0.14, 0.0]), more=400, words="lost")
    _, values = lines(figure)["runs"]
    assert values[-1] == pytest.approx(figure.axes[0].get_ylim()[0]) and png_bytes(figure)


def test_curve_without_a_fit_says_why():
    assert fitted_curve(curve([np.nan] * 3, law=None), more=9).axes[0].texts[0].get_text() == "too small"
