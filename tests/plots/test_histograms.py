import numpy as np
import pytest

from otrain.plots.histograms import fraction_steps, histogram_panels, overlaid_histograms
from otrain.plots.style import png_bytes

EDGES = np.linspace(0, 1, 11)
RNG = np.random.default_rng(0)
GROUPS = [("all", RNG.random(500)), ("others", RNG.random(50)), ("simulated", RNG.random(3))]


def steps(axes):
    return [patch.get_data().values for patch in axes.patches]


def test_each_group_has_a_panel_with_its_counts():
    figure = histogram_panels(GROUPS[:2], EDGES, xlabel="Score")
    for axes, (name, values) in zip(figure.axes, GROUPS):
        np.testing.assert_array_equal(steps(axes)[0], np.histogram(values, EDGES)[0])
        assert axes.get_title(loc="left") == f"{name}   n = {len(values)}"


def test_few_candidates_are_drawn_as_such():
    few = histogram_panels(GROUPS, EDGES, xlabel="Score").axes[2]
    assert [text.get_text() for text in few.texts] == ["n = 3: too few"]
    assert few.patch.get_hatch() and not few.patches


def test_values_beyond_the_edges_lie_in_the_end_bins():
    axes = histogram_panels([("a", np.r_[np.full(20, 7.0), -3.0, np.nan])], EDGES, xlabel="x").axes[0]
    assert steps(axes)[0][[0, -1]].tolist() == [1, 20]


def test_share_inside_the_bounds_is_in_the_title():
    values = np.r_[np.full(15, 0.5), np.full(5, 0.9)]
    axes = histogram_panels([("a", values)], EDGES, xlabel="x", band=("inside", 0.4, 0.6)).axes[0]
    assert axes.get_title(loc="left") == "a   n = 20   inside: 75.0 %"


def test_fractions_are_of_the_group():
    axes = fraction_steps(GROUPS, EDGES, xlabel="Score").axes[0]
    assert [np.nansum(values) for values in steps(axes)] == pytest.approx([1, 1])
    assert "simulated (n = 3: too few)" in axes.get_legend_handles_labels()[1]


def test_overlaid_groups_differ_without_colour():
    axes = overlaid_histograms(GROUPS, EDGES, xlabel="Score").axes[0]
    looks = [(patch.get_fill(), patch.get_linestyle(), patch.get_hatch()) for patch in axes.patches]
    assert len(set(looks)) == 3


@pytest.mark.parametrize("draw", [histogram_panels, overlaid_histograms, fraction_steps])
@pytest.mark.parametrize("groups", [[("a", np.empty(0)), ("b", np.full(3, np.nan))], [("a", np.full(30, 0.5))]])
def test_odd_groups_can_be_drawn(draw, groups):
    assert png_bytes(draw(groups, EDGES, xlabel="x"))
