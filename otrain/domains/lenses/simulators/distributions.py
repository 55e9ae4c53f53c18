"""The distributions that a checked TOML describes: what may be drawn for each lens."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from otrain.domains.lenses.simulators.names import CONFIGS, ELLIPTICAL_LENSES, LENSES
from otrain.domains.lenses.simulators.toml_keys import QUANTITIES

__all__ = ["ELLIPSE_RATIO", "ORIENTATION", "SIZE", "Range", "distribution_of", "lens_words", "notes_about"]

SIZE = 10_000  # lenses, as in CosmoSim
# Where a TOML has elliptical lenses and does not say how elliptical they are.
ORIENTATION = (0, 180)  # deg
ELLIPSE_RATIO = (0.4, 0.9)


@dataclass(frozen=True)
class Range:
    """What a number may be.

    Parameters
    ----------
    low, high : float
    rate : float, optional
        The density falls as ``exp(-rate * u)``, u from 0 at `low` to 1 at `high`; None: it is uniform.
    values : tuple
        Those of which one is drawn, instead of a range.
    """

    low: float = 0.0
    high: float = 0.0
    rate: float | None = None
    values: tuple[Any, ...] = ()

    def draw(self, rng):
        """Return a number of the distribution."""
        if self.values:
            return float(self.values[rng.integers(len(self.values))])
        u = rng.random()
        if self.rate is not None:
            u = -np.log1p(-u * -np.expm1(-self.rate)) / self.rate
        return float(self.low + (self.high - self.low) * u)


def distribution_of(table):
    """Return the range of every quantity that is drawn, by its name.

    Parameters
    ----------
    table : dict
        Of `otrain.domains.lenses.simulators.dataset_toml.check_table`.
    """
    ranges = {}
    for name, rule in QUANTITIES.items():
        one = _range(name, rule, table.get(rule.section, {}))
        if one is not None:
            ranges[name] = one
    if _has_elliptical(table):
        ranges.setdefault("orientation", Range(*ORIENTATION))
        ranges.setdefault("ellipseratio", Range(*ELLIPSE_RATIO))
    return ranges


def _range(name, rule, content):
    if name in content:
        value = content[name]
        return Range(values=tuple(value) if isinstance(value, list) else (value,))
    low, high = content.get(f"{name}-min", rule.low), content.get(f"{name}-max", rule.high)
    return None if low is None or high is None else Range(low, high, content.get(f"{name}-lambda"))


def lens_words(table):
    """Return the words of all lenses that may be drawn."""
    configs = table.get("simulator", {}).get("config")
    if configs is not None and "mode" not in table.get("lens", {}):
        return [CONFIGS[word].lens for word in _several(configs)]
    return _several(table.get("lens", {}).get("mode", []))


def _several(value):
    return value if isinstance(value, list) else [value]


def _has_elliptical(table):
    return any(LENSES[word] in ELLIPTICAL_LENSES for word in lens_words(table))


def notes_about(table):
    """Return sentences about what a table leaves open and what has no effect."""
    lens, notes = table.get("lens", {}), []
    if _has_elliptical(table):
        for name, default, unit in (
            ("orientation", ORIENTATION, " degrees"),
            ("ellipseratio", ELLIPSE_RATIO, ""),
        ):
            if not {name, f"{name}-min"} & lens.keys():
                notes.append(
                    f"[lens] has elliptical lenses and no `{name}`: it is drawn from {default[0]:g} to "
                    f"{default[1]:g}{unit}. Give `{name}-min` and `{name}-max` to choose."
                )
    if any(key.startswith("chi") for key in lens):
        notes.append(
            "[lens] chi is written into the table and has no other effect: all lengths are angles in the "
            "sky, as in CosmoSim 3."
        )
    if not lens_words(table) and "cluster" not in lens:
        notes.append("neither `mode` in [lens] nor `configs` in [simulator] names a lens: all are SIS.")
    return notes
