"""Stars that a transit survey looks at: F5 to K7 dwarfs and subgiants, and how their light is spread."""

from dataclasses import dataclass

import numpy as np

__all__ = ["SUN_TEFF", "StellarParameters", "draw_star", "limb_darkening"]

SUN_TEFF = 5772.0  # K
SUN_LOGG = 4.438  # cm / s^2
SUN_NUMAX = 3090.0  # muHz; Huber et al. 2011, ApJ 743, 143
SUN_DELTA_NU = 135.1  # muHz; same
MASSES = (0.62, 1.35)  # solar masses: K7 and F5 of Pecaut & Mamajek 2013, ApJS 208, 9
SUBGIANTS = 0.15  # share of the stars above 0.9 solar masses that have left the main sequence
COOLEST = 4600.0  # K, of a subgiant


@dataclass(frozen=True)
class StellarParameters:
    """What a star is.

    Parameters
    ----------
    mass, radius : float
        [solar units]
    teff : float
        Effective temperature [K].
    rotation : float
        Rotation period [d].
    """

    mass: float
    radius: float
    teff: float
    rotation: float

    @property
    def logg(self):
        """Logarithm of the surface gravity [cm / s^2]."""
        return SUN_LOGG + np.log10(self.mass / self.radius**2)

    @property
    def numax(self):
        """Frequency of the strongest oscillation [muHz] (Kjeldsen & Bedding 1995, A&A 293, 87)."""
        return SUN_NUMAX * self.mass / self.radius**2 * (self.teff / SUN_TEFF) ** -0.5

    @property
    def delta_nu(self):
        """Distance of two oscillations of one degree [muHz] (same)."""
        return SUN_DELTA_NU * np.sqrt(self.mass / self.radius**3)


def draw_star(rng):
    """Return the parameters of one star.

    Masses are uniform from K7 to F5, so that every type is met often (a survey sees
    more of the faint ones). Radius and temperature follow the main sequence of Pecaut
    & Mamajek (2013) within 5 %, widened by age; subgiants are 1.3 to 2.5 times larger and
    cooler. Rotation is log-normal about 22 d for K to 8 d for F stars, as most periods of
    McQuillan et al. (2014, ApJS 211, 24) are, within 1.5 to 60 d.
    """
    mass = rng.uniform(*MASSES)
    age = rng.uniform()
    evolved, growth = rng.uniform(), np.exp(rng.uniform(np.log(1.3), np.log(2.5)))
    radius = 0.9 * mass**0.9 * (1 + 0.5 * age**2 * min(mass, 1.0) ** 2)
    teff = SUN_TEFF * mass ** (0.72 if mass < 1 else 0.48) * (1 + 0.015 * rng.standard_normal())
    if mass > 0.9 and evolved < SUBGIANTS:
        radius *= growth
        teff = max(teff * growth**-0.25, COOLEST)
    slow = 22.0 * mass**-2 if mass > 0.8 else 34.0
    rotation = float(np.clip(slow * np.exp(0.45 * rng.standard_normal()), 1.5, 60.0))
    return StellarParameters(float(mass), float(radius), float(teff), rotation)


def limb_darkening(rng, teff, *, shift=0.0):
    """Return coefficients ``(u1, u2)`` of quadratic limb darkening.

    Straight lines through the tables of Claret & Bloemen (2011, A&A 529, A75) for dwarfs in
    the Kepler band, good to 0.05: u1 falls from 0.70 at 4000 K to 0.30 at 6500 K while u2 rises. They
    are scattered by 0.04, for models of atmospheres do not agree better with observed transits.

    Parameters
    ----------
    rng : numpy.random.Generator
    teff : float
        [K]
    shift : float
        Added to u1: negative for a redder band.
    """
    warmth = (teff - SUN_TEFF) / 1000
    scatter = 0.04 * rng.standard_normal(2)
    u1 = float(np.clip(0.42 - 0.16 * warmth + shift + scatter[0], 0.05, 0.85))
    u2 = float(np.clip(0.25 + 0.085 * warmth + scatter[1], 0.0, 0.95 - u1))
    return u1, u2
