import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.bodies import Event, draw_binary, draw_planets, event_light
from otrain.domains.lightcurves.simulators.orbits import Orbit, scaled_axis
from otrain.domains.lightcurves.simulators.stars import StellarParameters, draw_star
from otrain.domains.lightcurves.simulators.transit_model import light_lost

SUN = StellarParameters(mass=1.0, radius=1.0, teff=5772.0, rotation=25.0)
LIMB = (0.42, 0.25)
SPAN = (0.0, 90.0)
WANTED = {"depth": (50e-6, 0.01), "period": (1.0, 500.0)}


def transit(period=10.0, t0=4.0, impact=0.3, ratio=0.1, **options):
    orbit = Orbit(period, t0, scaled_axis(period, 1.0, 1.0), impact, **options)
    return Event(orbit, orbit.contacts(1 + ratio), ratio, LIMB)


def planets(seed, **options):
    rng = np.random.default_rng(seed)
    return draw_planets(rng, draw_star(rng), SPAN, **WANTED | options)


def binary(seed):
    rng = np.random.default_rng(seed)
    return draw_binary(rng, draw_star(rng), SPAN)


@pytest.fixture(scope="module")
def binaries():
    return [binary(seed) for seed in range(200)]


def test_short_exposures_lose_what_the_discs_hide():
    event, time = transit(), np.arange(0, 30, 60 / 86400)
    touched, lost, inside = event_light(event, time, 60 / 86400)
    separation, in_front = event.orbit.separation(time)
    expected = np.where(in_front, light_lost(separation, 0.1, LIMB), 0.0)
    found = np.zeros(len(time))
    found[touched] = lost
    assert np.allclose(found, expected, atol=2e-6) and lost.max() == pytest.approx(event.depth, rel=1e-4)
    assert np.array_equal(touched[inside], np.flatnonzero(expected > 0))


def test_long_exposure_is_the_mean_of_short_ones():
    event = transit(period=5.0, impact=0.6)
    fine = (np.arange(90 * 60) + 0.5) / 1440 + 2.0  # one a minute
    short = np.zeros(len(fine))
    touched, lost, _ = event_light(event, fine, 1 / 1440)
    short[touched] = lost
    coarse = fine.reshape(-1, 30).mean(axis=1)
    long = np.zeros(len(coarse))
    touched, lost, _ = event_light(event, coarse, 30 / 1440)
    long[touched] = lost
    assert np.allclose(long, short.reshape(-1, 30).mean(axis=1), atol=0.003 * event.depth)


def test_transits_repeat_with_the_period_before_and_after_t0():
    event, time = transit(period=10.0, t0=54.0), np.arange(0, 90, 0.01)
    touched, _, inside = event_light(event, time, 0.01)
    middles = [np.mean(part) for part in np.split(time[touched[inside]], np.flatnonzero(
        np.diff(touched[inside]) > 1) + 1)]
    assert np.allclose(middles, np.arange(4, 90, 10), atol=0.01)


def test_event_cut_by_the_end_is_labelled_as_far_as_it_goes():
    event = transit(period=400.0, t0=-0.1)
    touched, _, inside = event_light(event, np.arange(0.01, 90, 0.02), 0.02)
    assert touched[0] == 0 and inside[0] and event.contacts.last - 0.1 < 0.02 * inside.sum() + 0.02
    assert 0 < inside.sum() < event.contacts.duration / 24 / 0.02


def test_planets_of_one_star_keep_their_distance():
    many = [planets(seed) for seed in range(200)]
    assert {len(one) for one in many} == {1, 2, 3, 4}
    for one in many:
        periods = np.sort([body.events[0].orbit.period for body in one])
        assert np.all(periods[1:] / periods[:-1] > 1.3) and periods.min() >= 1 and periods.max() <= 500
        for body in one:
            orbit = body.events[0].orbit
            assert orbit.axis * (1 - orbit.eccentricity) >= 2.499 and orbit.impact < 1


def test_every_planet_has_a_transit_that_overlaps_the_span():
    for seed in range(200):
        for body in planets(seed):
            contacts, period = body.events[0].contacts, body.events[0].orbit.period
            # the last transit that begins before the end
            number = np.floor((SPAN[1] - contacts.t0 - contacts.first) / period)
            assert contacts.t0 + number * period + contacts.last >= SPAN[0] - 1e-9


def test_planets_are_not_larger_than_two_jupiters():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        star = draw_star(rng)
        for body in draw_planets(rng, star, SPAN, depth=(50e-6, 0.05), period=(1.0, 500.0)):
            assert body.events[0].radius_ratio * star.radius < 22.5 * 0.009168


def test_long_orbits_give_long_transits():
    short, long = (np.median([planets(seed, period=period)[0].events[0].contacts.duration for seed in range(80)])
                   for period in ((2, 3), (200, 300)))
    # duration goes as the cube root of the period
    assert long / short == pytest.approx(100 ** (1 / 3), rel=0.25)


def test_total_light_of_a_binary_is_shared_by_its_stars(binaries):
    for body in binaries:
        shares = [event.share for event in body.events]
        assert sum(shares) <= body.dilution + 1e-12 <= 1 + 1e-12
        assert all(0 < event.depth <= event.share + 1e-12 for event in body.events)


def test_equal_stars_have_equal_eclipses():
    twins = [body for body in (binary(seed) for seed in range(600))
             if len(body.events) == 2 and body.events[0].radius_ratio > 0.97 and body.events[0].orbit.eccentricity == 0]
    assert twins
    for body in twins:
        primary, secondary = (event.depth for event in body.events)
        assert secondary / primary == pytest.approx(1.0, abs=0.25)


def test_primary_of_a_circular_binary_is_the_deeper_eclipse(binaries):
    pairs = [body.events for body in binaries if len(body.events) == 2 and body.events[0].orbit.eccentricity == 0]
    assert len(pairs) > 50
    # the hotter star is covered; limb darkening differs a little between the two
    assert np.mean([one.depth >= 0.95 * two.depth for one, two in pairs]) > 0.97


def test_secondary_eclipses_take_light_while_the_companion_is_behind(binaries):
    body = next(one for one in binaries if len(one.events) == 2 and one.events[0].orbit.period > 5)
    secondary = body.events[1]
    time = secondary.contacts.t0 + np.linspace(-1, 1, 2001) * secondary.contacts.last * 1.2
    _, lost, inside = event_light(secondary, time, 1e-4)
    assert lost[inside].max() == pytest.approx(secondary.depth, rel=0.02)
    assert not np.any(secondary.orbit.separation(time)[1])


def test_half_of_the_binaries_lie_behind_the_target_and_are_shallow(binaries):
    diluted = np.array([body.dilution < 1 for body in binaries])
    assert diluted.mean() == pytest.approx(0.5, abs=0.12)
    depth = np.array([body.events[0].depth for body in binaries])
    assert np.median(depth[diluted]) < 0.1 * np.median(depth[~diluted]) and depth.min() >= 2e-5


def test_close_binaries_are_ellipsoidal(binaries):
    close, wide = (np.median([body.ellipsoidal for body in binaries if low < body.events[0].orbit.axis < high])
                   for low, high in ((0, 6), (20, 1e3)))
    assert close > 100 * wide > 0
