"""Tables of ephemerides: CSV, ECSV, FITS and Parquet, with the units that they state."""

import csv
import math
import re
from pathlib import Path

from otrain.domains.lightcurves.ephemerides import Body, Ephemerides
from otrain.domains.lightcurves.panopticon import bodies_of, looks_like_parameters
from otrain.errors import DataError, MissingExtraError, UsageError

__all__ = ["NAME", "STAR", "read_columns", "read_ephemerides"]

NAME = "ephemerides.ecsv"  # beside light curves it is used without being asked for

# What a column with the name of a star may be called.
STAR = ("object_id", "star", "star_id", "kepid", "kic", "tic", "tic_id", "ticid", "epic", "epic_id",
         "hostname")
_NAMES = {
    "t0": ("t0", "epoch", "koi_time0bk", "tce_time0bk", "pl_tranmid"),
    "period": ("period", "koi_period", "tce_period", "pl_orbper"),
    "duration": ("duration", "koi_duration", "tce_duration", "pl_trandurh", "pl_trandur"),
    "depth": ("depth", "koi_depth", "tce_depth", "pl_trandep"),
    "snr": ("snr",),
    "secondary_phase": ("secondary_phase",),
    "secondary_depth": ("secondary_depth",),
    "secondary_duration": ("secondary_duration",),
}
_PPM = ("koi_depth", "tce_depth")
_DEPTH_UNITS = {"": 1.0, "1": 1.0, "fraction": 1.0, "relative": 1.0, "ppm": 1e-6, "ppt": 1e-3, "%": 0.01,
                "percent": 0.01, "mmag": math.log(10) / 2500, "mag": math.log(10) / 2.5}
_DAYS = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 1 / 24, "hr": 1 / 24, "hour": 1 / 24, "hours": 1 / 24,
         "min": 1 / 1440, "minute": 1 / 1440, "minutes": 1 / 1440, "s": 1 / 86400, "sec": 1 / 86400,
         "second": 1 / 86400, "seconds": 1 / 86400}
_SCALES = {"bkjd": "BKJD", "bjd-2454833": "BKJD", "btjd": "BTJD", "bjd-2457000": "BTJD", "bjd": "BJD",
           "jd": "BJD"}
_KINDS = {"planet": "planet", "pc": "planet", "transit": "planet", "1": "planet",
          "binary": "binary", "eb": "binary", "beb": "binary", "eclipsing binary": "binary", "2": "binary",
          "unknown": "unknown", "-1": "unknown", "none": "none", "continuum": "none", "0": "none"}
_UNIT = re.compile(r"^(.*?)\s*[\[(]\s*([^\])]*?)\s*[\])]\s*$")


def read_ephemerides(source):
    """Return the planets and binaries that a table names.

    Parameters
    ----------
    source : path-like, Ephemerides or None
        CSV, ECSV, FITS or Parquet with a column of the star (``object_id``), ``t0`` [d], ``period`` [d;
        empty or NaN: single], ``duration`` [h], ``depth`` [relative], ``kind`` and more; a unit in
        brackets in the name of a column, or its unit in ECSV and FITS, is obeyed.

    Returns
    -------
    Ephemerides or None

    Raises
    ------
    UsageError
        If the table is absent or lacks a column.
    DataError
        If a value cannot be what it should be.
    """
    if source is None or isinstance(source, Ephemerides):
        return source
    if str(source).startswith("keyword:"):
        raise UsageError("light curves have no keyword that tells a label. Give a table of ephemerides with "
                         f"--labels. Received: {str(source)!r}.")
    path = Path(source)
    columns, units = read_columns(path)
    if looks_like_parameters(columns):
        return Ephemerides(str(path), bodies_of(columns, path))
    return Ephemerides(str(path), _bodies(path, *_named(columns, units)))


def read_columns(path):
    """Return the columns of a table as lists by name, and their units.

    Parameters
    ----------
    path : path-like
        CSV or text, ECSV, FITS, Parquet or feather.

    Raises
    ------
    UsageError
        If it cannot be opened.
    DataError
        If it is no table of that format.
    MissingExtraError
        If reading needs pyarrow.
    """
    path = Path(path)
    try:
        path.open("rb").close()
    except OSError as error:
        raise UsageError(f"{path}: the table of ephemerides cannot be read: {error.strerror}. "
                         "Give a CSV, ECSV, FITS or Parquet file with --labels.") from None
    endings = path.name.lower().removesuffix(".gz")
    read = (_astropy if endings.endswith((".ecsv", ".fits", ".fit", ".fts")) else
            _parquet if endings.endswith((".parquet", ".ftr", ".feather")) else _csv)
    try:
        return read(path)
    except (MissingExtraError, DataError):
        raise
    except Exception as error:
        raise DataError(f"{path}: the table of ephemerides cannot be read ({error}).") from None


def _named(found, units):
    """Return columns and units by lower-case name, with units that stand in brackets behind a name."""
    columns, named = {}, {}
    for name, values in found.items():
        bare = _UNIT.match(name.strip())
        key = (bare[1] if bare else name).strip().lower()
        columns[key], named[key] = values, (bare[2] if bare else str(units.get(name) or "")).strip()
    return columns, named


def _astropy(path):
    from astropy.table import Table

    table = Table.read(path, format="ascii.ecsv" if path.name.lower().endswith(".ecsv") else "fits")
    masked = {name: getattr(table[name], "mask", None) for name in table.colnames}
    columns = {name: [None if masked[name] is not None and masked[name][row] else value
                      for row, value in enumerate(table[name].tolist())] for name in table.colnames}
    return columns, {name: table[name].unit for name in table.colnames}


def _parquet(path):
    try:
        from pyarrow import feather
        from pyarrow import parquet as pq
    except ImportError:
        raise MissingExtraError(f"{path}: Parquet needs pyarrow. Install otrain[parquet].") from None
    table = pq.read_table(path) if path.name.lower().endswith(".parquet") else feather.read_table(path)
    return table.to_pydict(), {}


def _csv(path):
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines()
             if line.strip() and not line.startswith("#")]
    if lines and "," not in lines[0]:  # a text of columns apart by blanks
        lines = [",".join(line.split()) for line in lines]
    reader = csv.DictReader(lines, restval="")
    rows = list(reader)
    return {name: [row[name] for row in rows] for name in reader.fieldnames or ()}, {}


def _bodies(path, columns, units):
    """Return (star, body) of each row."""
    star = next((name for name in STAR if name in columns), None)
    if star is None or not any(name in columns for name in _NAMES["t0"]):
        raise UsageError(f"{path}: a table of ephemerides needs the columns object_id, t0, period, duration "
                         f"(and depth, kind). Received: {', '.join(columns) or 'no column'}.")
    series = {name: _numbers(path, columns, units, name) for name in _NAMES}
    if series["duration"] is None:
        raise UsageError(f"{path}: a table of ephemerides needs the column duration. "
                         f"Received: {', '.join(columns)}.")
    scales = columns.get("time_scale")
    clock = next(name for name in _NAMES["t0"] if name in columns)
    common = _SCALES.get(units.get(clock, "").lower().replace(" ", ""), "")
    bodies, numbers = [], {}
    for row, name in enumerate(columns[star]):
        name = _star_name(name, star)
        values = {key: found[row] if found is not None else math.nan for key, found in series.items()}
        kind = _kind(path, row, columns.get("kind"))
        number = numbers.get(name, 0)
        numbers[name] = number + 1
        primary, body = columns.get("primary"), columns.get("body")
        if kind == "binary" and series["secondary_phase"] is series["secondary_depth"] is primary is None:
            values["secondary_phase"] = 0.5  # nothing said: an eclipse opposite to the primary one
        elif kind == "binary" and series["secondary_phase"] is None and values["secondary_depth"] > 0:
            values["secondary_phase"] = 0.5
        bodies.append((name, Body(kind=kind, body=number if body is None else int(body[row]),
                                  primary=primary is None or _truth(primary[row]),
                                  scale=_scale(path, row, scales, common), **values)))
        _check(path, row, bodies[-1][1])
    return bodies


def _star_name(value, column):
    """Return the name of a star; a number is one of the catalogue that the column is named after."""
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, float) and value == int(value):
        value = int(value)
    text = str(value).strip()
    prefix = {"kepid": "KIC ", "kic": "KIC ", "tic": "TIC ", "tic_id": "TIC ", "ticid": "TIC ",
              "epic": "EPIC ", "epic_id": "EPIC "}.get(column, "")
    return prefix + text if text.isdigit() else text


def _numbers(path, columns, units, name):
    """Return the values of a quantity in our unit, or None where the table has no such column."""
    column = next((known for known in _NAMES[name] if known in columns), None)
    if column is None:
        return None
    factor = _factor(path, name, column, units.get(column, ""))
    return [_number(path, row, column, value) * factor for row, value in enumerate(columns[column])]


def _factor(path, name, column, unit):
    """Return what turns a column into our unit."""
    unit = unit.strip().lower()
    if name in ("depth", "secondary_depth"):
        if not unit:
            return 1e-6 if column in _PPM else 1.0
        if unit in _DEPTH_UNITS:
            return _DEPTH_UNITS[unit]
    elif name in ("snr", "secondary_phase"):
        return 1.0
    else:
        target = 1.0 if name in ("t0", "period") else 1 / 24
        if not unit or (name == "t0" and unit.replace(" ", "") in _SCALES):
            return 1.0
        if unit in _DAYS:
            return _DAYS[unit] / target
    raise DataError(f"{path}: column {column!r} has the unit {unit!r}. Known for it: "
                    f"{', '.join(filter(None, _DEPTH_UNITS if 'depth' in name else _DAYS))}.")


def _number(path, row, column, value):
    """Return a number, NaN for a mark of a missing one."""
    if value is None or (isinstance(value, str) and value.strip().lower() in (
            "", "nan", "none", "null", "--", "masked")):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        raise DataError(f"{path}: row {row + 1}: {column} must be a number. Received: {value!r}.") from None


def _kind(path, row, kinds):
    if kinds is None:
        return "planet"
    text = kinds[row].decode() if isinstance(kinds[row], bytes) else str(kinds[row])
    kind = _KINDS.get(text.strip().lower())
    if kind is None:
        raise DataError(f"{path}: row {row + 1}: kind must be planet, binary, none or unknown. "
                        f"Received: {text!r}.")
    return kind


def _truth(value):
    return str(value).strip().lower() in ("true", "1", "1.0", "t", "yes")


def _scale(path, row, scales, common):
    if scales is None:
        return common
    text = scales[row].decode() if isinstance(scales[row], bytes) else str(scales[row] or "")
    text = text.strip().lower().replace(" ", "")
    if text in ("", "d"):
        return common
    if text not in _SCALES:
        raise DataError(f"{path}: row {row + 1}: time_scale must be one of BKJD, BTJD, BJD or d. "
                        f"Received: {scales[row]!r}.")
    return _SCALES[text]


def _check(path, row, body):
    """Refuse what cannot be: most of it comes from a wrong unit."""
    where = f"{path}: row {row + 1}: "
    if body.kind not in ("planet", "binary"):
        return
    if not math.isfinite(body.t0):
        raise DataError(f"{where}t0 must be a number. Received: {body.t0}.")
    if not body.duration > 0:
        raise DataError(f"{where}duration must be above 0. Received: {body.duration:g} h.")
    if math.isfinite(body.period):
        if not body.period > 0:
            raise DataError(f"{where}period must be above 0, or empty for a single event. "
                            f"Received: {body.period:g} d.")
        if body.duration / 24 > body.period:
            raise DataError(f"{where}the duration ({body.duration:g} h) is longer than the period "
                            f"({body.period:g} d). Name its unit, e.g. `duration [s]`.")
    elif body.duration > 24 * 100:
        raise DataError(f"{where}a duration of {body.duration:g} h is no transit. Name its unit, "
                        "e.g. `duration [s]`.")
    if math.isfinite(body.depth) and not 0 <= body.depth <= 1:
        raise DataError(f"{where}depth must be a fraction from 0 to 1. Received: {body.depth:g}. "
                        "Name its unit, e.g. `depth [ppm]`.")
