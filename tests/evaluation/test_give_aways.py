import numpy as np
import pytest

from otrain.evaluation.give_aways import find_give_aways, masked_areas, measure_margins
from otrain.evaluation.image_checks import measure

CLASSES = ("bogus", "real")
LABELS = np.arange(60) % 2


def told(spoil=lambda bogus: None, *, quantised=False):
    """Return what gives the classes away after the bogus ones were spoilt."""
    images = np.random.default_rng(0).normal(100, 10, (60, 21, 21, 2)).astype("f4")
    if quantised:
        images = np.rint(images)
    bogus = images[::2]
    spoil(bogus)
    images[::2] = bogus
    return find_give_aways(measure(images, 0), LABELS, CLASSES)


def fill_rows(bogus):
    bogus[:, 8:10] = 0


def fill_scattered(bogus):
    bogus[:, ::4, ::4] = bogus[:, ::4, 1::4][:, :, :6] = 100


def shift_border(bogus):
    bogus[:, 0] += 100
    bogus[:, :, -1] += 100


def smooth_border(bogus):
    bogus[:, (0, -1)] = 100 + 0.1 * (bogus[:, (0, -1)] - 100)
    bogus[:, :, (0, -1)] = 100 + 0.1 * (bogus[:, :, (0, -1)] - 100)


def mask_one_pixel(bogus):
    bogus[:, 3, 4, 1] = np.nan


@pytest.mark.parametrize(("spoil", "words"), [
    (fill_rows, "one and the same value"), (shift_border, "level of the outermost"),
    (smooth_border, "scatter of the outermost"), (mask_one_pixel, "pixels without a value"),
    (mask_one_pixel, "place of the masked pixels"),
])
def test_what_gives_a_class_away_is_named(spoil, words):
    assert any(words in line and "bogus" in line for line in told(spoil))


@pytest.mark.parametrize("quantised", [False, True])
def test_noise_gives_nothing_away(quantised):
    assert told(quantised=quantised) == []


def test_fill_of_integers_gives_a_class_away():
    assert any("one and the same value" in line for line in told(fill_rows, quantised=True))


def test_masks_of_one_share_at_different_places_give_the_classes_away():
    finite = np.ones((60, 16, 16, 1), bool)
    finite[::2, :2] = finite[1::2, -2:] = False
    found = find_give_aways({"masked": np.full(60, 0.1), "mask_areas": masked_areas(finite)}, LABELS, CLASSES)
    assert found == ["the place of the masked pixels tells bogus from real (one area is masked in 100 and 0 % of them)"]


def test_classes_of_few_examples_tell_nothing():
    assert find_give_aways({"masked": np.array([0.0, 0.0, 1.0, 1.0])}, np.array([0, 0, 1, 1]), CLASSES) == []


def test_third_class_is_compared_with_both_others():
    masked = np.repeat([0.0, 0.0, 0.5], 20) + np.random.default_rng(0).uniform(0, 1e-3, 60)
    found = find_give_aways({"masked": masked}, np.repeat([0, 1, 2], 20), ("bogus", "SN", "AGN"))
    assert [line.split("tells ")[1].split(" (")[0] for line in found] == ["bogus from AGN", "SN from AGN"]


def test_border_is_compared_with_all_pixels():
    image = np.full((1, 9, 9, 1), 10.0, "f4") + np.random.default_rng(0).normal(0, 1, (1, 9, 9, 1))
    image[:, 0] = image[:, -1] = image[:, :, 0] = image[:, :, -1] = 14
    found = measure_margins(image, np.isfinite(image), np.array([[10.0]]), np.array([[1.0]]))
    assert found["border_level"][0] == pytest.approx(4) and found["border_spread"][0] == 0
    assert found["repeated"][0] == pytest.approx(2 * 8 / 81)


def test_border_without_values_is_unknown():
    image = np.full((1, 9, 9, 1), np.nan, "f4")
    image[:, 1:-1, 1:-1] = 1
    found = measure_margins(image, np.isfinite(image), np.zeros((1, 1)), np.ones((1, 1)))
    assert np.isnan(found["border_level"][0]) and np.isnan(found["border_spread"][0])


def test_areas_of_small_images_are_those_of_their_pixels():
    finite = np.ones((1, 4, 4, 1), bool)
    finite[0, 3, 3] = False
    assert np.unpackbits(masked_areas(finite)).reshape(8, 8)[6, 6] == 1
