import numpy as np

from otrain.evaluation.curves import threshold_scan
from otrain.plots.best_threshold import f1_and_mcc
from otrain.plots.style import png_bytes


def test_best_threshold_is_marked_and_named():
    scan = threshold_scan([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    figure = f1_and_mcc(scan, 0.5)
    (mark,) = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert list(mark.get_xdata()) == [scan.best] * 2 and list(mark.get_ydata()) == [1, 1]
    assert f"best: {scan.best:.2f} (F1 1.000, MCC 1.000)" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_one_class_can_be_drawn():
    for labels in ([1, 1, 1], [0, 0, 0]):
        assert png_bytes(f1_and_mcc(threshold_scan(labels, np.array([0.2, 0.5, 0.7])), 0.5))


def test_absence_of_reals_is_said():
    figure = f1_and_mcc(threshold_scan([], []), 0.5)
    assert figure.axes[0].texts[0].get_text() == "no candidates of the second class"
