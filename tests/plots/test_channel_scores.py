import numpy as np

from otrain.plots.channel_scores import channel_bars, veto_costs

NAN = np.nan


def test_bars_are_the_scores_the_highest_on_top():
    figure = channel_bars(["a", "b", "c", "d"], np.array([0.1, 0.5, NAN, 0.17]), 0.17, name="corr")
    axes, = figure.axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.17, 0.1]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "d", "a"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    # A value at the threshold is not above it.
    colours = [bar.get_facecolor() for bar in axes.patches]
    assert colours[0] != colours[1] == colours[2]
    assert axes.lines[0].get_xdata()[0] == 0.17 and "corr (threshold 0.17" in axes.get_xlabel()


def test_only_the_highest_are_drawn_and_the_rest_is_told():
    axes, = channel_bars([f"c{i}" for i in range(50)], np.arange(50) / 50, 0.5, name="iou").axes
    assert len(axes.patches) == 40 and "10 lower are not drawn" in axes.get_xlabel()
    assert axes.patches[-1].get_width() == 10 / 50


def test_name_with_formula_signs_is_drawn_as_it_is():
    axes, = channel_bars(["V1:$A_{b$"], np.array([0.3]), 0.1, name="corr").axes
    channel_bars(["V1:$A_{b$"], np.array([0.3]), 0.1, name="corr").canvas.draw()
    assert axes.get_yticklabels()[0].get_text() == "V1:$A_{b$"


def test_nothing_to_draw_is_said():
    assert "no channel has a corr" in channel_bars(["a"], np.array([NAN]), 0.1, name="corr").axes[0].texts[0].get_text()
    assert "dead time" in veto_costs([NAN], [NAN], [False]).axes[0].texts[0].get_text()


def test_points_are_efficiency_against_dead_time():
    axes, = veto_costs([0.9, 0.1, 0.5, NAN], [0.01, 0.2, 0.5, 0.1], [True, False, False, False]).axes
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["witnesses"].get_xydata().tolist() == [[0.01, 0.9]]
    assert lines["other channels"].get_xydata().tolist() == [[0.2, 0.1], [0.5, 0.5]]
    assert lines["random times"].get_xydata().tolist() == [[0, 0], [1, 1]]
