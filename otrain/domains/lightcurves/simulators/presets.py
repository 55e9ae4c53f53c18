"""Instruments as numbers: sampling, noise, gaps and jumps of PLATO, Kepler and TESS.

Where a number comes from is said in docs/commands/simulate.md; those called "chosen" are
of the right size and are drawn more widely than one star would show them.
"""

from dataclasses import dataclass

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["HOUR", "PRESETS", "Preset", "choose_preset"]

HOUR = 3600.0  # s


@dataclass(frozen=True)
class Preset:
    """One instrument.

    Parameters
    ----------
    name, mission, time_scale : str
    time_start : float
        Time of the first exposure [d of `time_scale`].
    cadence, shortest : float
        Default and shortest sampling [s].
    quarter, quarter_step : float
        Length of a quarter (or sector) and from one's begin to the next [d].
    magnitudes : tuple of float
        Range of magnitudes drawn by default.
    cameras : dict of int to float
        How many cameras may see a star, with the share of the field.
    zero_point : float
        Magnitude at which one camera detects one electron per second.
    duty : float
        Share of the time in which light is gathered.
    background, read_variance : float
        Electrons per second of exposure in the aperture of one camera, and variance of the read
        noise there [e2 / s].
    floor : float
        Noise that no photons beat [ppm in an hour].
    excess : float
        Factor on the noise of photons and electronics that is seen in flight.
    limb_shift : float
        Added to the limb darkening u1 of the Kepler band.
    drift : tuple of float
        Range of the size of the polynomial drift over a quarter (log-uniform) [ppm].
    wander, wander_time : float
        Typical standard deviation of slow noise of the platform, and when it is forgotten [ppm, d].
    mask_step, mask_jump : float
        Days from one update of the mask (or tweak) to the next, 0 for none, and typical jump [ppm].
    short_gap_step, short_gap : float
        Days between short gaps, and their length [d].
    long_gap_step, long_gap : float
        Days between long gaps, and their length [d].
    recovery, recovery_time : float
        Size of the exponential after a long gap and its time scale [ppm, d].
    dump_step : float
        Days between momentum dumps whose exposure is flagged, 0 for none.
    ramp, ramp_time : float
        Scattered light before a long gap and at the end: size and time scale [ppm, d].
    dropouts : float
        Sudden losses of sensitivity with a slow recovery, per quarter.
    cosmic_hits : float
        Visible hits of cosmic rays per day and camera.
    mask_known : bool
        Whether files say in a column SEGMENT where the mask was updated.
    quarter_keyword, magnitude_keyword : str
        As the archive of the mission calls them in FITS headers.
    """

    name: str
    mission: str
    time_scale: str
    time_start: float
    cadence: float
    shortest: float
    quarter: float
    quarter_step: float
    magnitudes: tuple
    cameras: dict
    zero_point: float
    duty: float
    background: float
    read_variance: float
    floor: float
    excess: float = 1.0
    limb_shift: float = 0.0
    drift: tuple = (50.0, 2000.0)
    wander: float = 0.0
    wander_time: float = 1.0
    mask_step: float = 0.0
    mask_jump: float = 0.0
    short_gap_step: float = 0.0
    short_gap: float = 0.0
    long_gap_step: float = 0.0
    long_gap: float = 0.0
    recovery: float = 0.0
    recovery_time: float = 1.0
    dump_step: float = 0.0
    ramp: float = 0.0
    ramp_time: float = 0.5
    dropouts: float = 0.0
    cosmic_hits: float = 0.0
    mask_known: bool = False
    quarter_keyword: str = "QUARTER"
    magnitude_keyword: str = "MAG"

    def noise(self, magnitude, cameras=1):
        """Return the white noise of a star in one hour of observation [ppm].

        Photons of star and background and the read noise, averaged over the cameras, and a
        floor that does not average out (Merline & Howell 1995, Exp. Astron. 6, 163).
        """
        star = 10 ** (-0.4 * (magnitude - self.zero_point))  # e / s
        variance = (star + self.background) * self.duty + self.read_variance
        counted = self.excess * 1e6 * np.sqrt(variance * HOUR) / (star * self.duty * HOUR)
        return float(np.hypot(counted / np.sqrt(cameras), self.floor))


PRESETS = {
    "plato": Preset(
        name="plato", mission="PLATO", time_scale="d", time_start=0.0, cadence=600.0, shortest=25.0,
        quarter=89.81, quarter_step=91.31, magnitudes=(8.0, 13.0),
        cameras={24: 0.14, 18: 0.08, 12: 0.37, 6: 0.41},
        zero_point=20.815, duty=0.84, background=1260.0, read_variance=1266.0, floor=8.0,
        drift=(50.0, 3000.0), wander=10.0, wander_time=1.5, mask_step=28.0, mask_jump=250.0,
        short_gap_step=5.0, short_gap=1150 / 86400, long_gap_step=45.0, long_gap=0.5,
        recovery=200.0, recovery_time=0.7, cosmic_hits=0.004, mask_known=True,
    ),
    "kepler": Preset(
        name="kepler", mission="Kepler", time_scale="BKJD", time_start=131.5, cadence=1765.4629,
        shortest=58.85, quarter=90.0, quarter_step=93.0, magnitudes=(9.0, 15.0), cameras={1: 1.0},
        zero_point=25.23, duty=1.0, background=0.0, read_variance=3965.0, floor=12.0, excess=1.25,
        drift=(200.0, 8000.0), wander=90.0, wander_time=0.8, mask_step=45.0, mask_jump=300.0,
        long_gap_step=31.0, long_gap=1.0, recovery=1500.0, recovery_time=1.0, dump_step=3.0,
        dropouts=0.25, cosmic_hits=0.05, magnitude_keyword="KEPMAG",
    ),
    "tess": Preset(
        name="tess", mission="TESS", time_scale="BTJD", time_start=1354.1, cadence=120.0, shortest=20.0,
        quarter=27.4, quarter_step=27.4, magnitudes=(6.0, 13.0), cameras={1: 1.0},
        zero_point=20.44, duty=0.79, background=1500.0, read_variance=400.0, floor=60.0, limb_shift=-0.09,
        drift=(200.0, 5000.0), wander=150.0, wander_time=0.5, long_gap_step=13.7, long_gap=1.2,
        recovery=800.0, recovery_time=0.3, dump_step=3.1, ramp=3000.0, ramp_time=0.4, cosmic_hits=0.1,
        quarter_keyword="SECTOR", magnitude_keyword="TESSMAG",
    ),
}


def choose_preset(name):
    """Return a preset by its name.

    Raises
    ------
    UsageError
        If there is none of that name.
    """
    if name not in PRESETS:
        raise UsageError(f"unknown preset {name!r}.{nearest(name, PRESETS)} Known: {', '.join(PRESETS)}.")
    return PRESETS[name]
