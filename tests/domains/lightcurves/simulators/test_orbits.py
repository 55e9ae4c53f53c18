import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.orbits import Orbit, scaled_axis


def test_axis_of_the_earth_is_215_solar_radii():
    assert scaled_axis(365.25, 1.0, 1.0) == pytest.approx(215.03, rel=2e-4)


def test_central_transit_of_the_earth_lasts_thirteen_hours():
    orbit = Orbit(365.25, 0.0, 215.03, 0.0)
    # P R / (pi a) (1 + k) for a straight chord
    chord = 365.25 * 24 / (np.pi * 215.03) * 1.00916
    assert orbit.contacts(1.00916).duration == pytest.approx(chord, rel=1e-4)


@pytest.mark.parametrize("impact", [0.0, 0.4, 0.95])
def test_discs_touch_at_the_contacts(impact):
    orbit = Orbit(3.3, 12.0, 8.0, impact)
    contacts = orbit.contacts(1.1)
    for side in (contacts.first, contacts.last):
        separation, in_front = orbit.separation(contacts.t0 + side)
        assert separation == pytest.approx(1.1, abs=1e-9) and in_front
    assert contacts.separation == pytest.approx(impact)


@pytest.mark.parametrize("omega", [0.3, 1.6, 4.0])
def test_discs_touch_at_the_contacts_of_an_eccentric_orbit(omega):
    orbit = Orbit(20.0, 5.0, 30.0, 0.5, 0.4, omega)
    for behind in (False, True):
        contacts = orbit.contacts(1.2, behind=behind)
        for side in (contacts.first, contacts.last):
            separation, in_front = orbit.separation(contacts.t0 + side)
            assert separation == pytest.approx(1.2, abs=1e-6) and in_front != behind


def test_transit_at_periastron_is_short():
    # Winn 2010, eq. 16: duration goes as sqrt(1 - e^2) / (1 + e sin(omega))
    circular = Orbit(50.0, 0.0, 60.0, 0.0).contacts(1.01).duration
    fast = Orbit(50.0, 0.0, 60.0, 0.0, 0.5, np.pi / 2).contacts(1.01).duration
    assert fast / circular == pytest.approx(np.sqrt(0.75) / 1.5, rel=1e-3)


def test_secondary_eclipse_of_a_circular_orbit_is_half_a_period_later():
    orbit = Orbit(4.0, 1.0, 10.0, 0.3)
    assert orbit.contacts(1.1, behind=True).t0 == pytest.approx(3.0)


def test_secondary_eclipse_is_shifted_by_the_eccentricity():
    # Winn 2010, eq. 33: to first order by 2 P e cos(omega) / pi
    orbit = Orbit(40.0, 0.0, 60.0, 0.0, 0.02, 0.0)
    assert orbit.contacts(1.1, behind=True).t0 - 20.0 == pytest.approx(40 * 2 / np.pi * 0.02, rel=1e-3)


def test_body_that_misses_the_star_has_no_contacts():
    assert Orbit(4.0, 0.0, 10.0, 1.2).contacts(1.1) is None


def test_true_anomaly_solves_the_equation_of_kepler():
    orbit = Orbit(1.0, 0.0, 10.0, 0.0, 0.65, 1.0)
    mean = np.linspace(-3.1, 3.1, 500)
    anomaly = orbit._true_anomaly(mean)
    eccentric = 2 * np.arctan(np.sqrt((1 - 0.65) / (1 + 0.65)) * np.tan(anomaly / 2))
    assert np.allclose(eccentric - 0.65 * np.sin(eccentric), mean, atol=1e-10)


def test_orbit_agrees_with_batman():
    batman = pytest.importorskip("batman")
    orbit = Orbit(7.0, 2.0, 14.0, 0.4, 0.3, 0.9)
    params = batman.TransitParams()
    params.t0, params.per, params.a, params.rp = 2.0, 7.0, 14.0, 0.1
    params.inc, params.ecc, params.w = np.degrees(np.arccos(orbit.cos_inclination)), 0.3, np.degrees(0.9)
    params.limb_dark, params.u = "uniform", []
    time = 2.0 + np.linspace(-0.2, 0.2, 301)
    theirs = batman.TransitModel(params, time).get_true_anomaly()
    separation, _ = orbit.separation(time)
    distance = 14.0 * (1 - 0.09) / (1 + 0.3 * np.cos(theirs))
    sine = np.sin(0.9 + theirs) * np.sqrt(1 - orbit.cos_inclination**2)
    assert np.allclose(separation, distance * np.sqrt(1 - sine**2), atol=1e-6)
