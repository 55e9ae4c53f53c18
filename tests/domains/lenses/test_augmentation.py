import numpy as np
import pytest

from otrain.domains.lenses.augmentation import CHANGES, rotate_images, turn_alone, turn_images
from otrain.domains.lenses.physics.lens_models import SIE
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import EllipticalGaussian
from otrain.errors import UsageError

NAMES = ("einsteinradius", "ellipseratio", "x", "y", "e2", "e1", "orientation", "theta", "sigma", "sigma2")
SIDE = 32


def simulate(row):
    """Return the image of the numbers of a row, in the order of NAMES, computed from them alone."""
    radius, ratio, x, y, e2, e1, orientation, theta, sigma, sigma2 = map(float, row)
    turned = np.degrees(0.5 * np.arctan2(e2, e1)) % 180
    assert abs((turned - orientation + 90) % 180 - 90) < 1e-3  # the pair and the angle say the same
    lens = SIE(radius, ratio, np.radians(orientation))
    return trace(lens, EllipticalGaussian(sigma, sigma2, np.radians(theta), x, y), SIDE, supersampling=2, dtype=np.float64)


def rows(count, rng):
    ratio, orientation = rng.uniform(0.4, 0.8, count), rng.uniform(0, 180, count)
    size = (1 - ratio) / (1 + ratio)
    return np.stack([rng.uniform(6, 10, count), ratio, rng.uniform(-3, 3, count), rng.uniform(-3, 3, count),
                     size * np.sin(2 * np.radians(orientation)), size * np.cos(2 * np.radians(orientation)), orientation,
                     rng.uniform(0, 180, count), rng.uniform(2, 3, count), rng.uniform(3, 4, count)], axis=1)


def batch(count, seed=0):
    numbers = rows(count, np.random.default_rng(seed))
    return np.stack([simulate(row) for row in numbers])[..., None], numbers


def test_turned_images_are_those_of_the_turned_numbers():
    images, numbers = batch(24)
    turned, changed, weights = CHANGES["turns"].for_targets(NAMES)(images, numbers, np.ones(24), np.random.default_rng(1))
    borders = set()
    for image, row, before in zip(turned[..., 0], changed, numbers, strict=True):
        again, known = simulate(row), np.isfinite(image)
        borders.add((bool(known[0].any()), bool(known[:, 0].any())))
        assert known[1:, 1:].all() and np.abs(image - again)[known].max() < 1e-6 * again.max(), (before, row)
    assert len(borders) > 2 and (weights == 1).all()  # several of the symmetries were drawn


def test_rotated_images_are_those_of_the_rotated_numbers_but_for_interpolation():
    images, numbers = batch(6)
    turned, changed, _ = CHANGES["rotations"].for_targets(NAMES)(images.astype("f4"), numbers, None, np.random.default_rng(1))
    for image, row in zip(turned[..., 0], changed, strict=True):
        inside = np.isfinite(image)
        again = simulate(row)
        assert inside.mean() > 0.75 and np.abs(image - again)[inside].mean() < 0.02 * again.max()
        assert np.corrcoef(image[inside], again[inside])[0, 1] > 0.995


def test_a_quarter_turn_moves_the_right_pixel():
    images = np.zeros((1, 6, 6, 1))
    images[0, 1, 5] = 9  # x = 2, y = 2
    found = {code: tuple(np.argwhere(turn_images(images, code)[0, ..., 0] == 9)[0]) for code in range(8)}
    where = {(1, 5): (2, 2), (5, 5): (2, -2), (1, 1): (-2, 2), (5, 1): (-2, -2)}
    assert [where[place] for place in found.values()] == [(2, 2), (2, -2), (-2, 2), (-2, -2), (-2, -2), (2, -2), (-2, 2), (2, 2)]


def test_rotation_of_images_is_anticlockwise_about_the_origin():
    images = np.zeros((1, 8, 8, 1), "f4")
    images[0, 4, 6] = 1  # x = 2, y = 0
    assert rotate_images(images, [np.pi / 2])[0, 2, 4, 0] == pytest.approx(1, abs=1e-4)


def test_rectangles_are_mirrored_only():
    images = np.random.default_rng(0).normal(size=(16, 4, 6, 1))
    turned, _, _ = CHANGES["turns"].for_targets(("theta_e",))(images, np.ones((16, 1)), None, np.random.default_rng(0))
    assert turned.shape == images.shape and turn_alone(images, np.random.default_rng(0)).shape == images.shape


def test_one_of_a_pair_keeps_its_image_on_its_side():
    images, numbers = batch(12)
    _, changed, _ = CHANGES["turns"].for_targets(("x",))(images, numbers[:, 2:3], None, np.random.default_rng(2))
    assert set(np.sign(changed[:, 0] / numbers[:, 2])) == {1.0, -1.0} and np.abs(changed) == pytest.approx(np.abs(numbers[:, 2:3]))
    with pytest.raises(UsageError, match="only one of a pair is learnt: x"):
        CHANGES["rotations"].for_targets(("x",))


@pytest.mark.parametrize("name", CHANGES)
def test_without_names_nothing_is_changed(name):
    with pytest.raises(UsageError, match="for_targets"):
        CHANGES[name](None, None, None, None)
    with pytest.raises(UsageError, match="offsetX"):
        CHANGES[name].for_targets(("offsetX",))
