"""A series of one channel: values, sample rate and the GPS time of the first of them."""

from dataclasses import dataclass

import numpy as np

from otrain.errors import DataError

__all__ = ["Series"]


@dataclass(frozen=True, eq=False)
class Series:
    """What one channel recorded.

    Parameters
    ----------
    channel : str
        Its name, such as ``V1:Hrec_hoft_16384Hz``.
    values : (n,) ndarray
        NaN where there is no value.
    sample_rate : float
        [Hz].
    t0 : float
        GPS time of the first value [s]; float64, which holds microseconds at today's times.

    Raises
    ------
    DataError
        If the rate is not positive, the time not finite, or the values are not one row of numbers.
    """

    channel: str
    values: np.ndarray
    sample_rate: float
    t0: float

    def __post_init__(self):
        if not (0 < self.sample_rate < np.inf and np.isfinite(self.t0)):
            raise DataError(f"{self.channel}: a series needs a positive sample rate and a GPS time. "
                            f"Received: {self.sample_rate!r} Hz, t0={self.t0!r}.")
        if np.ndim(self.values) != 1 or not np.size(self.values):
            raise DataError(f"{self.channel}: a series has one row of values. Received: shape "
                            f"{np.shape(self.values)}.")

    @property
    def duration(self):
        """Length [s]."""
        return len(self.values) / self.sample_rate

    @property
    def times(self):
        """GPS times of the values [s], (n,) float64."""
        return self.t0 + np.arange(len(self.values)) / self.sample_rate

    def cropped(self, start, duration):
        """Return the part that begins `start` seconds after the first value.

        Raises
        ------
        DataError
            If it does not lie within the series.
        """
        first, count = round(start * self.sample_rate), round(duration * self.sample_rate)
        if first < 0 or count < 1 or first + count > len(self.values):
            raise DataError(f"{self.channel}: no {duration:g} s from {start:g} s on in a series of "
                            f"{self.duration:g} s.")
        return Series(self.channel, self.values[first:first + count], self.sample_rate,
                      self.t0 + first / self.sample_rate)
