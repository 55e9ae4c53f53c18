import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.stars import StellarParameters, draw_star, limb_darkening


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    return [draw_star(rng) for _ in range(2000)]


def test_sun_has_the_numbers_of_the_sun():
    sun = StellarParameters(mass=1.0, radius=1.0, teff=5772.0, rotation=25.0)
    assert sun.logg == pytest.approx(4.438) and sun.numax == pytest.approx(3090) and sun.delta_nu == pytest.approx(135.1)


def test_stars_are_f5_to_k7_dwarfs_and_some_subgiants(many):
    teff, logg = np.array([one.teff for one in many]), np.array([one.logg for one in many])
    assert 3900 < teff.min() < 4300 and 6400 < teff.max() < 7000
    assert 0.05 < np.mean(logg < 4.0) < 0.2 and logg.min() > 3.2 and logg.max() < 4.75


# Pecaut & Mamajek 2013: K7, G2, F5
@pytest.mark.parametrize("mass, radius, teff", [(0.63, 0.65, 4050), (1.0, 1.0, 5770), (1.33, 1.47, 6550)])
def test_main_sequence_is_that_of_the_tables(many, mass, radius, teff):
    near = [one for one in many if abs(one.mass - mass) < 0.04]
    assert np.median([one.radius for one in near]) == pytest.approx(radius, rel=0.12)
    assert np.median([one.teff for one in near]) == pytest.approx(teff, rel=0.05)


def test_hot_stars_rotate_faster(many):
    hot = np.median([one.rotation for one in many if one.teff > 6200])
    cool = np.median([one.rotation for one in many if one.teff < 4800])
    assert hot < 18 < 28 < cool


# Claret & Bloemen 2011, Kepler band, logg 4.5, solar metallicity
@pytest.mark.parametrize("teff, u1, u2", [(4000, 0.70, 0.10), (5750, 0.42, 0.25), (6500, 0.31, 0.31)])
def test_limb_darkening_follows_the_temperature(teff, u1, u2):
    rng = np.random.default_rng(0)
    found = np.mean([limb_darkening(rng, teff) for _ in range(300)], axis=0)
    assert found == pytest.approx([u1, u2], abs=0.03)


def test_light_never_becomes_negative_at_the_limb():
    rng = np.random.default_rng(0)
    assert all(sum(limb_darkening(rng, teff)) < 1 for teff in np.linspace(2500, 7500, 500))
