import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.activity import (
    Flare,
    Spots,
    draw_flares,
    draw_spots,
    flare_light,
    flare_profile,
)
from otrain.domains.lightcurves.simulators.stars import StellarParameters

TIME = np.arange(0, 90, 0.02)


def star(rotation):
    return StellarParameters(mass=1.0, radius=1.0, teff=5772.0, rotation=rotation)


def drawn(seed, rotation):
    return draw_spots(np.random.default_rng(seed).spawn(9), star(rotation), -120.0)


def test_flare_has_the_published_shape():
    # Davenport et al. 2014: the decay begins at 0.992; the width of the fit is 0.91 of the unit of time
    assert flare_profile(np.array([0.0]))[0] == pytest.approx(0.992, abs=1e-3)
    phase = np.linspace(-1, 20, 21_001)
    profile = flare_profile(phase)
    width = np.ptp(phase[profile > 0.5])
    assert width == pytest.approx(0.91, abs=0.01)
    assert flare_profile(np.array([-1.001, 50.0])) == pytest.approx([0.0, 0.0], abs=1e-6)


def test_long_exposure_keeps_the_energy_of_a_flare():
    flare, energies = Flare(45.0, 0.01, 0.01), []
    for exposure in (60 / 86400, 1800 / 86400):
        time = np.arange(44, 46, exposure)
        energies.append(flare_light([flare], time, exposure).sum() * exposure)
    assert energies[0] > 0 and energies[1] == pytest.approx(energies[0], rel=0.01)


def test_one_star_in_seven_flares_and_fast_ones_more():
    flares = [len(draw_flares(np.random.default_rng(seed), star(10.0), 0, 90)) for seed in range(400)]
    slow = [len(draw_flares(np.random.default_rng(seed), star(40.0), 0, 90)) for seed in range(400)]
    assert np.mean(np.array(flares) > 0) == pytest.approx(0.15, abs=0.06)
    assert sum(flares) > 2 * sum(slow)


def test_spots_repeat_with_the_rotation():
    light = drawn(1, 6.0).light(TIME)
    light = light - light.mean()
    lags = np.arange(2.0, 10.0, 0.02)
    match = [np.mean(light[: -round(lag / 0.02)] * light[round(lag / 0.02):]) for lag in lags]
    assert lags[np.argmax(match)] == pytest.approx(6.0, rel=0.15)


def test_fast_rotators_are_more_variable():
    fast, slow = (np.median([np.ptp(drawn(seed, rotation).light(TIME)) for seed in range(30)])
                  for rotation in (4.0, 30.0))
    assert fast > 4 * slow
    assert 1e-4 < slow < 3e-3


def test_spots_only_darken_and_change_slowly():
    light = drawn(2, 10.0).light(TIME)
    assert light.max() <= 0 and np.abs(np.diff(light)).max() < 0.02 * np.ptp(light)


def test_one_spot_darkens_by_its_depth_when_it_faces_us():
    one = Spots(*(np.array([value]) for value in (10.0, 0.0, 0.0, 1.0, 0.01, 40.0, 1e4)))
    light = one.light(TIME)
    assert light.min() == pytest.approx(-0.01, rel=0.02)
    assert TIME[np.argmin(light)] % 10 == pytest.approx(0.0, abs=0.1)
    assert light.max() > -1e-4


def test_spots_of_a_quarter_do_not_depend_on_how_many_follow():
    rngs = np.random.default_rng(1).spawn(12)
    few = draw_spots(rngs[:9], star(12.0), -120.0)
    many = draw_spots(np.random.default_rng(1).spawn(12), star(12.0), -120.0)
    assert np.array_equal(many.middle[: len(few.middle)], few.middle)
