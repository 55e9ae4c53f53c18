import numpy as np

from otrain.evaluation.thresholds import rates
from otrain.plots.thresholds import error_rates


def test_curves_are_the_rates_of_the_threshold_table():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 60), rng.integers(0, 21, 60) / 20
    lost, passed = error_rates(scores, labels, 0.5).axes[0].lines[:2]
    for threshold in (0.25, 0.5, 0.95):
        judged = rates(labels, scores, threshold)
        for line, key in ((lost, "lost"), (passed, "false_alarms")):
            at = np.flatnonzero(line.get_xdata() == threshold)[0]
            assert np.nan_to_num(line.get_ydata()[at]) == judged[key]["value"]


def test_one_class_alone_has_one_curve():
    labels = [text.get_text() for text in error_rates([0.2, 0.9], [1, 1], 0.5).axes[0].get_legend().get_texts()]
    assert labels == ["reals lost (of 2)", "threshold 0.5"]


def test_no_candidates_are_said():
    assert error_rates([], [], 0.5).axes[0].texts[0].get_text() == "no candidates"
