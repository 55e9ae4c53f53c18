"""How the numbers of a lens change when its image is turned or mirrored about the origin.

A turn by phi multiplies what has spin s by exp(i s phi): positions and reference points have spin 1, the
ellipticity and the shear spin 2, the pair (alpha, beta)[m][s] spin s [1]_. A mirror conjugates first.

References
----------
.. [1] Clarkson (2016), "Roulettes: a weak lensing formalism for strong lensing", Class. Quantum Grav. 33.
"""

import numpy as np

from otrain.domains.lenses.columns import AMPLITUDES, COLUMNS
from otrain.errors import UsageError

__all__ = ["TargetLaw"]

_PAIRS = {("e1", "e2"): 2, ("gamma1", "gamma2"): 2} | dict.fromkeys((
    ("x", "y"), ("x_source", "y_source"), ("lensX", "lensY"), ("centreX", "centreY"), ("reletaX", "reletaY"),
    ("xiX", "xiY")), 1)
_ANGLES = {"orientation": 180.0, "theta": 180.0, "phi": 360.0}  # degrees after which they are the same
_LAWLESS = dict.fromkeys(("offsetX", "offsetY"), "CosmoSim writes it in a frame of its own")


class TargetLaw:
    """What becomes of numbers under ``z -> u z`` or ``z -> u conj(z)``, where z = x + i y.

    Parameters
    ----------
    names : sequence of str
        Of the numbers, in order. Of a pair one may be missing: whatever would mix the two is then not
        `allows`-ed.

    Raises
    ------
    UsageError
        If nobody knows how one of them changes.
    """

    def __init__(self, names):
        self.names, places = tuple(names), {name: place for place, name in enumerate(names)}
        for name in names:
            if name in _LAWLESS or name not in COLUMNS:
                why = _LAWLESS.get(name, "it is no column of lenses")
                raise UsageError(f"--augment: nobody can say how {name!r} changes when an image is turned: "
                                 f"{why}. Train with --augment none, or without that number.")
        # Both places of a pair and its spin; of one alone its place, whether it is the second, and the spin.
        self._pairs, self._alone = [], []
        for (first, second), spin in (_PAIRS | _amplitude_pairs()).items():
            if first in places and second in places:
                self._pairs.append((places[first], places[second], spin))
            elif first in places or second in places:
                self._alone.append((places.get(first, places.get(second)), second in places, spin))
        self._angles = [(places[name], period) for name, period in _ANGLES.items() if name in places]

    def allows(self, unit):
        """Tell whether a change by one of the units 1, i, -1, -i can be told from the numbers alone."""
        return all(abs((unit**spin).imag) < 1e-9 for _, _, spin in self._alone)

    def change(self, values, unit, *, mirrored):
        """Return the numbers after a change.

        Parameters
        ----------
        values : (N, K) ndarray
            In the units of their columns.
        unit : complex or (N,) complex ndarray
            Of absolute value 1: ``exp(i phi)`` of a turn by phi, anticlockwise, y up.
        mirrored : bool
            Whether y changes its sign first.

        Returns
        -------
        (N, K) ndarray
            Angles from 0 to their period.
        """
        changed = np.array(values)
        for first, second, spin in self._pairs:
            number = values[:, first] + 1j * values[:, second]
            number = np.asarray(unit)**spin * (np.conj(number) if mirrored else number)
            changed[:, first], changed[:, second] = number.real, number.imag
        for place, is_second, spin in self._alone:
            sign = (np.asarray(unit)**spin).real
            changed[:, place] = values[:, place] * (-sign if is_second and mirrored else sign)
        for place, period in self._angles:
            angle = -values[:, place] if mirrored else values[:, place]
            changed[:, place] = (angle + np.degrees(np.angle(unit))) % period
        return changed


def _amplitude_pairs():
    """Return alpha and beta of every order and spin but 0, where alpha alone is there and stays."""
    return {(f"alpha[{m}][{s}]", f"beta[{m}][{s}]"): s for part, m, s in AMPLITUDES.values()
            if part == "alpha" and s}
