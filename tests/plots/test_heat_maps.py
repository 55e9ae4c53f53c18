import cv2
import numpy as np

from otrain.plots.cutouts import picture
from otrain.plots.heat_maps import overlay, write_overlays


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype("f4")


def test_overlay_stands_right_of_the_channels():
    image, heat = noise(63, 63, 3), np.ones((63, 63))
    drawn = overlay(image, heat)
    plain = picture(image)
    assert drawn.shape == (252, 4 * 252 + 3 * 4, 3)
    np.testing.assert_array_equal(drawn[:, :plain.shape[1]], plain)


def test_cold_places_stay_as_they_are_and_hot_ones_get_colour():
    image, heat = noise(63, 63, 1), np.zeros((63, 63), "f4")
    heat[20:40, 20:40] = 7.0
    drawn = overlay(image, heat)[:, 256:].astype(int)
    cold = drawn[:70]
    assert (cold == cold[..., :1]).all()  # grey
    hot = drawn[100:140, 100:140].reshape(-1, 3).mean(axis=0)
    assert min(hot[0], hot[1]) > hot[2] + 30  # inferno ends in yellow


def test_lightness_of_the_heat_rises_steadily():
    # Rec. 601 luma, what a grey print shows.
    heat = np.tile(np.linspace(0, 1, 126), (126, 1)).astype("f4")
    drawn = overlay(np.zeros((126, 126, 1), "f4"), heat)[10, 256:] @ [0.299, 0.587, 0.114]
    beside = np.abs(np.arange(252) - 126) > 2  # the outline of what is hotter than half
    beside[-2:] = False
    assert (np.diff(drawn[beside])[125:] >= -1).all() and drawn[248] > drawn[130] + 50


def test_half_of_the_maximum_is_surrounded_by_a_line():
    heat = np.zeros((63, 63), "f4")
    heat[20:40, 20:40] = 1
    drawn = overlay(np.zeros((63, 63, 1), "f4"), heat)[:, 256:]
    assert (drawn == (86, 180, 233)).all(axis=-1).sum() > 4 * 60


def test_map_without_heat_leaves_the_cutout():
    image = noise(31, 31, 1)
    drawn = overlay(image, np.zeros((31, 31)))
    np.testing.assert_array_equal(drawn[:, :248], drawn[:, 252:])


def test_chosen_channel_lies_under_the_heat():
    image = np.stack([np.zeros((31, 31)), noise(31, 31)], axis=-1)
    drawn = overlay(image, np.zeros((31, 31)), channel=0)
    np.testing.assert_array_equal(drawn[:, -248:], drawn[:, :248])


def test_files_are_numbered_and_titled(tmp_path):
    write_overlays(tmp_path / "x", noise(2, 31, 31, 1), np.ones((2, 31, 31)), ["a ± b", "c"], start=250)
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == ["cutout_CAM_250.png", "cutout_CAM_251.png"]
    first, second = (cv2.imread(str(tmp_path / "x" / f"cutout_CAM_{i}.png")) for i in (250, 251))
    assert first.shape == (248 + 26, 500, 3)
    assert (first[:26] < 100).sum() > (second[:26] < 100).sum() > 0  # more letters, more ink


def test_pixels_without_a_value_are_hatched_under_the_heat():
    image = noise(31, 31, 1)
    image[:5] = np.nan
    drawn = overlay(image, np.zeros((31, 31)))[:, 252:]
    assert (drawn[:40, :, 1] > drawn[:40, :, 2]).all()  # green or yellow
