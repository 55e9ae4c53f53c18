"""Series at another sample rate, without the frequencies that it cannot hold."""

from fractions import Fraction

import numpy as np

from otrain.domains.glitches.gaps import fill_gaps, narrow_valid
from otrain.errors import UsageError

__all__ = ["resample"]

HALF_LENGTH = 32  # samples of the slower series
BETA = 8.0  # of the Kaiser window: 80 dB
PASSES = 0.92  # of half the lower rate: the filter's middle; it blocks from half that rate on
MOST = 100_000  # of the numbers whose ratio the rates are


def resample(strain, sample_rate, wanted):
    """Return series at another sample rate; the first sample keeps its time.

    Parameters
    ----------
    strain : (..., n) array_like
        NaN and infinite values are gaps.
    sample_rate, wanted : float
        [Hz], in the ratio of two whole numbers.

    Returns
    -------
    resampled : (..., m) float64 ndarray
        What lies above half the lower rate is weakened by at least 75 dB, what lies below 84 % of it kept.
    valid : (..., m) bool ndarray
        False where the filter reaches into a gap.

    Raises
    ------
    UsageError
        If the rates are not positive or have no such ratio.
    """
    from scipy.signal import firwin, resample_poly

    strain = np.asarray(strain, float)
    filled, valid = fill_gaps(strain)
    if sample_rate == wanted:
        return filled, valid
    up, down = _ratio(sample_rate, wanted)
    most = max(up, down)
    taps = firwin(2 * HALF_LENGTH * most + 1, PASSES / most, window=("kaiser", BETA))
    resampled = resample_poly(filled, up, down, axis=-1, window=taps, padtype="line")
    reach = -(-HALF_LENGTH * most // up)
    nearest = np.minimum(np.arange(resampled.shape[-1]) * down // up, strain.shape[-1] - 1)
    return resampled, narrow_valid(valid, reach)[..., nearest]


def _ratio(sample_rate, wanted):
    if not (0 < sample_rate < np.inf and 0 < wanted < np.inf):
        raise UsageError(f"sample rates must be positive. Received: {sample_rate!r} and {wanted!r} Hz.")
    ratio = Fraction(wanted / sample_rate).limit_denominator(MOST)
    if ratio == 0 or abs(float(ratio) * sample_rate / wanted - 1) > 1e-9 or ratio.numerator > MOST:
        raise UsageError(f"{sample_rate!r} Hz cannot be brought to {wanted!r} Hz: they are not in the ratio "
                         f"of two whole numbers up to {MOST}. Choose another rate.")
    return ratio.numerator, ratio.denominator
