import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.bodies import draw_planets
from otrain.domains.lightcurves.simulators.instrument import NO_DATA
from otrain.domains.lightcurves.simulators.light_curves import BINARY, PLANET, simulate_star
from otrain.domains.lightcurves.simulators.presets import PRESETS
from otrain.domains.lightcurves.simulators.stars import draw_star
from otrain.errors import UsageError

LONG = {"cadence": 1800.0}


def star(index, *args, **options):
    return simulate_star(np.random.default_rng([0, index]), *args, **(LONG | options))


@pytest.fixture(scope="module")
def population():
    return [star(i, planet_free=0.4, binaries=0.2) for i in range(150)]


def test_shares_are_those_that_were_asked_for(population):
    kinds = [one.bodies[0].kind if one.bodies else "none" for one in population]
    # 150 stars: three standard deviations are 0.12 and 0.10
    assert kinds.count("planet") / 150 == pytest.approx(0.6, abs=0.12)
    assert kinds.count("binary") / 150 == pytest.approx(0.2, abs=0.10)
    assert kinds.count("none") > 0


def test_labels_are_the_exposures_between_first_and_last_contact(population):
    checked = 0
    for one in population:
        for curve in one.curves:
            expected = np.zeros(len(curve.time), bool)
            for body in one.bodies:
                for event in body.events:
                    middle = (curve.time - event.contacts.t0 + event.orbit.period / 2) % event.orbit.period
                    away = middle - event.orbit.period / 2
                    expected |= (away >= event.contacts.first) & (away <= event.contacts.last)
            assert np.array_equal(curve.label > 0, expected)
            checked += expected.sum()
    assert checked > 2000


def test_binaries_and_planets_have_labels_of_their_own(population):
    for one in population:
        kinds = {body.kind for body in one.bodies}
        found = set(np.unique(one.curves[0].label)) - {0}
        assert found <= ({PLANET} if kinds == {"planet"} else {BINARY} if kinds == {"binary"} else set())


def test_every_star_with_planets_shows_one_and_some_at_the_edge(population):
    with_planets = [one.curves[0] for one in population if one.bodies and one.bodies[0].kind == "planet"]
    # a transit may fall between two exposures of 30 minutes or overlap the end by less than that
    assert np.mean([np.any(curve.label == PLANET) for curve in with_planets]) > 0.95
    cut = sum(curve.label[0] == PLANET or curve.label[-1] == PLANET for curve in with_planets)
    assert cut >= 1


def test_many_planets_transit_once_in_a_quarter(population):
    periods = np.array([body.events[0].orbit.period for one in population for body in one.bodies
                        if body.kind == "planet"])
    assert np.mean(periods > 90) > 0.2 and np.mean(periods < 10) > 0.2


def test_depths_are_even_in_the_logarithm():
    found = []
    for i in range(300):
        rng = np.random.default_rng(i)
        bodies = draw_planets(rng, draw_star(rng), (0, 90), depth=(50e-6, 0.01), period=(1, 500), most=1)
        found.append(bodies[0].events[0].depth)
    counts, _ = np.histogram(np.log(found), np.log([50e-6, 188e-6, 707e-6, 2660e-6, 0.0101]))
    assert counts.sum() == 300 and counts.min() > 50


def test_radius_may_be_asked_for_instead_of_the_depth():
    found = [star(i, planet_free=0.0, binaries=0.0, radius=(1.0, 2.0)) for i in range(30)]
    radii = [body.events[0].radius_ratio * one.parameters.radius / 0.009168 for one in found for body in one.bodies]
    assert min(radii) > 0.999 and max(radii) < 2.001


def test_duration_follows_from_density_and_period(population):
    checked = 0
    for one in population:
        for body in one.bodies:
            event = body.events[0]
            if body.kind != "planet" or event.orbit.axis < 8:
                continue
            own, orbit = one.parameters, event.orbit
            # Kepler's third law; the duration of a straight chord, Winn 2010 eq. 14 and 16
            axis = 4.2083 * orbit.period ** (2 / 3) * (own.mass / own.radius**3) ** (1 / 3)
            speed = (1 + orbit.eccentricity * np.sin(orbit.omega)) / np.sqrt(1 - orbit.eccentricity**2)
            chord = np.sqrt((1 + event.radius_ratio) ** 2 - orbit.impact**2)
            expected = 24 * orbit.period / (np.pi * axis * speed) * chord
            assert event.contacts.duration == pytest.approx(expected, rel=0.05)
            checked += 1
    assert checked > 30


def test_light_goes_down_by_the_depth():
    one = star(3, planet_free=0.0, binaries=0.0, depth=(9000, 10000), magnitudes=(8, 8), cameras=(24,), cadence=600.0)
    curve, event = one.curves[0], max((b.events[0] for b in one.bodies), key=lambda e: e.depth)
    phase = (curve.time - event.contacts.t0 + event.orbit.period / 2) % event.orbit.period - event.orbit.period / 2
    half = event.contacts.duration / 48
    centre = np.abs(phase) < 0.15 * half
    beside = (np.abs(phase) > 1.1 * half) & (np.abs(phase) < 2 * half)
    fall = np.nanmedian(curve.flux[beside]) - np.nanmedian(curve.flux[centre])
    assert fall == pytest.approx(event.depth, rel=0.06)


@pytest.mark.parametrize("preset, magnitude, cameras", [("plato", 11.0, (24,)), ("plato", 11.0, (6,)),
                                                        ("kepler", 13.0, None), ("tess", 11.0, None)])
def test_scatter_of_an_hour_is_the_noise_of_the_preset(preset, magnitude, cameras):
    one = star(1, preset, planet_free=1.0, binaries=0.0, magnitudes=(magnitude, magnitude), cameras=cameras,
               cadence=600.0)
    curve = one.curves[0]
    steps = np.diff(curve.flux)
    steps = steps[np.isfinite(steps)]
    scatter = 1.4826 * np.median(np.abs(steps)) / np.sqrt(2) / np.sqrt(6) * 1e6
    assert one.noise == PRESETS[preset].noise(magnitude, *(cameras or ()))
    # granulation adds to it
    assert one.noise * 0.97 < scatter < np.hypot(one.noise, 30) * 1.05
    assert np.nanmedian(curve.flux_err) * 1e6 / np.sqrt(6) == pytest.approx(one.noise, rel=0.06)


def test_star_depends_on_its_generator_alone():
    first, again, other = star(5), star(5), star(6)
    assert np.array_equal(first.curves[0].flux, again.curves[0].flux, equal_nan=True)
    assert first.bodies == again.bodies
    assert not np.array_equal(first.curves[0].flux, other.curves[0].flux, equal_nan=True)


def test_quarters_follow_each_other_and_rolls_change_the_level():
    one = star(2, quarters=3)
    begins = [curve.time[0] for curve in one.curves]
    assert np.allclose(np.diff(begins), 91.31)
    levels = [np.nanmedian(curve.flux) for curve in one.curves]
    assert np.ptp(levels) > 1e-3
    assert [curve.quarter for curve in one.curves] == [1, 2, 3]


def test_flux_is_missing_where_the_quality_says_so(population):
    curve = population[0].curves[0]
    assert np.array_equal(np.isnan(curve.flux), curve.quality & NO_DATA > 0)
    assert np.all(np.isfinite(curve.flux_err)) and np.all(np.diff(curve.time) > 0)


def test_binaries_come_v_shaped_u_shaped_with_secondaries_and_diluted(population):
    events = [body.events for one in population for body in one.bodies if body.kind == "binary"]
    primaries = [pair[0] for pair in events]
    ratio = np.array([e.radius_ratio for e in primaries])
    impact = np.array([e.contacts.separation for e in primaries])
    grazing = impact > np.abs(1 - ratio)
    assert 0.3 < grazing.mean() < 0.95
    assert sum(len(pair) == 2 for pair in events) > len(events) / 2
    depths = np.array([e.depth for e in primaries])
    assert np.mean(depths < 0.005) > 0.15 and depths.max() > 0.1


def test_events_shorter_than_an_exposure_are_smeared():
    fine, coarse = (star(8, planet_free=0.0, binaries=0.0, planets=1, depth=(5000, 5000), period=(1, 1.2),
                         magnitudes=(8, 8), cadence=cadence) for cadence in (600.0, 7200.0))
    assert fine.bodies == coarse.bodies
    event, dips = fine.bodies[0].events[0], []
    for one in (fine, coarse):
        curve = one.curves[0]
        dips.append(np.nanmedian(curve.flux[curve.label == 0]) - np.nanmin(curve.flux[curve.label == PLANET]))
    assert event.contacts.duration < 6 and dips[1] < dips[0]


@pytest.mark.parametrize("options, words", [
    ({"preset": "palto"}, "Did you mean 'plato'"), ({"cadence": 1.0}, "from 25"), ({"quarters": 0}, "quarters"),
    ({"planet_free": 0.1, "binaries": 0.2}, "is a part of it"), ({"planet_free": 1.5}, "from 0 to 1"),
    ({"planets": 5}, "from 1 to 4"), ({"depth": (0.001, 0.01)}, "ppm"), ({"depth": (500, 50)}, "smaller one first"),
    ({"period": (0.1, 5)}, "`period`"), ({"cameras": (7,)}, "24, 18, 12, 6"), ({"radius": (1, 99)}, "Earth radii"),
])
def test_wrong_options_are_refused_in_words(options, words):
    with pytest.raises(UsageError, match=words):
        star(0, **options)
