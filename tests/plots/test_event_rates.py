import numpy as np
import pytest

from otrain.evaluation.event_rates import recall_in_bins
from otrain.plots.event_rates import AXES, recall_by, recovery_curves
from otrain.plots.style import png_bytes

EDGES = [0, 50e-6, 1e-4, 1e-3, 1e-2, 1.0]


def bins(depths, scores, threshold=0.0):
    return recall_in_bins(np.array(depths), np.array(scores, float), EDGES, threshold)


def legend(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


def ticks(figure):
    return [label.get_text() for label in figure.axes[0].get_xticklabels()]


def test_bins_say_their_edges_and_how_many_events_they_hold():
    figure = recall_by("depth", {"network": bins([2e-4, 5e-3, 5e-3], [1, 1, -1])})
    assert ticks(figure) == ["100–1000\n1", "1000–10000\n2"], "empty bins outside are left out"
    assert figure.axes[0].get_xlabel().startswith("Depth [ppm]") and png_bytes(figure)


def test_outer_bins_are_open_where_their_edge_says_nothing():
    assert ticks(recall_by("depth", {"a": bins([1e-5, 0.5], [1, 1])})) == [
        "< 50\n1", "50–100\n0", "100–1000\n0", "1000–10000\n0", "> 10000\n1"]


def test_many_long_labels_take_two_lines():
    edges = [0, 1000, 2000, 3000, 4000, 5000, 10000]
    rows = recall_in_bins(np.array([500.0, 1500, 2500, 3500, 4500, 9999]), np.ones(6), edges, 0.0)
    assert ticks(recall_by("teff", {"a": rows}))[1] == "1000–\n2000\n1"


def test_search_with_the_same_recall_is_drawn_once():
    one, other = bins([2e-4, 5e-3], [1, 1]), bins([2e-4, 5e-3], [-1, 1])
    assert legend(recall_by("depth", {"network": one, "filter": other, "filter, forgiven": other})) == [
        "network", "filter"]


def test_few_events_are_hollow():
    figure = recall_by("depth", {"a": bins([5e-3] * 12 + [2e-4], [1] * 13)})
    faces = [line.get_markerfacecolor() for line in figure.axes[0].get_lines() if line.get_marker() == "o"
             and len(line.get_xdata())]
    assert faces.count("white") == 1 and len(faces) == 2


def test_unknown_property_says_so():
    figure = recall_by("period", {"a": bins([np.nan], [1])})
    assert "no true events of known period" in figure.axes[0].texts[0].get_text()


def curve(alarms, recall, fdr=None):
    return {"false_alarms": alarms, "recall": recall, "fdr": fdr or alarms}


@pytest.mark.parametrize(("against", "names"), [("false_alarms", ["network", "filter"]),
                                                ("fdr", ["network", "filter", "forgiven"])])
def test_forgiven_eclipses_have_a_curve_where_they_change_one(against, names):
    searches = {"network": curve([0, 1], [0.5, 1]), "filter": curve([0, 2], [0.4, 0.8]),
                "forgiven": curve([0, 2], [0.4, 0.8], [0, 0.1])}
    assert legend(recovery_curves(searches, against=against)) == names


def test_no_false_alarm_is_drawn_left_of_all_others():
    line = recovery_curves({"a": curve([0, 0.5, 2], [0.1, 0.5, 1])}).axes[0].get_lines()[0]
    assert line.get_xdata().tolist() == [0.25, 0.5, 2] and line.get_drawstyle() == "steps-post"


def test_no_quarters_without_events_are_told():
    figure = recovery_curves({"a": curve([None, None], [0.1, 1])})
    assert "no quarters without events" in figure.axes[0].texts[0].get_text()


def test_every_axis_has_a_unit():
    assert all("[" in title or name == "snr" for name, (title, _) in AXES.items())
