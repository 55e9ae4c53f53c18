"""Read the TOML file that says how a set of lenses is distributed, in CosmoSim's dialects 2 and 3."""

import copy
import math

from otrain.data.files.toml_file import load_toml
from otrain.domains.lenses.simulators.names import (
    CONFIGS,
    DRAWMODES,
    ENGINES,
    LENSES,
    LIGHT_PROFILES,
    MODELS,
    POSITIONS,
    SOURCES,
    require_name,
)
from otrain.domains.lenses.simulators.toml_keys import (
    ALIASES,
    DRAFTS,
    FOREIGN_KEYS,
    FOREIGN_TABLES,
    QUANTITIES,
    SINGLE_KEYS,
)
from otrain.errors import DataError, UsageError
from otrain.registry import nearest

__all__ = ["check_table", "load_table"]

_ENDINGS = ("-min", "-max", "-lambda")
_LARGEST = 10_000_000  # a count
_SIDES = {
    "imagesize": 8192,
    "cropsize": 8192,
    "nterms": 50,
    "supersampling": 16,
    "components": 360,
    "seed": 2**63 - 1,
}
_WORDS = {  # (section, key): what the words may be
    ("simulator", "model"): MODELS,
    ("simulator", "config"): CONFIGS,
    ("simulator", "engine"): ENGINES,
    ("lens", "mode"): LENSES,
    ("source", "lightprofile"): LIGHT_PROFILES,
    ("source", "position"): POSITIONS,
    ("resimulation", "drawmode"): DRAWMODES,
}


def load_table(path):
    """Return the content of a TOML file as dictionaries.

    Raises
    ------
    DataError
        If there is no such file, or it is no TOML.
    """
    try:
        return load_toml(path)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValueError as error:  # no TOML, no text, too many digits, too deep
        raise DataError(f"{path}: is no TOML file: {error}") from error


def check_table(table, where="the TOML"):
    """Return a table with one spelling for every key.

    Parameters
    ----------
    table : dict
        As `load_table` returns it. What other steps of an experiment read is passed over.
    where : str
        How messages call it.

    Returns
    -------
    dict of str to dict
        By section; only what was given.

    Raises
    ------
    UsageError
        If a key or a word is unknown (the message proposes the nearest one), or a value is not usable.
    """
    if not isinstance(table, dict):
        raise UsageError(f"{where}: a table is needed. Received: {table!r}.")
    result = {}
    for section, content in table.items():
        if section in FOREIGN_TABLES:
            continue
        if section not in SINGLE_KEYS:
            raise UsageError(
                f"{where}: unknown table [{section}].{nearest(section, SINGLE_KEYS)} "
                f"Known: {', '.join(SINGLE_KEYS)}."
            )
        if not isinstance(content, dict):
            raise UsageError(f"{where}: `{section}` must be a table [{section}]. Received: {content!r}.")
        result[section] = _section(section, content, f"{where}: [{section}]")
    return result


def _section(section, content, where):
    checked = {}
    for given, value in content.items():
        if given in FOREIGN_KEYS.get(section, ()):
            continue
        key = _canonical(section, given, where)
        if isinstance(value, dict):
            raise UsageError(f"{where} {given}: {DRAFTS.get((section, key), _not_a_table(value))}")
        if key in checked and checked[key] != value:
            raise UsageError(
                f"{where}: `{given}` says again, and otherwise, what another key says. Keep one of them."
            )
        checked[key] = _value(section, key, value, f"{where} {given}")
    for name in {_stem(key) for key in checked} & QUANTITIES.keys():
        if QUANTITIES[name].section == section:
            _check_range(name, checked, where)
    return checked


def _not_a_table(value):
    return f"a value is needed, not a table. Received: {value!r}."


def _canonical(section, given, where):
    """Return the one spelling of a key."""
    stem, ending = _split(given)
    aliases = ALIASES.get(section, {})
    stem = aliases.get(stem, stem)
    names = [name for name, one in QUANTITIES.items() if one.section == section]
    same = {name.replace("_", "-"): name for name in (*names, *SINGLE_KEYS[section])}
    stem = same.get(stem.replace("_", "-"), stem)
    if (ending and stem in names) or (not ending and (stem in names or stem in SINGLE_KEYS[section])):
        return stem + ending
    if stem + ending in SINGLE_KEYS[section]:
        return stem + ending
    known = [*SINGLE_KEYS[section], *aliases, *names, *(name + end for name in names for end in _ENDINGS[:2])]
    raise UsageError(
        f"{where}: unknown key {given!r}.{nearest(given, known)} Known: {', '.join(sorted(known))}."
    )


def _split(key):
    ending = next((end for end in _ENDINGS if key.endswith((end, end.replace("-", "_")))), "")
    return (key[: -len(ending)], ending) if ending else (key, "")


def _stem(key):
    return _split(key)[0]


def _value(section, key, value, where):
    """Return the value of a key if it is usable."""
    kind = SINGLE_KEYS[section].get(key)
    if kind is None:
        return _quantity(key, value, where)
    return _KINDS[kind](section, key, value, where)


def _flag(section, key, value, where):
    if not isinstance(value, bool):
        raise UsageError(f"{where}: must be true or false. Received: {value!r}.")
    return value


def _count(section, key, value, where):
    most = _SIDES.get(key, _LARGEST)
    least = 0 if key in ("nterms", "seed", "index") else 1
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise UsageError(f"{where}: must be a whole number from {least} to {most}. Received: {value!r}.")
    return value


def _word(section, key, value, where):
    known = _WORDS.get((section, key))
    if known is not None:
        return require_name(value, known, where)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"{where}: a text is needed. Received: {value!r}.")
    return value


def _words(section, key, value, where):
    values = value if isinstance(value, list) else [value]
    if not values:
        raise UsageError(f"{where}: at least one word is needed. Received: an empty list.")
    for one in values:
        if (section, key) == ("source", "mode") and isinstance(one, str) and "/" in one:
            continue  # a constellation, which the source itself reads
        require_name(one, SOURCES, where) if (section, key) == ("source", "mode") else _word(
            section, key, one, where
        )
    return copy.copy(value)


def _radius(section, key, value, where):
    """Return a radius: a number, or any word, which stands for one that follows from the lens."""
    return value if isinstance(value, str) else number(value, where)


def _plain(section, key, value, where):
    value = number(value, where)
    if (
        key in ("pixel-scale", "maxrelativelocation", "maskradius", "maskscale", "r-relativemax")
        and value <= 0
    ):
        raise UsageError(f"{where}: must be above 0. Received: {value!r}.")
    return value


_KINDS = {"flag": _flag, "count": _count, "word": _word, "words": _words, "radius": _radius, "number": _plain}


def number(value, where):
    """Return a value if it is a finite number."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
        or abs(value) > 1e12
    ):
        raise UsageError(f"{where}: a number is needed. Received: {value!r}.")
    return value


def _quantity(key, value, where):
    """Return the value of a quantity, of an end of its range, or several of which one is drawn."""
    stem, ending = _split(key)
    if ending == "-lambda":
        if number(value, where) <= 0:
            raise UsageError(f"{where}: must be above 0. Received: {value!r}.")
        return value
    values = value if isinstance(value, list) and not ending else [value]
    if not values:
        raise UsageError(f"{where}: at least one number is needed. Received: an empty list.")
    for one in values:
        _require_possible(stem, number(one, where), where, end=bool(ending))
    return copy.copy(value)


def _require_possible(name, value, where, *, end):
    """Refuse what a quantity cannot be; the lower end of a range may be a limit that is never drawn."""
    rule = QUANTITIES[name]
    below = value < rule.least or (rule.open_least and value == rule.least and not end)
    if below or value > rule.most:
        words = (
            [f"{'above' if rule.open_least else 'at least'} {rule.least:g}"] if rule.least > -math.inf else []
        )
        words += [f"at most {rule.most:g}"] if rule.most < math.inf else []
        raise UsageError(f"{where}: must be {' and '.join(words)}. Received: {value!r}.")


def _check_range(name, checked, where):
    """Refuse a range that is empty, with the ends that stand where none is given."""
    rule = QUANTITIES[name]
    low, high = checked.get(f"{name}-min", rule.low), checked.get(f"{name}-max", rule.high)
    if name in checked or (low is None and high is None):
        return
    if low is None or high is None:
        given, missing = ("max", "min") if low is None else ("min", "max")
        raise UsageError(f"{where}: `{name}-{given}` needs `{name}-{missing}` beside it.")
    if low > high:
        default = [end for end in ("min", "max") if f"{name}-{end}" not in checked]
        words = f" (`{name}-{default[0]}` is not given, and this stands for it)" if default else ""
        raise UsageError(
            f"{where}: `{name}-min` must not exceed `{name}-max`. Received: {low!r} and {high!r}{words}."
        )
