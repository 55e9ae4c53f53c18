"""The errors of a network on validation, so that its intervals hold as much of the truth as they say."""

import numpy as np

from otrain.data.results.value_settings import ValueCalibration, width_factors

__all__ = ["FEWEST_BEYOND", "fit_value_calibration", "widths_of_errors"]

TAILS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45)
PROBABILITIES = (*TAILS, 0.5, *(round(1 - p, 6) for p in reversed(TAILS)))
FEWEST_BEYOND = 5  # validation examples beyond a quantile; fewer do not tell where it is
NARROWEST = 0.16  # the central 68 % at least must be told
TIE = 1e-9  # between two quantiles of equal errors
GROUP = 250  # examples of like width that tell how wide their errors are to about 7 %
MOST_GROUPS = 8


def fit_value_calibration(errors, method="conformal", *, widths=None):
    """Return the quantiles of standardised errors of validation.

    The quantile of probability p is the value of rank ``(n + 1) p`` (between ranks: interpolated), below
    which a further example lies with probability p whatever the distribution is. Quantiles with fewer
    than 5 examples beyond them are not taken.

    Parameters
    ----------
    errors : (N, K) array-like
        ``(encoded truth - encoded value) / width``; NaN is left out. The target with the fewest known
        errors says which quantiles are taken.
    method : {"conformal", "none"}
    widths : (N, K) array-like, optional
        Those that the network gives. The examples are cut into at most 8 parts of like width and 250 examples
        at least, and the central 68 % of the errors in each part say by what its width is to be multiplied;
        fewer than 500 examples, or widths that are all equal, are one part.

    Returns
    -------
    ValueCalibration
        With a note, and the method ``none``, where the examples are too few for the central 68 %.
    """
    errors = np.asarray(errors, float)
    known = [column[np.isfinite(column)] for column in errors.T]
    count = min(map(len, known), default=0)
    if method == "none":
        return ValueCalibration("none", examples=count)
    told = [p for p in PROBABILITIES if min(p, 1 - p) * (count + 1) >= FEWEST_BEYOND - 1e-9]
    needed = int(np.ceil(FEWEST_BEYOND / NARROWEST)) - 1
    if not told or told[0] > NARROWEST:
        return ValueCalibration("none", examples=count, note=(
            f"The uncertainties are not calibrated: that needs at least {needed} validation examples with "
            f"each true value, there are {count}."))
    factors = () if widths is None else _factors(errors, np.asarray(widths, float), count)
    if factors:
        known = [column[np.isfinite(column)] for column in (errors / width_factors(widths, *factors)).T]
    table = np.stack([np.quantile(column, told, method="weibull") for column in known])
    table = np.maximum.accumulate(table, axis=1) + TIE * np.arange(len(told))
    last = 1 - 2 * told[0]
    note = "" if last >= 0.95 else (
        f"{count} validation examples tell the central {100 * last:g} % and no more: beyond, intervals are "
        "continued as of a normal distribution.")
    quantiles = tuple(tuple(map(float, row)) for row in table)
    return ValueCalibration("conformal", tuple(told), quantiles, count, note, *factors)


def _factors(errors, widths, count):
    """Return the widths of each target and the factors at them, or () where the examples tell none."""
    groups = min(MOST_GROUPS, count // GROUP)
    if groups < 2:
        return ()
    found = []
    for error, width in zip(errors.T, widths.T):
        known = np.isfinite(error)
        error, width = error[known], width[known]
        parts = np.array_split(np.argsort(width, kind="stable"), groups)
        middle = [float(np.median(width[part])) for part in parts]
        low, high = np.transpose([np.quantile(error[part], (NARROWEST, 1 - NARROWEST)) for part in parts])
        rising = [place for place in range(groups) if not place or middle[place] > middle[place - 1]]
        half = np.maximum((high - low) / 2, TIE)
        found.append(tuple(zip(*((middle[place], float(half[place])) for place in rising))))
    return tuple(zip(*found))


def widths_of_errors(errors):
    """Return the size of the encoded errors on validation, (K,), for a network that tells values alone.

    Parameters
    ----------
    errors : (N, K) array-like
        Encoded truth - encoded value.

    Returns
    -------
    tuple of K float
        Root mean square, 1 where no example tells it, and never 0.
    """
    errors = np.asarray(errors, float)
    known = np.isfinite(errors)
    square = np.where(known, errors, 0) ** 2
    width = np.sqrt(square.sum(axis=0) / np.maximum(known.sum(axis=0), 1))
    return tuple(float(one) if count and one > 0 else (TIE if count else 1.0)
                 for one, count in zip(width, known.sum(axis=0)))
