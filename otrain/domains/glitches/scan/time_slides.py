"""The null of a coincidence: what the same peaks give at all time lags, and what that makes of a count.

A channel that has nothing to do with the strain has as many coincidences at lag 0 as at any
other (time slides). Within an event all circular lags are counted at once: the counts are a
correlation of two masks, which the Fourier transform gives. Over several events the lags are
independent, so the sum of the counts has the convolution of their distributions; the
probability of at least the count that was seen follows exactly, without drawing lags.
"""

import numpy as np

from otrain.errors import DataError

__all__ = ["SlideNull", "coincidences_at_all_lags", "family_wise"]


def coincidences_at_all_lags(strain, channels):
    """Return how many peaks of the strain meet one of a channel, at every circular time lag.

    Parameters
    ----------
    strain : (T, F) bool ndarray
    channels : (C, T, F) bool ndarray
        Already widened by the tolerance.

    Returns
    -------
    (C, T) int64 ndarray
        Element ``l``: the channel's bin ``t + l`` is laid on the strain's bin ``t``; negative lags from the
        end. The same numbers as a loop over all lags.
    """
    import scipy.fft

    strain, channels = np.asarray(strain, np.float32), np.asarray(channels, np.float32)
    count = strain.shape[0]
    size = scipy.fft.next_fast_len(2 * count - 1, real=True)
    of_strain = np.conj(scipy.fft.rfft(strain, size, axis=0))
    of_channels = scipy.fft.rfft(channels, size, axis=1)
    straight = scipy.fft.irfft(np.einsum("tf,ctf->ct", of_strain, of_channels), size, axis=1)
    # Lags beyond the ends come round: T - l before is l behind.
    circular = straight[:, :count].copy()
    circular[:, 1:] += straight[:, size - count + 1:]
    return np.rint(circular).astype(np.int64)


class SlideNull:
    """The distribution of the number of coincidences, summed over events, at independent random lags.

    Parameters
    ----------
    channels : int
        How many are looked at together.
    reach : int
        Largest delay [bins] at which a channel may follow or precede the strain.
    """

    def __init__(self, channels, reach=0):
        self.reach = reach
        self.events = 0
        self._chances = np.ones((channels, 1))
        self._seen = np.zeros((channels, 2 * reach + 1), np.int64)

    def add(self, counts):
        """Add an event.

        Parameters
        ----------
        counts : (C, T) int ndarray
            Of `coincidences_at_all_lags`.

        Raises
        ------
        DataError
            If there are fewer lags than delays.
        """
        channels, lags = counts.shape
        if lags < 2 * self.reach + 1:
            raise DataError(f"an event of {lags} time bins has no {2 * self.reach + 1} delays. Lower the "
                            "largest delay.")
        self._seen += counts[:, np.arange(-self.reach, self.reach + 1)]
        most = int(counts.max(initial=0))
        old = self._chances
        self._chances = np.zeros((channels, old.shape[1] + most))
        for number in range(most + 1):
            share = (counts == number).mean(axis=1)[:, None]
            self._chances[:, number:number + old.shape[1]] += share * old
        self.events += 1

    @property
    def delays(self):
        """Delay of each channel at which it meets the strain most often [bins], the smallest of equals."""
        order = np.argsort(np.abs(np.arange(-self.reach, self.reach + 1)), kind="stable")
        return order[self._seen[:, order].argmax(axis=1)] - self.reach

    @property
    def coincidences(self):
        """Number of coincidences of each channel at that delay."""
        return self._seen.max(axis=1)

    @property
    def expected(self):
        """Mean number at a random lag."""
        return self._chances @ np.arange(self._chances.shape[1])

    def probabilities(self):
        """Return how probable as many coincidences are by chance, at the best of all delays.

        Returns
        -------
        (C,) float64 ndarray
            0 to 1; exact for one delay, an upper bound for several (their number times the chance of one).
        """
        tails = np.cumsum(self._chances[:, ::-1], axis=1)[:, ::-1]
        chance = np.take_along_axis(tails, self.coincidences[:, None], axis=1)[:, 0]
        return np.minimum(1.0, chance * (2 * self.reach + 1))


def family_wise(probabilities):
    """Return the probability that any of several channels looks as good by chance (Holm 1979).

    Parameters
    ----------
    probabilities : (C,) array_like
        Of each channel by itself; NaN for those that do not count.

    Returns
    -------
    (C,) float64 ndarray
        Calling all channels up to 0.01 witnesses names a wrong one in at most 1 % of scans, however the
        channels depend on each other.

    Examples
    --------
    >>> family_wise([0.01, 0.5, 0.001, np.nan])
    array([0.02 , 0.5  , 0.003,   nan])
    """
    probabilities = np.asarray(probabilities, float)
    adjusted = np.full(probabilities.shape, np.nan)
    known = np.flatnonzero(np.isfinite(probabilities))
    order = known[np.argsort(probabilities[known], kind="stable")]
    steps = probabilities[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(order) else steps
    return adjusted
