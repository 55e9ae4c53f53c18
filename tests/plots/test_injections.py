from otrain.plots.injections import injection_grid


def test_every_cell_has_its_counts_and_its_interval():
    figure = injection_grid([100, 400], [2, 8], {"network": [[(0, 10), (5, 10)], [(10, 10), (0, 0)]],
                                                 "matched filter": [[(0, 1)] * 2] * 2})
    first, second = figure.axes
    assert [text.get_text() for text in first.texts] == ["0/10\n0–28 %", "5/10\n24–76 %", "10/10\n72–100 %", "none"]
    assert len(second.texts) == 4 and second.get_title(loc="left") == "matched filter"


def test_axes_name_depths_and_durations():
    axes = injection_grid([100, 1600], [2.5], {"network": [[(1, 2)], [(2, 2)]]}).axes[0]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["100", "1600"]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["2.5"]
