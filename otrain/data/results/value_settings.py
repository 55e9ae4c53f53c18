"""What turns the numbers of a network into values with an uncertainty: a part of the bundle."""

import math
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import NormalDist

import numpy as np

from otrain.data.results.settings import identity_of, require_settings
from otrain.data.results.value_encoding import ValueEncoding
from otrain.errors import IntegrityError

__all__ = ["VALUE_CALIBRATIONS", "ValueCalibration", "ValueSettings", "width_factors"]

VALUE_CALIBRATIONS = ("conformal", "none")
NORMAL = NormalDist()
ONE_SIGMA = NORMAL.cdf(1.0)


@dataclass(frozen=True)
class ValueCalibration:
    """The distribution of standardised errors ``u = (encoded truth - encoded value) / width`` of each target.

    Method ``none``: the normal distribution. Method ``conformal``: quantiles as they were found on
    validation; between two of them, u is linear in the quantile z of the normal distribution, and
    beyond the last one it goes on as a normal distribution of that width: along the line from the
    median through the last quantile.

    A network that is too sure of some examples and not sure enough of others has a ``factor``, by which its
    widths are multiplied first: between the widths where it was found, its logarithm is linear in the
    logarithm of the width, and beyond them it is that of the last one.

    Parameters
    ----------
    method : {"none", "conformal"}
    probabilities : tuple of P float
        Rising, between 0 and 1, 0.5 among them.
    quantiles : tuple of K tuples of P float
        u at these probabilities for each target, strictly rising.
    examples : int
        Size of the validation subset that it was fitted on.
    note : str
        Why it is not what was asked for, if so.
    widths, factors : tuple of K tuples of G float
        Widths that the network gives each target, rising, and the factor at each; empty: it is 1.

    References
    ----------
    Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World, section 2.2; Romano, Patterson &
    Candes 2019, arXiv:1905.03222.
    """

    method: str = "none"
    probabilities: tuple[float, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()
    examples: int = 0
    note: str = ""
    widths: tuple[tuple[float, ...], ...] = ()
    factors: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self):
        if not self._is_possible():
            raise IntegrityError(f"the calibration of values cannot be used. Received: {self!r:.300}")

    def _is_possible(self):
        if self.method == "none":
            return not self.probabilities and not self.quantiles and not self.widths and not self.factors
        steps, tables = self.probabilities, self.quantiles
        return (self.method == "conformal" and len(steps) >= 3 and 0.5 in steps and tables != ()
                and _rises(steps) and steps[0] > 0 and steps[-1] < 1
                and all(len(table) == len(steps) and _rises(table) for table in tables)
                and self._has_possible_factors())

    def _has_possible_factors(self):
        if not self.widths:
            return not self.factors
        return (len(self.widths) == len(self.factors) == len(self.quantiles)
                and all(len(some) == len(many) >= 1 and _rises(some) and some[0] > 0
                        and all(_is_number(one) and one > 0 for one in many)
                        for some, many in zip(self.widths, self.factors)))

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        parts = {"method": self.method, "probabilities": list(self.probabilities),
                 "quantiles": [list(table) for table in self.quantiles], "examples": self.examples,
                 "note": self.note}
        if self.widths:  # so that networks without keep their identity
            parts |= {"widths": list(map(list, self.widths)), "factors": list(map(list, self.factors))}
        return parts

    @classmethod
    def from_dict(cls, values):
        """Return the calibration that `to_dict` described.

        Raises
        ------
        IntegrityError
            If it cannot be.
        """
        try:
            fine = (values.keys() - {"widths", "factors"}
                    == {"method", "probabilities", "quantiles", "examples", "note"}
                    and isinstance(values["examples"], int) and isinstance(values["note"], str))
            parts = (values["method"], tuple(values["probabilities"]), tuple(map(tuple, values["quantiles"])),
                     values["examples"], values["note"],
                     *(tuple(map(tuple, values.get(key, ()))) for key in ("widths", "factors")))
        except (AttributeError, KeyError, TypeError) as error:
            raise IntegrityError(f"the calibration of values cannot be used ({error!s:.100}).") from None
        if not fine:
            raise IntegrityError(f"the calibration of values cannot be used. Received: {values!r:.200}")
        return cls(*parts)

    def factor(self, width):
        """Return by what the widths that a network gives are multiplied, (..., K)."""
        return width_factors(width, self.widths, self.factors) if self.widths else np.ones(np.shape(width))

    def errors_at(self, normal_scores):
        """Return the errors u whose share below is that of normal quantiles z.

        Parameters
        ----------
        normal_scores : float or (..., K) array-like
            0 is the median, 1 the upper end of the central 68 %.

        Returns
        -------
        (..., K) ndarray
            ``(K,)`` of one number; as they are for the method ``none``.
        """
        if self.method == "none":
            return np.asarray(normal_scores, float)
        z = np.asarray(normal_scores, float)
        z = np.broadcast_to(z, (*z.shape[:-1], len(self.quantiles)))
        return np.stack([_along(z[..., k], *self._line(k)) for k in range(len(self.quantiles))], axis=-1)

    def normal_scores(self, errors):
        """Return the normal quantile z of each error u, (..., K): the inverse of `errors_at`."""
        if self.method == "none":
            return np.asarray(errors, float)
        errors = np.asarray(errors, float)
        lines = [self._line(k) for k in range(len(self.quantiles))]
        return np.stack([_along(errors[..., k], u, z, middle) for k, (z, u, middle) in enumerate(lines)],
                        axis=-1)

    def widening(self):
        """Return by how much the central 68 % are wider than the network says, (K,) or 1.0."""
        if self.method == "none":
            return 1.0
        return (self.errors_at(1.0) - self.errors_at(-1.0)) / 2

    def _line(self, target):
        """Return normal quantiles, the errors at them, and the place of the median."""
        z = np.array([NORMAL.inv_cdf(p) for p in self.probabilities])
        return z, np.array(self.quantiles[target]), self.probabilities.index(0.5)


def width_factors(width, widths, factors):
    """Return the factors at widths (..., K), from those at some widths of each of K targets."""
    width = np.log(np.asarray(width, float))
    return np.stack([np.exp(np.interp(width[..., k], np.log(some), np.log(many)))
                     for k, (some, many) in enumerate(zip(widths, factors))], axis=-1)


def _along(x, knots, values, middle):
    """Return the piecewise linear function through knots; beyond an end, the line from the middle to it."""
    inside = np.interp(x, knots, values)
    slopes = [(values[end] - values[middle]) / (knots[end] - knots[middle]) for end in (0, -1)]
    below, above = x < knots[0], x > knots[-1]
    inside = np.where(below, values[0] + slopes[0] * (x - knots[0]), inside)
    return np.where(above, values[-1] + slopes[1] * (x - knots[-1]), inside)


def _rises(numbers):
    """Tell whether numbers are finite and strictly rising."""
    return all(map(_is_number, numbers)) and all(a < b for a, b in pairwise(numbers))


def _is_number(number):
    return isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)


@dataclass(frozen=True)
class ValueSettings:
    """What turns raw replies into values, standard deviations and quantiles.

    Parameters
    ----------
    encoding : ValueEncoding
        Of the K targets: their names, units, and the scale on which errors are counted.
    width : tuple of K float, optional
        Standard deviation of the errors on validation, encoded; None where the network tells its own.
    intervals : ValueCalibration
    """

    encoding: ValueEncoding
    width: tuple[float, ...] | None = None
    intervals: ValueCalibration = field(default_factory=ValueCalibration)

    kind = "values"

    def __post_init__(self):
        count, tables = len(self.encoding.names), self.intervals.quantiles
        widths = self.width is None or (len(self.width) == count and all(
            isinstance(one, int | float) and math.isfinite(one) and one > 0 for one in self.width))
        if not widths or (tables and len(tables) != count):
            raise IntegrityError(f"the settings of {count} values cannot be used. Received: {self!r:.300}")

    @property
    def names(self):
        """Names of the targets."""
        return self.encoding.names

    @property
    def units(self):
        """Unit of each target."""
        return self.encoding.units

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        return {"kind": self.kind, "encoding": self.encoding.to_dict(),
                "width": None if self.width is None else list(self.width),
                "intervals": self.intervals.to_dict()}

    @classmethod
    def from_dict(cls, values):
        """Return the settings that `to_dict` described.

        Raises
        ------
        IntegrityError
            If they cannot be.
        """
        require_settings(values, cls.kind, {
            "encoding": None, "width": lambda one: one is None or isinstance(one, list | tuple),
            "intervals": None})
        width = values["width"]
        return cls(ValueEncoding.from_dict(values["encoding"]), None if width is None else tuple(width),
                   ValueCalibration.from_dict(values["intervals"]))

    @property
    def identity(self):
        """SHA-256 of everything that turns a raw reply into a value and its uncertainty."""
        calibration = self.intervals.to_dict()
        parts = ("method", "probabilities", "quantiles", "widths", "factors")
        essence = {key: calibration[key] for key in parts if key in calibration}
        return identity_of(self.to_dict() | {"intervals": essence})
