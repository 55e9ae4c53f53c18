import numpy as np
import pytest

from otrain.domains.transients.augmentation import (
    AUGMENTATIONS,
    WITH_PIXELS,
    add_noise,
    shift,
    turn_and_flip,
    turn_together,
)

IMAGES = np.random.default_rng(0).normal(size=(64, 5, 5, 2)).astype("f4")


def rng():
    return np.random.default_rng(1)


def test_turns_keep_every_pixel_value():
    turned = turn_and_flip(IMAGES, rng())
    np.testing.assert_array_equal(np.sort(turned.reshape(64, -1)), np.sort(IMAGES.reshape(64, -1)))


def test_all_eight_symmetries_of_the_square_occur():
    image = np.arange(9, dtype="f4").reshape(1, 3, 3, 1)
    turned = turn_and_flip(np.repeat(image, 200, axis=0), rng())
    expected = {np.rot90(flipped, k).tobytes() for flipped in (image[0, ..., 0], image[0, ::-1, :, 0])
                for k in range(4)}
    assert {one[..., 0].tobytes() for one in turned} == expected


def test_images_that_are_not_square_keep_their_shape():
    assert turn_and_flip(IMAGES[:, :4], rng()).shape == (64, 4, 5, 2)


def test_vacated_pixels_are_nan_and_the_others_moved_whole():
    image = np.arange(1, 10, dtype="f4").reshape(1, 3, 3, 1)
    moved = shift(np.repeat(image, 50, axis=0), rng(), largest=1)
    assert {int(np.isnan(one).sum()) for one in moved} <= {0, 3, 5}
    assert np.isnan(moved).any()
    for one in moved[..., 0]:
        if np.isfinite(one[1, 1]):
            dy, dx = np.argwhere(image[0, ..., 0] == one[1, 1])[0] - 1
            assert abs(dy) <= 1
            assert abs(dx) <= 1


def test_shift_larger_than_the_image_leaves_nothing_behind():
    moved = shift(np.ones((20, 2, 2, 1), "f4"), rng(), largest=5)
    assert moved.shape == (20, 2, 2, 1)


def test_noise_is_a_fraction_of_the_noise_of_the_image():
    images = np.random.default_rng(0).normal(scale=7, size=(1, 200, 200, 1)).astype("f4")
    added = add_noise(images, rng(), fraction=0.5) - images
    # 40,000 draws: the width is known to 0.4 %, the MAD of the image to 0.6 %.
    assert added.std() == pytest.approx(3.5, rel=0.03)


def test_nan_stays_nan_under_noise():
    images = IMAGES.copy()
    images[0, 0, 0, 0] = np.nan
    images[1] = np.nan
    noisy = add_noise(images, rng())
    np.testing.assert_array_equal(np.isnan(noisy), np.isnan(images))


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_is_repeatable_and_leaves_its_input_alone(name):
    before = IMAGES.copy()
    first, second = (AUGMENTATIONS[name](IMAGES, rng()) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(IMAGES, before)
    assert first.dtype == np.float32


def test_pixels_take_their_class_and_weight_along():
    number = np.arange(64 * 25, dtype="f4").reshape(64, 5, 5, 1)
    images, targets, weights = turn_together(number, number + 0.5, number[..., 0] % 3, rng())
    assert (images != number).any()
    np.testing.assert_array_equal(targets, images + 0.5)
    np.testing.assert_array_equal(weights, images[..., 0] % 3)


def test_noise_leaves_the_classes_of_pixels():
    images, targets, weights = WITH_PIXELS["noise"](IMAGES, "targets", "weights", rng())
    assert (images != IMAGES).all() and (targets, weights) == ("targets", "weights")
