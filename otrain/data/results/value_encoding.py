"""How physical numbers are written for a network, and read from it: centred, scaled, compressed where needed.

Stored with a network as plain types, so that its replies are in the units of the numbers themselves.
"""

import math
from dataclasses import dataclass

import numpy as np

from otrain.errors import DataError, IntegrityError

__all__ = ["LARGEST_ARCSINH", "LARGEST_ENCODED", "SCALINGS", "TRANSFORMS", "ValueEncoding"]

TRANSFORMS = ("linear", "asinh")
SCALINGS = ("auto", "standard")
# Values span decades where one in a hundred is so many times larger than the typical size |x|:
# 3.8 times for Gaussian values, 6.6 for exponential ones, 9.5 for values spread evenly over two decades.
DECADES = 8.0
SMALL = 0.05  # quantile of |x| below which positive values are no longer compressed
LARGEST_ENCODED = 1e4  # widths of the training values; a network that says more knows nothing
LARGEST_ARCSINH = 30.0  # sinh of it is 5e12, and finite in float32


@dataclass(frozen=True)
class ValueEncoding:
    """How each of several numbers x becomes one of about unit size, e, and back.

    ``e = (T(x) - centre) / scale`` with ``T(x) = x`` (``"linear"``), or ``T(x) = asinh(x / softening)``
    (``"asinh"``): linear within the softening, logarithmic beyond it, for both signs.

    Parameters
    ----------
    names, units : tuple of str
        Of the K numbers; units as astropy writes them.
    transforms : tuple of str
        ``"linear"`` or ``"asinh"`` for each.
    softening : tuple of float
        In the unit of the number; 1 where the transform is linear.
    centre, scale : tuple of float
        Of the transformed numbers; scales are positive.

    Raises
    ------
    IntegrityError
        If the parts do not fit together.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    transforms: tuple[str, ...]
    softening: tuple[float, ...]
    centre: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self):
        for key in ("names", "units", "transforms", "softening", "centre", "scale"):
            object.__setattr__(self, key, tuple(getattr(self, key)))
        lengths = {len(getattr(self, key)) for key in self.__dataclass_fields__}
        numbers = (*self.softening, *self.centre, *self.scale)
        fine = (len(lengths) == 1 and self.names
                and all(isinstance(word, str) for word in self.names + self.units)
                and set(self.transforms) <= set(TRANSFORMS)
                and all(isinstance(number, int | float) and math.isfinite(number) for number in numbers)
                and all(number > 0 for number in self.softening + self.scale))
        if not fine:
            raise IntegrityError("an encoding needs a name, a unit, a transform (linear, asinh), a softening "
                                 f"> 0, a centre and a scale > 0 of each number. Received: {self!r:.300}")

    @classmethod
    def from_values(cls, names, units, values, scaling="auto"):
        """Return the encoding that suits training values: encoded, they have mean 0 and variance 1.

        With the scaling ``auto`` a number is compressed by asinh where its values span decades: where the
        99th percentile of ``|x|`` is more than 8 times the median of ``|x|``, both over values other than 0.
        The softening is then the median of ``|x|`` if there are values of both signs, else its 5th
        percentile.

        Parameters
        ----------
        names, units : sequence of str
        values : (N, K) array-like
            One row per training example; NaN, where a number is not known, has no part in this.
        scaling : {"auto", "standard"}
            ``standard``: nothing is compressed.

        Raises
        ------
        DataError
            If a number has no finite value.
        """
        values = np.asarray(values, float).reshape(-1, len(names))
        parts = [_fitted(name, column[np.isfinite(column)], scaling)
                 for name, column in zip(names, values.T, strict=True)]
        return cls(tuple(names), tuple(units), *zip(*parts, strict=True))

    def encode(self, values):
        """Return encoded numbers, (..., K) float64, of numbers in their own units; NaN stays NaN."""
        return (self._transformed(np.asarray(values, float)) - self.centre) / self.scale

    def decode(self, encoded):
        """Return numbers in their own units, (..., K) float64, of encoded ones.

        Encoded numbers beyond 1e4, and asinh values beyond 30, are clipped as they are in the network.
        """
        bounded = np.clip(np.asarray(encoded, float), -LARGEST_ENCODED, LARGEST_ENCODED)
        inner = bounded * self.scale + self.centre
        curved = np.sinh(np.clip(inner, -LARGEST_ARCSINH, LARGEST_ARCSINH)) * self.softening
        return np.where(self._is_asinh, curved, inner)

    def slope(self, values):
        """Return d encoded / d value at numbers in their own units, (..., K): always positive."""
        values = np.asarray(values, float)
        within = np.where(self._is_asinh, np.hypot(values, self.softening), 1 + 0 * values)
        return 1 / (within * self.scale)

    def to_dict(self):
        """Return the parts as plain types, for JSON."""
        return {key: list(getattr(self, key)) for key in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, parts):
        """Return the encoding that `to_dict` wrote.

        Raises
        ------
        IntegrityError
            If something is missing, unknown or impossible.
        """
        wanted = set(cls.__dataclass_fields__)
        if not isinstance(parts, dict) or parts.keys() != wanted or not all(
                isinstance(part, list | tuple) for part in parts.values()):
            raise IntegrityError(f"an encoding has the lists {', '.join(sorted(wanted))}. "
                                 f"Received: {parts!r:.200}")
        return cls(**parts)

    @property
    def _is_asinh(self):
        return np.array([transform == "asinh" for transform in self.transforms])

    def _transformed(self, values):
        return np.where(self._is_asinh, np.arcsinh(values / np.array(self.softening)), values)


def _fitted(name, values, scaling):
    """Return transform, softening, centre and scale for the finite values of one number."""
    if not len(values):
        raise DataError(f"`{name}` has no finite value among the training examples, so it cannot be learnt. "
                        "Leave it out, or give its values.")
    softening = _softening(values) if scaling == "auto" else None
    transformed = values if softening is None else np.arcsinh(values / softening)
    centre, scale = float(transformed.mean()), float(transformed.std())
    if not scale > 1e-12 * max(abs(centre), 1e-300):  # all equal: anything keeps them finite
        scale = 1.0
    return "linear" if softening is None else "asinh", softening or 1.0, centre, scale


def _softening(values):
    """Return the size |x| within which values are not compressed, or None where they span no decades."""
    sizes = np.abs(values[values != 0])
    if not len(sizes) or np.percentile(sizes, 99) <= DECADES * np.median(sizes):
        return None
    one_sign = (values >= 0).all() or (values <= 0).all()
    return float(np.quantile(sizes, SMALL) if one_sign else np.median(sizes))
