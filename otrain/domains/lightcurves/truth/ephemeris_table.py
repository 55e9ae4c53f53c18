"""Tables of ephemerides: CSV, ECSV, FITS and Parquet, with the units that they state."""

import csv
import math
import re
from pathlib import Path

from otrain.domains.labels.classes import one_table
from otrain.domains.lightcurves.known_names import EPHEMERIDES
from otrain.domains.lightcurves.panopticon.parameters import bodies_of, looks_like_parameters
from otrain.domains.lightcurves.time_scales import scale_name, zero_of
from otrain.domains.lightcurves.truth.ephemerides import Body, Ephemerides, star_key, star_name
from otrain.errors import DataError, MissingExtraError, UsageError

__all__ = ["NAME", "STAR", "compare_labels", "read_columns", "read_ephemerides"]

NAME = EPHEMERIDES  # beside light curves it is used without being asked for

# What a column with the name of a star may be called.
STAR = ("object_id", "star", "star_id", "kepid", "kic", "tic", "tic_id", "ticid", "tid", "epic", "epic_id",
        "epic_number", "epic_hostname", "epic_host", "hostname", "pl_hostname", "host", "star_name",
        "target")
_NAMES = {
    "t0": ("t0", "epoch", "transit_epoch", "tc", "t_c", "t_0", "transit_midpoint", "koi_time0bk",
           "tce_time0bk", "koi_time0", "pl_tranmid"),
    "period": ("period", "orbital_period", "koi_period", "tce_period", "pl_orbper"),
    "duration": ("duration", "transit_duration", "koi_duration", "tce_duration", "pl_trandurh", "pl_trandur"),
    "depth": ("depth", "transit_depth", "koi_depth", "tce_depth", "pl_trandep"),
    "snr": ("snr",),
    "secondary_phase": ("secondary_phase",),
    "secondary_depth": ("secondary_depth",),
    "secondary_duration": ("secondary_duration",),
}
# Units that columns of the archives have by definition.
_DEFINED = {"koi_depth": "ppm", "tce_depth": "ppm", "koi_time0bk": "bkjd", "tce_time0bk": "bkjd",
            "koi_time0": "bjd", "pl_tranmid": "bjd", "pl_trandep": "%"}
_TOIS = ("toi", "tid", "toidisplay", "ctoi")  # whose pl_trandep is in ppm
_ARCHIVES = (*_TOIS, "kepoi_name", "koi_disposition", "tfopwg_disposition", "tfopwg_disp", "pl_name",
             "pl_hostname", "hostname", "epic_candname", "tce_plnt_num")
_DISPOSITIONS = ("koi_disposition", "koi_pdisposition", "tfopwg_disp", "tfopwg_disposition", "disposition",
                 "av_training_set")
_KINDS_OF = {"confirmed": "planet", "candidate": "planet", "pc": "planet", "cp": "planet", "kp": "planet",
             "apc": "planet", "known planet": "planet", "published confirmed": "planet", "fa": "none"}
_SUFFIX = re.compile(r"(.+?)_(ppm|ppt|percent|mmag|days?|d|hours?|hrs?|h|min|minutes|bjd|bkjd|btjd|mjd|jd|"
                     r"hjd|bjd_tdb)\Z")
_DEPTH_UNITS = {"": 1.0, "1": 1.0, "fraction": 1.0, "relative": 1.0, "ppm": 1e-6, "ppt": 1e-3, "%": 0.01,
                "percent": 0.01, "mmag": math.log(10) / 2500, "mag": math.log(10) / 2.5}
_DAYS = {"d": 1.0, "day": 1.0, "days": 1.0, "h": 1 / 24, "hr": 1 / 24, "hrs": 1 / 24, "hour": 1 / 24,
         "hours": 1 / 24,
         "min": 1 / 1440, "minute": 1 / 1440, "minutes": 1 / 1440, "s": 1 / 86400, "sec": 1 / 86400,
         "second": 1 / 86400, "seconds": 1 / 86400}
_KINDS = {"planet": "planet", "pc": "planet", "transit": "planet", "1": "planet",
          "binary": "binary", "eb": "binary", "beb": "binary", "eclipsing binary": "binary", "2": "binary",
          "unknown": "unknown", "-1": "unknown", "none": "none", "continuum": "none", "0": "none"}
_MISSING = {"", "nan", "none", "null", "--", "masked", "n/a", "na"}
_VOTABLES = (".vot", ".votable", ".xml")
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
    path = Path(one_table(source))
    columns, units = read_columns(path)
    if looks_like_parameters(columns):
        return Ephemerides(str(path), bodies_of(columns, path))
    bodies, also = _bodies(path, *_named(columns, units))
    return Ephemerides(str(path), bodies, also=also)


def compare_labels(columns, labels):
    """Return what has to be said of light curves beside their table of ephemerides.

    Parameters
    ----------
    columns : dict of (N,) ndarray
        ``object_id`` of the light curves.
    labels : path-like, Ephemerides or None

    Returns
    -------
    list of str
        Rows that belong to none of the light curves, counted and named.
    """
    table = read_ephemerides(labels)
    if table is None or "object_id" not in columns:
        return []
    stars = sorted(set(columns["object_id"].tolist()))
    lost, count = table.rows_without(stars), len(table.rows())
    if not lost:
        return []
    rows, here = _named_few(lost), _named_few(stars)
    if len(lost) == count:
        return [f"no row of {table.path} belongs to a star of these light curves (0 of {count} rows): the "
                f"table names {rows}; the light curves are of {here}"]
    return [f"{len(lost)} of {count} rows of {table.path} belong to no star of these light curves ({rows})"]


def _named_few(names, most=4):
    """Return some names in words, each once."""
    once = list(dict.fromkeys(names))
    return ", ".join(once[:most]) + (f" and {len(once) - most} more" if len(once) > most else "")


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
    read = (_astropy if endings.endswith((".ecsv", ".fits", ".fit", ".fts", ".tbl", *_VOTABLES)) else
            _parquet if endings.endswith((".parquet", ".ftr", ".feather")) else _csv)
    try:
        return read(path)
    except (MissingExtraError, DataError):
        raise
    except Exception as error:
        raise DataError(f"{path}: the table of ephemerides cannot be read ({error}).") from None


def _named(found, units):
    """Return columns and units by name, with units that stand in brackets or at the end of a name.

    Names are in lower case, with underscores for blanks.
    """
    columns, named, known = {}, {}, {name for names in _NAMES.values() for name in names}
    for name, values in found.items():
        bare = _UNIT.match(name.strip())
        key = re.sub(r"[\s-]+", "_", (bare[1] if bare else name).strip().lower())
        unit = (bare[2] if bare else str(units.get(name) or "")).strip()
        suffix = _SUFFIX.match(key)
        if suffix and not unit and key not in known and suffix[1] in known:
            key, unit = suffix[1], suffix[2]
        if key in columns and not any(map(_is_filled, values)):
            continue  # of a depth in ppm and one in magnitudes the one that has values
        columns[key], named[key] = values, unit
    return columns, named


def _is_filled(value):
    return value is not None and str(value).strip().lower() not in _MISSING


def _astropy(path):
    from astropy.table import Table

    name = path.name.lower()
    table = Table.read(path, format="ascii.ecsv" if name.endswith(".ecsv") else "ascii.ipac"
                       if name.endswith(".tbl") else "votable" if name.endswith(_VOTABLES) else "fits")
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
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("#", "\\"))]
    mark = next((mark for mark in (",", ";", "\t", "|") if lines and mark in lines[0]), None)
    if mark is None:  # a text of columns apart by blanks
        lines, mark = [",".join(line.split()) for line in lines], ","
    reader = csv.DictReader(lines, restval="", delimiter=mark)
    rows = list(reader)
    return {name: [row[name] for row in rows] for name in reader.fieldnames or ()}, {}


def _bodies(path, columns, units):
    """Return (star, body) of each row, and (name, body) of the further names of their stars."""
    stars = [name for name in STAR if name in columns]
    if not stars or not any(name in columns for name in _NAMES["t0"]):
        raise UsageError(f"{path}: a table of ephemerides needs the columns object_id, t0, period, duration "
                         f"(and depth, kind). Received: {', '.join(columns) or 'no column'}.")
    archive = any(name in columns for name in _ARCHIVES)
    chosen = {name: _column(columns, known) for name, known in _NAMES.items()}
    defined = _DEFINED | ({"pl_trandep": "ppm"} if any(name in columns for name in _TOIS) else {})
    units = {name: units.get(name) or defined.get(name, "") for name in columns}
    series = {name: _numbers(path, columns, units, name, chosen[name]) for name in _NAMES}
    if series["duration"] is None:
        raise UsageError(f"{path}: a table of ephemerides needs the column duration. "
                         f"Received: {', '.join(columns)}.")
    scales = columns.get("time_scale")
    common = _scale_of(units[chosen["t0"]])
    bodies, also, numbers = [], [], {}
    for row in range(len(columns[stars[0]])):
        names = [star_name(columns[star][row], star) for star in stars if _is_filled(columns[star][row])]
        if not names or (archive and not _is_default(columns, row)):
            continue
        values = {key: found[row] if found is not None else math.nan for key, found in series.items()}
        kind = _kind_of(path, row, columns, archive, values)
        number = numbers.get(names[0], 0)
        numbers[names[0]] = number + 1
        primary, body = columns.get("primary"), columns.get("body")
        if kind == "binary" and series["secondary_phase"] is series["secondary_depth"] is primary is None:
            values["secondary_phase"] = 0.5  # nothing said: an eclipse opposite to the primary one
        elif kind == "binary" and series["secondary_phase"] is None and values["secondary_depth"] > 0:
            values["secondary_phase"] = 0.5
        made = Body(kind=kind, body=number if body is None else int(body[row]),
                    primary=primary is None or _truth(primary[row]),
                    scale=_scale(path, row, scales, common), **values)
        _check(path, row, made)
        bodies.append((names[0], made))
        also += [(name, made) for name in names[1:] if star_key(name) != star_key(names[0])]
    return bodies, also


def _column(columns, known):
    """Return the column of a quantity, of several the first with values; None without."""
    present = [name for name in known if name in columns]
    filled = [name for name in present if any(map(_is_filled, columns[name]))]
    return next(iter(filled or present), None)


def _is_default(columns, row):
    """Return whether a row is the one that an archive recommends, where it has several of one planet."""
    flags = columns.get("default_flag")
    return flags is None or _truth(flags[row])


def _kind_of(path, row, columns, archive, values):
    """Return the kind of the body of a row; of an archive's without an ephemeris nobody knows the events."""
    if "kind" in columns or not archive:
        return _kind(path, row, columns.get("kind"))
    column = next((name for name in _DISPOSITIONS if name in columns), None)
    kind = "planet"
    if column is not None and _is_filled(columns[column][row]):
        kind = _KINDS_OF.get(str(columns[column][row]).strip().lower(), "unknown")
        stellar = columns.get("koi_fpflag_ss")
        if kind == "unknown" and stellar is not None and _truth(stellar[row]):
            kind = "binary"
    if values["period"] == 0:
        values["period"] = math.nan  # what tables of TOIs write for a single transit
    if kind in ("planet", "binary") and not (math.isfinite(values["t0"]) and values["duration"] > 0):
        return "unknown"
    return kind


def _numbers(path, columns, units, name, column):
    """Return the values of a quantity in our unit, or None where the table has no such column."""
    if column is None:
        return None
    factor = _factor(path, name, column, units.get(column, ""))
    return [_number(path, row, column, value) * factor for row, value in enumerate(columns[column])]


def _factor(path, name, column, unit):
    """Return what turns a column into our unit."""
    unit = unit.strip().lower()
    if name in ("depth", "secondary_depth"):
        if not unit:
            return 1.0
        if unit in _DEPTH_UNITS:
            return _DEPTH_UNITS[unit]
    elif name in ("snr", "secondary_phase"):
        return 1.0
    else:
        target = 1.0 if name in ("t0", "period") else 1 / 24
        if not unit or (name == "t0" and _scale_of(unit)):
            return 1.0
        if unit in _DAYS:
            return _DAYS[unit] / target
    raise DataError(f"{path}: column {column!r} has the unit {unit!r}. Known for it: "
                    f"{', '.join(filter(None, _DEPTH_UNITS if 'depth' in name else _DAYS))}.")


def _number(path, row, column, value):
    """Return a number, NaN for a mark of a missing one."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if value is None or (isinstance(value, str) and value.strip().lower() in _MISSING):
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
    text = text.strip()
    if text.lower() in ("", "d"):
        return common
    if not _scale_of(text):
        raise DataError(f"{path}: row {row + 1}: time_scale must be one of BKJD, BTJD, BJD, MJD, "
                        f"BJD - 2450000 or d. Received: {scales[row]!r}.")
    return _scale_of(text)


def _scale_of(text):
    """Return the name of the time scale that a unit or a word tells, or an empty text."""
    zero = zero_of(text) if text else None
    return "" if zero is None else scale_name(zero)


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
