import numpy as np
import pytest

from otrain.evaluation.metrics import reliability_bins
from otrain.plots.reliability import reliability_diagram


def _labels(figure):
    return [text.get_text() for text in figure.axes[0].get_legend().get_texts()]


@pytest.fixture
def bins():
    rng = np.random.default_rng(0)
    return reliability_bins(rng.integers(0, 2, 400), rng.random(400))


def test_before_and_after_are_told_apart(bins):
    labels = _labels(reliability_diagram(bins, bins))
    assert labels == ["score = fraction", "before calibration", "after calibration"]


def test_few_candidates_are_hollow_and_explained():
    few = reliability_bins(np.array([0, 1, 1]), np.array([0.1, 0.6, 0.9]))
    assert _labels(reliability_diagram(None, few))[-1] == "fewer than 10 candidates"


def test_nothing_to_draw_is_said():
    empty = reliability_bins([], [])
    for before, after in ((None, None), (empty, empty)):
        assert reliability_diagram(before, after).axes[0].texts[0].get_text() == "no candidates"


def test_axes_stay_large_whatever_the_legend(bins):
    few = reliability_bins(np.array([0, 1, 1]), np.array([0.1, 0.6, 0.9]))
    figure = reliability_diagram(few, bins)
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().width > 0.6
