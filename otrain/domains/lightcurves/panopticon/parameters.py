"""Panopticon's tables of parameters: read as ephemerides, and made from the files of its simulations.

`Complete_parameters.ftr` has one row for each simulated star, with a planet, an eclipsing binary
and a background binary side by side. Times and periods are in days; the duration of a planet's transit is in
days, that of a binary's eclipse in seconds. A binary has a secondary eclipse at half its period.
"""

import math
import re

from otrain.domains.lightcurves.truth.ephemerides import Body
from otrain.errors import DataError, UsageError

__all__ = ["PARAMETERS", "STARS", "bodies_of", "looks_like_parameters", "tokens"]

PARAMETERS = "Complete_parameters.ftr"
STARS = ({"id"}, {"sim"}, {"simulation"}, {"star", "id"}, {"sim", "id"}, {"name"}, {"star"},
          {"object", "id"})
_GROUPS = ({"planet", "transit", "pl", "tr"}, {"eb"}, {"beb"})
_WORDS = {"t0": {"t0", "epoch"}, "period": {"period", "porb", "p"}, "duration": {"duration", "t14", "dur"},
          "depth": {"depth"}, "snr": {"snr"}}
_SECONDS = 3600.0  # in an hour


def looks_like_parameters(names):
    """Return whether columns are those of a table of parameters: a body in several columns of its own."""
    planets = [words for words in map(tokens, names) if words & _GROUPS[0]]
    named = [any(words & _WORDS[key] for words in planets) for key in ("t0", "duration")]
    return all(named) and not {"t0", "duration"} <= {name.lower() for name in names}


def tokens(name):
    """Return the words of a column's name: ``{"transit", "duration"}`` for ``transitDuration``."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(name))
    return set(filter(None, re.split(r"[^a-z0-9]+", apart.lower())))


def bodies_of(columns, where):
    """Return (star, body) for every planet and binary of a table of parameters.

    Parameters
    ----------
    columns : dict of str to list
        As the table has them.
    where : str
        The table, for messages.

    Raises
    ------
    UsageError
        If no column names the star.
    """
    words_of = {name: tokens(name) for name in columns}
    star = next((name for wanted in STARS for name, words in words_of.items() if words == wanted), None)
    if star is None:
        raise UsageError(f"{where}: no column names the simulation (ID). Received: {', '.join(columns)}.")
    stars = [_star(value) for value in columns[star]]
    bodies, counts = [], dict.fromkeys(stars, 0)
    for place, group in enumerate(_GROUPS):
        others = set().union(*(one for one in _GROUPS[1:] if one is not group))
        own = {name: words for name, words in words_of.items() if words & group and not words & others}
        found = {key: next((name for name, words in own.items() if words & wanted), None)
                 for key, wanted in _WORDS.items()}
        if not found["t0"] or not found["duration"]:
            continue
        for row, name in enumerate(stars):
            values = {key: math.nan if column is None else _number(columns[column][row], where, row, column)
                      for key, column in found.items()}
            if math.isfinite(values["t0"]) and values["duration"] > 0:
                bodies.append((name, _body(values, planet=place == 0, number=counts[name])))
                counts[name] += 1
    return bodies + [(name, Body("none", math.nan)) for name, count in counts.items() if not count]


def _body(values, *, planet, number):
    """Return a planet, or a binary with its secondary eclipse; duration in hours."""
    hours = values["duration"] * 24 if planet else values["duration"] / _SECONDS
    period = values["period"] if values["period"] > 0 else math.nan
    return Body("planet" if planet else "binary", values["t0"], period, hours, values["depth"], values["snr"],
                number, secondary_phase=math.nan if planet else 0.5)


def _star(value):
    """Return the name of a simulation, as its quarters begin: ``sim00012`` for 12."""
    text = str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()
    return f"sim{text}" if text.isdigit() else text


def _number(value, where, row, column):
    try:
        return math.nan if value is None else float(value)
    except (TypeError, ValueError):
        raise DataError(f"{where}: row {row + 1}: {column} must be a number. Received: {value!r}.") from None
