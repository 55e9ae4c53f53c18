"""Orbits of transiting bodies: how far apart two discs are at a time, and when they touch."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq

__all__ = ["DAYS_PER_HOUR", "Contacts", "Orbit", "scaled_axis"]

DAYS_PER_HOUR = 1 / 24
SOLAR_AXIS = 4.2083  # a / R of a period of one day at the mean density of the Sun: (G rho P^2 / 3 pi)^(1/3)


def scaled_axis(period, mass, radius):
    """Return the semi-major axis in radii of the star, by Kepler's third law.

    Parameters
    ----------
    period : float or ndarray
        [d]
    mass : float
        Of both bodies together [solar masses].
    radius : float
        Of the star [solar radii].
    """
    return SOLAR_AXIS * period ** (2 / 3) * mass ** (1 / 3) / radius


@dataclass(frozen=True)
class Contacts:
    """First and last contact of an event, in days from its middle.

    Parameters
    ----------
    t0 : float
        Time midway between first and fourth contact of one such event [d].
    first, last : float
        First contact (negative) and fourth contact, from `t0` [d].
    separation : float
        Distance of the centres at conjunction [radii of the star].
    """

    t0: float
    first: float
    last: float
    separation: float

    @property
    def duration(self):
        """From first to fourth contact, T14 [h]."""
        return (self.last - self.first) / DAYS_PER_HOUR


@dataclass(frozen=True)
class Orbit:
    """A Keplerian orbit.

    Parameters
    ----------
    period, t0 : float
        Period and middle of a transit [d].
    axis : float
        Semi-major axis [radii of the star].
    impact : float
        Distance of the centres at `t0` [radii of the star].
    eccentricity, omega : float
        Eccentricity and argument of periastron of the star's orbit [rad], as radial-velocity and
        transit papers give it: a transit at periastron has ``omega = pi / 2``.
    """

    period: float
    t0: float
    axis: float
    impact: float
    eccentricity: float = 0.0
    omega: float = np.pi / 2

    @cached_property
    def cos_inclination(self):
        """From the impact parameter (Winn 2010, arXiv:1001.2010, eq. 7)."""
        return self.impact * (1 + self.eccentricity * np.sin(self.omega)) / (
            self.axis * (1 - self.eccentricity**2))

    def separation(self, time):
        """Return the distance of the centres [radii of the star], and whether the body is in front."""
        time = np.asarray(time, float)
        e = self.eccentricity
        mean = 2 * np.pi * (time - self.t0) / self.period
        if e == 0:
            sine, cosine, distance = np.cos(mean), np.sin(mean), self.axis
        else:
            anomaly = self._true_anomaly(mean + self._mean_anomaly(np.pi / 2 - self.omega))
            sine, cosine = np.sin(self.omega + anomaly), np.cos(self.omega + anomaly)
            distance = self.axis * (1 - e * e) / (1 + e * np.cos(anomaly))
        # r sqrt(1 - sin^2(omega + f) sin^2 i), written so that nothing cancels
        return distance * np.hypot(cosine, sine * self.cos_inclination), sine > 0

    def contacts(self, reach, *, behind=False):
        """Return when the discs touch, or None if they never do.

        Parameters
        ----------
        reach : float
            Sum of the radii [radii of the star].
        behind : bool
            The eclipse of the body instead of its transit.

        Returns
        -------
        Contacts or None
        """
        t0 = self.t0 + (self._to_conjunction_behind() if behind else 0.0)
        middle = float(self.separation(t0)[0])
        if middle >= reach:
            return None
        if self.eccentricity == 0:  # Winn 2010, eq. 14
            sine = np.sqrt((reach**2 - self.impact**2) / (self.axis**2 * (1 - self.cos_inclination**2)))
            half = self.period / (2 * np.pi) * np.arcsin(min(sine, 1.0))
            return Contacts(t0, -half, half, middle)
        first, last = (self._touch(t0, reach, side) for side in (-1, 1))
        half = (last - first) / 2  # on an eccentric orbit, conjunction is not quite in the middle
        return Contacts(t0 + first + half, -half, half, middle)

    def _touch(self, t0, reach, side):
        far = 0.01 * self.period
        while self.separation(t0 + side * far)[0] <= reach and far < 0.24 * self.period:
            far *= 1.5
        gap = lambda t: float(self.separation(t0 + t)[0]) - reach  # noqa: E731
        return brentq(gap, 0.0, side * far, xtol=1e-9) if gap(side * far) > 0 else side * far

    def _to_conjunction_behind(self):
        """Days from a transit to the next eclipse of the body."""
        start, end = (self._mean_anomaly(angle - self.omega) for angle in (np.pi / 2, 3 * np.pi / 2))
        return ((end - start) % (2 * np.pi)) / (2 * np.pi) * self.period

    def _mean_anomaly(self, true):
        e = self.eccentricity
        eccentric = 2 * np.arctan2(np.sqrt(1 - e) * np.sin(true / 2), np.sqrt(1 + e) * np.cos(true / 2))
        return eccentric - e * np.sin(eccentric)

    def _true_anomaly(self, mean):
        e = self.eccentricity
        mean = (mean + np.pi) % (2 * np.pi) - np.pi
        eccentric = mean + e * np.sin(mean) / (1 - e * np.cos(mean) + 1e-12)
        for _ in range(12):  # Newton: to rounding for e < 0.7
            eccentric -= (eccentric - e * np.sin(eccentric) - mean) / (1 - e * np.cos(eccentric))
        return 2 * np.arctan2(np.sqrt(1 + e) * np.sin(eccentric / 2), np.sqrt(1 - e) * np.cos(eccentric / 2))
