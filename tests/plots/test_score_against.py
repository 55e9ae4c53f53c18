import numpy as np
import pytest

from otrain.plots.score_against import score_against
from otrain.plots.style import png_bytes


@pytest.mark.parametrize("count", [300, 6000])
def test_classes_have_a_panel_each(count):
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 2
    figure = score_against(rng.normal(1, 0.1, count), labels, rng.random(count), 0.5, name="FWHM / PSF")
    titles = [axes.get_title(loc="left") for axes in figure.axes[:2]]
    assert titles[0].startswith(f"real ({count // 2})") and titles[1].startswith(f"bogus ({count // 2})")
    assert png_bytes(figure)


def test_median_stands_only_where_enough_candidates_are():
    values = np.r_[np.linspace(1.0, 1.09, 50), 2.0]
    figure = score_against(values, np.ones(51, int), np.r_[np.full(50, 0.8), 0.1], 0.5, name="x")
    (median,) = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert np.nanmin(median.get_ydata()) == 0.8


def test_absent_class_and_absent_values_are_said():
    figure = score_against(np.full(30, 1.0), np.ones(30, int), np.full(30, 0.5), 0.5, name="ratio")
    assert figure.axes[1].texts[0].get_text() == "no bogus"
    nothing = score_against(np.full(3, np.nan), [0, 1, 1], np.ones(3), 0.5, name="ratio")
    assert nothing.axes[0].texts[0].get_text() == "no candidates with a ratio"
