import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.transit_model import (
    depth_of_transit,
    light_lost,
    radius_ratio_of_depth,
)

UNIFORM, SUN = (0.0, 0.0), (0.42, 0.25)


def overlap_of_discs(z, k):
    """Area common to two circles of radius 1 and k, over that of the first (Mandel & Agol 2002, eq. 1)."""
    if z >= 1 + k:
        return 0.0
    if z <= abs(1 - k):
        return min(k, 1.0) ** 2
    first = np.arccos((k**2 + z**2 - 1) / (2 * k * z))
    second = np.arccos((1 - k**2 + z**2) / (2 * z))
    kite = np.sqrt((4 * z**2 - (1 + z**2 - k**2) ** 2) / 4)
    return (k**2 * first + second - kite) / np.pi


@pytest.mark.parametrize("k", [0.005, 0.1, 0.7, 1.0, 1.6])
def test_uniform_star_loses_the_area_that_is_covered(k):
    z = np.linspace(0, 1.05 + k, 997)
    expected = [overlap_of_discs(one, k) for one in z]
    assert np.allclose(light_lost(z, k, UNIFORM), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("k", [0.01, 0.1, 0.6])
def test_disc_in_the_centre_takes_the_integral_of_the_limb_darkening(k):
    u1, u2 = SUN
    mu = np.sqrt(1 - k**2)
    # integral of 2 r (1 - u1 (1 - mu) - u2 (1 - mu)^2) from 0 to k, over that from 0 to 1
    light = (1 - u1 - u2) * k**2 + (u1 + 2 * u2) * 2 / 3 * (1 - mu**3) - u2 * (k**2 - k**4 / 2)
    assert depth_of_transit(k, 0.0, SUN) == pytest.approx(light / (1 - u1 / 3 - u2 / 6), abs=1e-12)


def test_small_disc_takes_the_brightness_behind_it():
    k, z = 1e-3, 0.6
    dark = 1 - np.sqrt(1 - z**2)
    brightness = (1 - SUN[0] * dark - SUN[1] * dark**2) / (1 - SUN[0] / 3 - SUN[1] / 6)
    assert depth_of_transit(k, z, SUN) == pytest.approx(k**2 * brightness, rel=1e-5)


def test_light_is_lost_only_while_the_discs_touch():
    lost = light_lost(np.array([1.1 + 1e-9, 1.1 - 1e-4, 5.0]), 0.1, SUN)
    assert lost[0] == lost[2] == 0 and lost[1] > 0


def test_larger_disc_hides_the_star_altogether():
    assert np.array_equal(light_lost(np.array([0.0, 0.5]), 1.6, SUN), [1.0, 1.0])


@pytest.mark.parametrize("limb", [UNIFORM, SUN, (0.7, 0.1), (0.3, 0.31)])
def test_model_agrees_with_batman(limb):
    batman = pytest.importorskip("batman")
    worst = 0.0
    for k in (0.005, 0.05, 0.15, 0.6, 1.1):
        params = batman.TransitParams()
        params.t0, params.per, params.inc, params.ecc, params.w = 0.0, 10.0, 90.0, 0.0, 90.0
        params.a, params.rp, params.limb_dark, params.u = 20.0, k, "quadratic", list(limb)
        time = np.linspace(-0.03, 0.3 * (1 + k), 1500)
        separation = 20.0 * np.abs(np.sin(2 * np.pi * time / 10.0))
        theirs = batman.TransitModel(params, time, max_err=0.01).light_curve(params)
        # batman's elliptic integrals do not converge within 1e-6 of the inner contact of a large disc
        fair = np.abs(separation - abs(1 - k)) > 1e-6
        worst = max(worst, np.abs(1 - light_lost(separation, k, limb) - theirs)[fair].max())
    assert worst < 1e-6


@pytest.mark.parametrize("depth, impact", [(5e-5, 0.0), (1e-3, 0.5), (0.01, 0.97), (0.2, 0.3)])
def test_radius_ratio_gives_the_depth_that_was_asked_for(depth, impact):
    ratio = radius_ratio_of_depth(depth, impact, SUN)
    assert depth_of_transit(ratio, impact, SUN) == pytest.approx(depth, rel=1e-6)
