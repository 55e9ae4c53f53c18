import numpy as np
import pytest

from otrain.domains.lenses.physics.sources import (
    Constellation,
    EllipticalGaussian,
    SersicEllipsoid,
    SersicSphere,
    SphericalGaussian,
    Triangle,
)

SOURCES = {
    "round Gaussian": SphericalGaussian(2.0, 1.0, -0.5),
    "Gaussian": EllipticalGaussian(3.0, 1.0, 0.4, 1.0, -0.5),
    "round Sersic": SersicSphere(3.0, 2.5, 12.0, 1.0, -0.5),
    "Sersic": SersicEllipsoid(3.0, 1.0, 0.4, 2.5, 12.0, 1.0, -0.5),
    "triangle": Triangle(8.0, 0.4, 1.0, -0.5),
    "constellation": Constellation((SphericalGaussian(2.0), SersicSphere(1.0, 1.0, 1.0, 3.0)), 1.0, -0.5),
}
every_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


@every_source
def test_row_and_column_broadcast_to_an_image_of_the_same_precision(source):
    x, y = np.linspace(-9, 9, 5, dtype=np.float32)[None, :], np.linspace(-1, 1, 3, dtype=np.float32)[:, None]
    image = source.brightness(x, y)
    assert (image.shape, image.dtype) == ((3, 5), np.float32)
    np.testing.assert_allclose(image, source.brightness(x.astype(float), y.astype(float)), rtol=1e-4, atol=1e-4)


@every_source
def test_positions_are_not_changed(source):
    x, y = np.full((2, 2), 1.5), np.full((2, 2), 0.5)
    source.brightness(x, y)
    assert (x == 1.5).all() and (y == 0.5).all()


@every_source
def test_there_is_no_warning_in_the_middle(source):
    assert source.brightness(1.0, -0.5) >= 0


def test_gaussian_is_as_wide_as_its_sigmas():
    source, level = EllipticalGaussian(3.0, 1.0, np.pi / 2, 1.0, 2.0), 255 * np.exp(-0.5)
    assert source.brightness(1.0, 2.0) == pytest.approx(255)
    assert source.brightness(1.0, 5.0) == pytest.approx(level)
    assert source.brightness(0.0, 2.0) == pytest.approx(level)


def test_sersic_has_the_values_of_cosmosim():
    # reference: CosmoSim 3.3.0, SphericalSource(40, 5, 2, 10, Sersic).getImage()[20, 15:20]
    assert SersicSphere(5.0, 2.0, 10.0).brightness(np.arange(-5, 0), 0).round().tolist() == [24, 36, 56, 94, 185]


def test_sersic_ellipsoid_has_sigma_across_as_cosmosim():
    # reference: CosmoSim 3.3.0, EllipsoidSource(40, 8, 4, 0, Sersic, 10, 1.5).getImage()
    source = SersicEllipsoid(8.0, 4.0, 0.0, 1.5, 10.0)
    assert source.brightness(np.arange(-5, 0), 0).round().tolist() == [14, 22, 35, 58, 109]
    assert source.brightness(0, np.arange(-4, 0)).round().tolist() == [58, 78, 109, 161]


def test_sersic_ellipsoid_turns_anticlockwise():
    source = SersicEllipsoid(8.0, 4.0, 0.3, 1.5, 10.0)
    along = np.array([np.cos(0.3), np.sin(0.3)])
    assert source.brightness(*(3 * along)) == pytest.approx(SersicEllipsoid(8.0, 4.0, 0, 1.5, 10.0).brightness(3, 0))


@pytest.mark.parametrize("n", [1.0, 2.5, 4.0])
def test_luminosity_is_the_flux_in_thousands(n):
    r = np.geomspace(1e-6, 1e5, 200_001)
    light = SersicSphere(3.0, n, 12.0).brightness(r, 0.0)
    flux = np.trapezoid(light * 2 * np.pi * r * r, np.log(r))
    assert flux == pytest.approx(12_000, rel=1e-3)


@pytest.mark.parametrize("n", [1.0, 2.5, 4.0])
def test_half_the_light_is_within_the_effective_radius(n):
    r = np.geomspace(1e-6, 3.0, 100_001)
    inside = np.trapezoid(SersicSphere(3.0, n, 12.0).brightness(r, 0.0) * 2 * np.pi * r * r, np.log(r))
    assert inside == pytest.approx(6_000, rel=0.01)  # b_n is a fit


def test_round_sersic_ellipsoid_is_the_sphere():
    x, y = np.array([0.5, 2.0]), np.array([1.0, -3.0])
    np.testing.assert_allclose(SersicEllipsoid(3.0, 3.0, 0.7, 2.0, 5.0).brightness(x, y),
                               SersicSphere(3.0, 2.0, 5.0).brightness(x, y), rtol=1e-12)


def test_sides_of_the_triangle_have_three_greys():
    source = Triangle(20.0)
    assert source.brightness(0.0, 0.0) == 0
    # first corner at the right; below it the side of CosmoSim's blue, left the green, above the red one
    sides = source.brightness(np.array([5.0, -10.0, 5.0]), np.array([-8.66, 0.0, 8.66]))
    np.testing.assert_allclose(sides, [21.888, 112.704, 57.408], rtol=1e-6)


def test_constellation_adds_light_and_moves_as_one():
    parts = (SphericalGaussian(2.0), SphericalGaussian(1.0, 3.0, 0.0))
    expected = sum(part.brightness(1.0, 0.5) for part in parts)
    assert Constellation(parts, 10.0, -5.0).brightness(11.0, -4.5) == pytest.approx(expected)


def test_parameters_may_be_arrays():
    source = SersicEllipsoid(np.array([2.0, 3.0]), 1.0, np.array([0.1, 0.2]), np.array([1.0, 4.0]), 5.0)
    together = source.brightness(1.0, 0.5)
    assert together[1] == pytest.approx(SersicEllipsoid(3.0, 1.0, 0.2, 4.0, 5.0).brightness(1.0, 0.5))
