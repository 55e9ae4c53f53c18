import numpy as np
import pytest

from otrain.plots.checkinfer import FIGURES, checkinfer_figures
from otrain.plots.style import png_bytes

RNG = np.random.default_rng(0)


def draw(**changes):
    asked = {"mag": RNG.uniform(11, 22, 300), "score": RNG.random(300), "ratio": RNG.normal(1, 0.1, 300),
             "all_scores": RNG.random(2000), "other_scores": RNG.random(1700),
             "other_ratios": RNG.lognormal(0, 0.5, 1700), "maglim": [12, 18, 21], "score_limits": [0.1, 0.5, 0.7],
             "ratio_limits": (0.5, 4.2)}
    return checkinfer_figures(**asked | changes)


def titles(figure):
    return [axes.get_title(loc="left").partition("   n =")[0] for axes in figure.axes]


def test_published_figures_are_made():
    assert tuple(draw()) == FIGURES


def test_events_are_split_at_the_magnitudes():
    assert titles(draw()["distrib_CNN_prob_sim"]) == [
        "simulated, mag < 12", "simulated, 12 ≤ mag < 18", "simulated, 18 ≤ mag < 21", "simulated, mag ≥ 21"]


@pytest.mark.parametrize("limits", [[18], [15, 16, 17, 18, 19, 20]])
def test_any_number_of_limits_is_drawn(limits):
    figures = draw(maglim=limits, score_limits=[limit / 25 for limit in limits])
    assert len(titles(figures["distrib_CNN_prob_sim"])) == len(limits) + 1
    assert len(titles(figures["distrib_FWHM_simulation"])) == len(limits) + 1


def test_range_below_the_first_limit_needs_an_event():
    assert titles(draw(mag=np.full(300, 19.0))["distrib_CNN_prob_sim"])[0] == "simulated, 12 ≤ mag < 18"


def test_bounds_of_the_ratio_are_those_given():
    figures = draw(ratio_limits=(0.7, 2.5))
    for name in ("distrib_FWHM_simulation", "distrib_FWHM_real_vs_sim"):
        axes = figures[name].axes[-1]
        assert [line.get_xdata()[0] for line in axes.lines] == [0.7, 2.5]
        assert "from 0.7 to 2.5" in axes.get_title(loc="left")


def test_columns_without_a_value_can_be_drawn():
    nothing = np.full(300, np.nan)
    figures = draw(ratio=nothing, other_ratios=np.full(1700, np.nan), mag=nothing)
    assert all(png_bytes(figures[name]) for name in ("distrib_CNN_prob_sim", "distrib_FWHM_simulation",
                                                     "distrib_FWHM_real_vs_sim"))
