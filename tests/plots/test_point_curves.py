from otrain.plots.point_curves import threshold_curves
from otrain.plots.style import png_bytes


def test_each_rate_is_a_line_and_the_best_threshold_is_marked():
    rows = [{"threshold": x, "precision": x, "recall": 1 - x, "f1": 0.5, "iou": 0.3} for x in (0.05, 0.5, 0.95)]
    axes = threshold_curves(rows, 0.5).axes[0]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["precision", "recall", "F1", "IoU"]
    assert axes.get_lines()[0].get_ydata().tolist() == [0.05, 0.5, 0.95]
    assert axes.get_lines()[-1].get_xdata() == [0.5, 0.5] and png_bytes(axes.figure)
