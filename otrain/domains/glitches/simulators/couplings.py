"""What a witness records of a disturbance whose effect on the strain is known.

The strain is a function of the witness: the witness's own value, its square, its value
some time ago, or a value that cannot grow beyond a limit. Here the other way round is
taken, so that several witnesses of different kinds see the same glitch.
"""

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["COUPLINGS", "record", "strain_of"]

COUPLINGS = ("linear", "quadratic", "delayed", "saturating")
LIMIT = 0.98  # of a saturating coupling's largest value that the loudest moment reaches


def record(glitch, coupling, *, delay=0):
    """Return what a witness records, for the strain of a glitch.

    Parameters
    ----------
    glitch : (n,) ndarray
        The strain of the glitch alone.
    coupling : {"linear", "quadratic", "delayed", "saturating"}
        ``quadratic``: the strain is the square of the record without its slow part, so the record has half
        the frequency. ``saturating``: the strain is a hyperbolic tangent of the record.
    delay : int
        Samples by which the strain follows the record, for ``delayed``; negative: precedes it.

    Returns
    -------
    (n,) float64 ndarray
        In units of its own.

    Raises
    ------
    UsageError
        If there is no such coupling.
    """
    _require_known(coupling)
    glitch = np.asarray(glitch, float)
    top = np.abs(glitch).max()
    if coupling == "linear" or top == 0:
        return glitch.copy()
    if coupling == "delayed":
        return _moved(glitch, -delay)
    if coupling == "saturating":
        return np.arctanh(LIMIT * glitch / top)
    from scipy.signal import hilbert

    # glitch = a cos(p) = 2 (sqrt(a / 2) ...)^2 - a: the square of sqrt(2 a) cos(p / 2) is a + a cos(p).
    analytic = hilbert(glitch)
    return np.sqrt(2 * np.abs(analytic)) * np.cos(0.5 * np.unwrap(np.angle(analytic)))


def strain_of(recorded, coupling, *, delay=0):
    """Return the strain that a coupling makes of a record, but for its scale and slow parts.

    Parameters
    ----------
    recorded : (n,) ndarray
    coupling, delay
        As for `record`.

    Returns
    -------
    (n,) float64 ndarray

    Raises
    ------
    UsageError
        If there is no such coupling.
    """
    _require_known(coupling)
    recorded = np.asarray(recorded, float)
    if coupling == "delayed":
        return _moved(recorded, delay)
    return {"linear": np.array, "quadratic": np.square, "saturating": np.tanh}[coupling](recorded)


def _moved(values, samples):
    """Return values later by some samples; what comes in is 0."""
    moved = np.zeros_like(values)
    count = len(values)
    if abs(samples) < count:
        moved[max(samples, 0):count + min(samples, 0)] = values[max(-samples, 0):count - max(samples, 0)]
    return moved


def _require_known(coupling):
    if coupling not in COUPLINGS:
        raise UsageError(f"unknown coupling {coupling!r}.{nearest(coupling, COUPLINGS)} "
                         f"Known: {', '.join(COUPLINGS)}.")
