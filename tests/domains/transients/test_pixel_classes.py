import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.domains.transients.pixel_classes import PixelDoor, list_images
from otrain.domains.transients.preparation import make_recipe
from otrain.errors import UsageError

SCIENCE = np.arange(16, dtype="f4").reshape(4, 4)


def outcomes(tmp_path, label, *, classes="folders", channels=("science", "label"), **recipe):
    image = np.stack([SCIENCE, np.array(label, "f4")], -1)[None]
    meta = {"channels": list(channels), "classes": ["bogus", "real"]}
    write_cube(tmp_path / "c.npz", [image], labels=np.array([0]), columns={}, meta=meta, store="npz")
    listing = list_images(tmp_path / "c.npz", classes=classes)
    door = PixelDoor(make_recipe(**recipe), classes=listing.classes)
    return [outcome for item in listing.inputs for outcome in door(item)], listing.classes


def label(**pixels):
    made = np.zeros((4, 4))
    for value, place in pixels.items():
        made[place] = float(value[1:])
    return made


def test_the_label_is_the_highest_class_of_the_pixels(tmp_path):
    (kept,), classes = outcomes(tmp_path, label(c1=(0, 1), c2=(2, 2)), classes=["sky", "star", "trail"])
    assert (kept.example.label, classes) == (2, ("sky", "star", "trail"))


def test_pixels_without_a_class_do_not_count(tmp_path):
    made = np.full((4, 4), np.nan)
    assert outcomes(tmp_path, made)[0][0].example.label == -1
    made[0, 0] = 0
    (kept,), classes = outcomes(tmp_path / "b", made)
    assert (kept.example.label, classes) == (0, ("sky", "source"))


@pytest.mark.parametrize("value", ["c2", "c0.5", "c-1"])
def test_a_class_that_is_none_is_quarantined(tmp_path, value):
    (rejected,), _ = outcomes(tmp_path, label(**{value: (1, 1)}))
    assert rejected.reason == "bad-column" and value[1:] in rejected.words


def test_a_file_without_classes_is_quarantined(tmp_path):
    (rejected,), _ = outcomes(tmp_path, label(), channels=("science", "template"))
    assert rejected.reason == "missing-channel" and "class of each pixel" in rejected.words


def test_classes_are_kept_beside_the_chosen_channels_and_cut_alike(tmp_path):
    made = label(c1=(2, 1))
    (kept,), _ = outcomes(tmp_path, made, channels=("science", "label"), size=2)
    assert kept.example.channels == ("science", "label")
    np.testing.assert_array_equal(kept.example.image[..., 1], made[1:3, 1:3])
    chosen = PixelDoor(make_recipe(channels=["science"])).recipe["channels"]
    assert chosen == ["science", "label"]


def test_there_is_no_table_of_pixels(tmp_path):
    with pytest.raises(UsageError, match="it lies in the channel"):
        list_images(tmp_path, labels="t.csv")
