"""Planets and eclipsing binaries: drawn, and the light that their transits and eclipses take away."""

from dataclasses import dataclass

import numpy as np

from otrain.domains.lightcurves.simulators.orbits import DAYS_PER_HOUR, Contacts, Orbit, scaled_axis
from otrain.domains.lightcurves.simulators.stars import draw_star, limb_darkening
from otrain.domains.lightcurves.simulators.transit_model import (
    depth_of_transit,
    light_lost,
    radius_ratio_of_depth,
)

__all__ = ["Body", "Event", "draw_binary", "draw_planets", "event_light"]

EARTH_RADIUS = 0.009168  # solar radii
LARGEST_PLANET = 22.0 * EARTH_RADIUS  # two radii of Jupiter
NUMBERS = (0.6, 0.25, 0.1, 0.05)  # share of stars with one, two, three, four transiting planets
CLOSEST = 2.5  # radii of the star from its centre to periastron
SPACED = 1.3  # least ratio of two periods
ECCENTRICITY = (0.867, 3.03)  # of planets: a beta distribution (Kipping 2013, MNRAS 434, L51)
BACKGROUND = 0.5  # share of the binaries that lie behind the target, in its aperture
FAINTEST = 2e-5  # relative depth of a diluted primary eclipse
TRIES = 200


@dataclass(frozen=True)
class Event:
    """One kind of dimming that repeats: the transits of a planet, or one of the two eclipses of a binary.

    Parameters
    ----------
    orbit : Orbit
    contacts : Contacts
    radius_ratio : float
        Of the dark disc, in radii of the star that is covered.
    limb : tuple of float
        Limb darkening of the star that is covered.
    share : float
        Of all the light in the aperture, what comes from that star.
    scale : float
        Radius of the covered star in the radii that `orbit` uses.
    primary : bool
    """

    orbit: Orbit
    contacts: Contacts
    radius_ratio: float
    limb: tuple
    share: float = 1.0
    scale: float = 1.0
    primary: bool = True

    @property
    def depth(self):
        """Light lost in the middle, of all light in the aperture."""
        separation = self.contacts.separation / self.scale
        return self.share * depth_of_transit(self.radius_ratio, separation, self.limb)


@dataclass(frozen=True)
class Body:
    """A planet or a binary of a star.

    Parameters
    ----------
    kind : str
        ``planet`` or ``binary``.
    number : int
        From 0, within the star.
    events : list of Event
        The transits, or primary and secondary eclipses.
    ellipsoidal : float
        Half of the swing of the light with twice the orbital frequency.
    dilution : float
        Share of the light in the aperture that comes from the system; 1 for the target itself.
    """

    kind: str
    number: int
    events: list
    ellipsoidal: float = 0.0
    dilution: float = 1.0


def draw_planets(rng, star, span, *, depth, period, most=4, radius=None, shift=0.0):
    """Return the transiting planets of a star, each with a transit between the ends of `span`.

    Parameters
    ----------
    rng : numpy.random.Generator
    star : StellarParameters
    span : tuple of float
        Begin and end of the observations [d].
    depth : tuple of float
        Smallest and largest depth; drawn log-uniform.
    period : tuple of float
        Shortest and longest period [d]; drawn log-uniform.
    most : int
        Largest number of planets.
    radius : tuple of float, optional
        Smallest and largest radius [Earth radii]; drawn log-uniform, and `depth` then has no part.
    shift : float
        For `limb_darkening`.

    Returns
    -------
    list of Body
    """
    limb = limb_darkening(rng, star.teff, shift=shift)
    shares = np.array(NUMBERS[:most])
    count = int(rng.choice(len(shares), p=shares / shares.sum())) + 1
    planets, periods = [], []
    for number in range(count):
        orbit, ratio = _draw_planet(rng, star, span, limb, depth, period, radius, periods)
        contacts = orbit.contacts(1 + ratio)
        periods.append(orbit.period)
        planets.append(Body("planet", number, [Event(orbit, contacts, ratio, limb)]))
    return planets


def _draw_planet(rng, star, span, limb, depth, period, radius, periods):
    for _ in range(TRIES):
        days = float(np.exp(rng.uniform(*np.log(period))))
        axis = float(scaled_axis(days, star.mass, star.radius))
        eccentricity, omega = float(rng.beta(*ECCENTRICITY)), float(rng.uniform(0, 2 * np.pi))
        if axis < CLOSEST:
            continue
        eccentricity = min(eccentricity, 1 - CLOSEST / axis, 0.7)
        if all(max(days / other, other / days) > SPACED for other in periods):
            break
    impact = float(rng.uniform(0, 1))
    largest = LARGEST_PLANET / star.radius
    if radius is None:
        deepest = min(depth[1], depth_of_transit(largest, impact, limb))
        wanted = np.exp(rng.uniform(np.log(depth[0]), np.log(max(deepest, depth[0]))))
        ratio = radius_ratio_of_depth(wanted, impact, limb)
    else:
        ratio = float(np.exp(rng.uniform(*np.log(radius)))) * EARTH_RADIUS / star.radius
    axis = max(axis, CLOSEST / (1 - eccentricity))
    orbit = Orbit(days, 0.0, axis, impact, eccentricity, omega)
    return _placed(rng, orbit, orbit.contacts(1 + ratio), span), ratio


def _placed(rng, orbit, contacts, span):
    """Shift an orbit so that some event overlaps the span; over its ends as often as within."""
    first, last = span[0] - contacts.last, span[1] - contacts.first
    t0 = rng.uniform(first, min(last, first + orbit.period))
    return Orbit(orbit.period, float(t0), orbit.axis, orbit.impact, orbit.eccentricity, orbit.omega)


def draw_binary(rng, star, span, *, period=(0.6, 200.0), shift=0.0):
    """Return an eclipsing binary: the target itself, or a fainter system behind it.

    The companion has a mass ratio of 0.1 to 1, and radius and temperature from it (R ~ q^0.9,
    T ~ q^0.6), so that J = (T2 / T1)^4 is the ratio of the surface brightnesses. The impact parameter
    is uniform up to a grazing touch: V-shaped and U-shaped (total, annular) eclipses both come.
    Circular below 10 d. Parameters are those of `draw_planets`.
    """
    behind = rng.uniform() < BACKGROUND
    for _ in range(TRIES):
        host = draw_star(rng) if behind else star
        dilution = float(np.exp(rng.uniform(np.log(1e-3), np.log(0.3)))) if behind else 1.0
        mass_ratio = float(rng.uniform(0.1, 1.0))
        ratio, brightness = mass_ratio**0.9, mass_ratio ** (4 * 0.6)
        days = float(np.exp(rng.uniform(*np.log(period))))
        axis = float(scaled_axis(days, host.mass * (1 + mass_ratio), host.radius))
        eccentricity = float(rng.beta(1.0, 3.0)) * 0.8 if days > 10 else 0.0
        impact = float(rng.uniform(0, 1 + ratio)) * 0.995
        limbs = [limb_darkening(rng, teff, shift=shift) for teff in (host.teff, host.teff * mass_ratio**0.6)]
        orbit = Orbit(days, 0.0, axis, impact, eccentricity, float(rng.uniform(0, 2 * np.pi)))
        if axis * (1 - eccentricity) < 1.6 * (1 + ratio):
            continue
        contacts = orbit.contacts(1 + ratio)
        light = dilution / (1 + ratio**2 * brightness)
        if light * depth_of_transit(ratio, impact, limbs[0]) > FAINTEST:
            break
    orbit = _placed(rng, orbit, contacts, span)
    events = [Event(orbit, orbit.contacts(1 + ratio), ratio, limbs[0], light)]
    if (eclipse := orbit.contacts(1 + ratio, behind=True)) is not None:
        events.append(Event(orbit, eclipse, 1 / ratio, limbs[1], dilution - light, ratio, primary=False))
    # Morris 1985, ApJ 295, 143, eq. 1 to lowest order, for a star of ordinary gravity darkening
    swing = 1.3 * mass_ratio * axis**-3.0 * (1 - orbit.cos_inclination**2) * light
    return Body("binary", 0, events, float(swing), dilution)


def event_light(event, time, exposure):
    """Return which exposures an event touches, what they lose, and which lie between its contacts.

    Parameters
    ----------
    event : Event
    time : (N,) ndarray
        Middle of the exposures [d].
    exposure : float
        Length of each [d].

    Returns
    -------
    touched : (T,) int ndarray
        Indices of exposures.
    lost : (T,) ndarray
        Light lost, of all light in the aperture, averaged over each exposure.
    inside : (T,) bool ndarray
        Whether the middle of the exposure is between first and fourth contact.
    """
    contacts, period = event.contacts, event.orbit.period
    phase = (time - contacts.t0 - contacts.first) % period  # days after the last first contact
    duration = contacts.last - contacts.first
    touched = np.flatnonzero((phase < duration + exposure / 2) | (phase > period - exposure / 2))
    inside = phase[touched] <= duration
    pieces = _pieces(event, exposure)
    offsets = ((np.arange(pieces) + 0.5) / pieces - 0.5) * exposure
    separation, in_front = event.orbit.separation(time[touched, None] + offsets)
    lost = light_lost(separation.ravel() / event.scale, event.radius_ratio, event.limb)
    lost = np.where((in_front if event.primary else ~in_front).ravel(), lost, 0.0)
    return touched, event.share * lost.reshape(len(touched), pieces).mean(axis=1), inside


def _pieces(event, exposure):
    """Parts of an exposure: enough for a third of the ingress each, at most 15."""
    small = min(event.radius_ratio, 1 / event.radius_ratio)
    ingress = event.contacts.duration * DAYS_PER_HOUR * small / (1 + small)
    return int(np.clip(np.ceil(exposure / max(ingress / 3, 60 / 86400)), 1, 15))
