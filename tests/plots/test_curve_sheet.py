import cv2
import numpy as np

from otrain.plots.curve_sheet import curve_sheet_png, draw_curve

GREY, BLUE, ORANGE = (95, 99, 104), (0, 114, 178), (213, 94, 0)


def colours(picture):
    return {tuple(colour) for colour in picture.reshape(-1, 3).tolist()}


def test_points_have_the_colour_of_their_class():
    flux, label = np.sin(np.arange(100.0)), np.zeros(100)
    assert GREY in colours(draw_curve(flux, label)) and not colours(draw_curve(flux, label)) & {BLUE, ORANGE}
    label[10:20], label[50:60] = 1, 2
    assert {GREY, BLUE, ORANGE} <= colours(draw_curve(flux, label))


def test_deepest_point_of_a_transit_is_never_cut_off():
    flux = np.random.default_rng(0).normal(size=3000)
    label = np.zeros(3000)
    flux[1500], label[1500] = -50, 1
    picture = draw_curve(flux, label)
    rows = np.flatnonzero((picture == BLUE).all(axis=2).any(axis=1))
    assert rows.min() > 80, "at the foot of a picture of 90 pixels"


def test_nothing_is_drawn_where_there_is_no_flux():
    flux = np.full(300, np.nan)
    assert len(colours(draw_curve(flux))) == 1
    flux[:100] = np.arange(100)
    drawn = (draw_curve(flux) == GREY).all(axis=2)
    assert drawn[:, :100].any() and not drawn[:, 110:].any()


def test_constant_curve_and_empty_class_are_drawn():
    curves = np.ones((2, 50, 2), np.float32)
    png = curve_sheet_png([("planet (2 of 2)", curves, ["a", "b"]), ("binary (0 of 0)", curves[:0], [])],
                          ("flux", "label"))
    sheet = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert sheet.shape[1] >= 1280 and sheet.shape[0] > 120
