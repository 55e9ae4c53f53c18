import numpy as np
import pytest

from otrain.plots.curve_gallery import curve_gallery, heated_curve, whole_curve
from otrain.plots.style import ACCENT, BOGUS, GREY, REAL, png_bytes

TIME = 1000 + np.arange(48) / 24


def panel(depth=1000.0, **changed):
    label = np.zeros(48)
    label[20:28] = 1
    flux = np.random.default_rng(0).normal(0, 50, 48) - depth * label
    return {"time": TIME, "flux": flux, "label": label, "probability": label * 0.9, "title": "s_1\n5 h",
            "t0": TIME[23]} | changed


def colours(axes):
    return [line.get_color() for line in axes.get_lines() if len(line.get_xdata())]


def test_each_panel_has_the_flux_above_and_the_probability_below():
    figure = curve_gallery([panel(), panel()])
    shown = [axes for axes in figure.axes if axes.axison]
    assert len(shown) == 4 and png_bytes(figure)
    above, below = figure.axes[0], figure.axes[3]
    assert colours(above) == [GREY, REAL] and colours(below) == [ACCENT]
    assert above.get_ylabel() == "Flux [ppm]" and below.get_xlabel() == "Time from centre [h]"
    assert above.get_xlim() == below.get_xlim()


def test_hours_are_counted_from_the_event():
    x = curve_gallery([panel()]).axes[0].get_lines()[0].get_xdata()
    assert x[23] == 0 and x[24] - x[23] == pytest.approx(1)


def test_days_are_shown_where_no_centre_is_given():
    without = panel()
    del without["t0"], without["label"], without["probability"]
    figure = curve_gallery([without])
    assert figure.axes[3].get_xlabel() == "Time [d]" and figure.axes[0].get_lines()[0].get_xdata()[0] == 1000
    assert colours(figure.axes[0]) == [GREY]


def test_deep_eclipses_are_told_in_per_cent():
    axes = curve_gallery([panel(depth=2e5)]).axes[0]
    assert axes.get_ylabel() == "Flux [%]"
    assert axes.get_lines()[0].get_ydata().min() == pytest.approx(-20, abs=0.5)


def test_names_are_no_mathematics():
    png_bytes(curve_gallery([panel(title="a$_$b^{")]))


def test_piece_without_values_is_drawn():
    png_bytes(curve_gallery([panel(flux=np.full(48, np.nan))]))


def test_no_event_says_so():
    assert "no events" in curve_gallery([]).axes[0].texts[0].get_text()


def test_whole_curve_shows_classes_maps_and_events():
    label = np.zeros(48)
    label[5:9], label[30:34] = 1, 2
    flux = 1 - 0.01 * (label > 0)
    figure = whole_curve(TIME, flux, label=label, probability=np.stack([label == 1, label == 2]).astype(float),
                         events=[(TIME[7], 4.0, "p 0.9")], title="x$y")
    top, below = figure.axes
    assert colours(top) == [GREY, REAL, BOGUS] and colours(below) == [REAL, BOGUS] and png_bytes(figure)
    assert top.texts[0].get_text() == "p 0.9" and below.get_xlabel() == "Time [d]"


def test_whole_curve_of_nothing_but_gaps_is_drawn():
    png_bytes(whole_curve(TIME, np.full(48, np.nan)))


def test_heat_lies_below_the_curve_scaled_to_its_maximum():
    piece = panel()
    heat = np.exp(-0.1 * np.arange(48.0))
    figure = heated_curve(piece["time"], piece["flux"], 7 * heat, t0=piece["t0"], label=piece["label"], title="a$b")
    top, below = figure.axes
    assert below.get_lines()[0].get_ydata().max() == 1 and top.get_legend().get_texts()[0].get_text() == "planet"
    assert below.get_xlabel() == "Time from centre [h]" and png_bytes(figure)


def test_cold_curve_with_gaps_is_drawn():
    png_bytes(heated_curve(np.full(9, np.nan), np.full(9, np.nan), np.zeros(9), t0=0.0))
