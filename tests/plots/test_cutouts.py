import cv2
import numpy as np
import pytest

from otrain.plots.cutouts import gallery, picture, write_cutouts
from otrain.plots.style import png_bytes


def test_every_cutout_becomes_a_numbered_file(tmp_path):
    assert write_cutouts(tmp_path / "new", np.zeros((3, 5, 5, 1)), ["a", "b", "c"], start=7) == 3
    names = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert names == ["cutout_7.png", "cutout_8.png", "cutout_9.png"]


def test_no_cutouts_make_an_empty_folder(tmp_path):
    assert write_cutouts(tmp_path / "new", [], []) == 0
    assert list((tmp_path / "new").iterdir()) == []


def test_number_of_titles_must_be_that_of_cutouts(tmp_path):
    with pytest.raises(ValueError, match="shorter"):
        write_cutouts(tmp_path, np.zeros((2, 5, 5, 1)), ["a"])


def test_channels_stand_side_by_side():
    one, three = (picture(np.zeros((9, 9, channels)), side=90) for channels in (1, 3))
    assert one.shape == (90, 90, 3)
    assert three.shape[0] == 90
    assert three.shape[1] > 3 * 90


def test_pixels_are_enlarged_by_a_whole_factor():
    image = np.arange(9.0).reshape(3, 3, 1)
    rgb = picture(image, side=10)
    assert rgb.shape == (9, 9, 3)
    np.testing.assert_array_equal(rgb, np.repeat(np.repeat(rgb[::3, ::3], 3, 0), 3, 1))


def test_huge_cutout_is_thinned_out():
    assert max(picture(np.zeros((5000, 3000, 1), "f4")).shape) <= 1024


def test_missing_pixels_are_coloured_in_the_file(tmp_path):
    images = np.random.default_rng(0).normal(size=(2, 9, 9, 1))
    images[1, 0, 0] = np.nan
    write_cutouts(tmp_path, images, ["whole", "hole"])
    spread = [np.ptp(cv2.imread(str(tmp_path / f"cutout_{i}.png")).astype(int), axis=-1).max() for i in (0, 1)]
    assert spread[0] == 0 < spread[1]


@pytest.mark.parametrize("title", ["", "µ Ω 北", "$x^$ %s \\", "n" * 300])
def test_any_title_can_be_written(tmp_path, title):
    write_cutouts(tmp_path, np.zeros((1, 9, 9, 3)), [title])
    assert png_bytes(gallery(np.zeros((1, 9, 9, 3)), [title]))


def test_whole_title_is_inside_the_picture(tmp_path):
    write_cutouts(tmp_path, np.zeros((1, 9, 9, 1)), ["W" * 80])
    strip = cv2.imread(str(tmp_path / "cutout_0.png"))[:26]
    assert (strip[:, [0, -1]] == 255).all()
    assert (strip < 100).any()


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_gallery_shows_each_candidate_under_its_title(channels):
    figure = gallery(np.zeros((5, 9, 9, channels)), [f"c{i}" for i in range(5)])
    shown = [axes.get_title() for axes in figure.axes if axes.images]
    assert shown == ["c0", "c1", "c2", "c3", "c4"]


def test_empty_gallery_says_so():
    assert gallery([], []).axes[0].texts[0].get_text() == "no candidates"
