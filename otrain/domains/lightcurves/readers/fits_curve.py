"""Read light curves from FITS tables: Kepler, K2, TESS, lightkurve, our simulated ones, and their like."""

import math
import os
import re

import numpy as np

from otrain.data.probe import GZIP
from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.missions import mission_name, time_scale
from otrain.domains.lightcurves.readers.fits_tables import read_tables
from otrain.domains.lightcurves.readers.samples import choose_flux, make_example
from otrain.domains.lightcurves.readers.units import to_days, to_flux

__all__ = ["LARGEST", "READER", "FitsCurveReader"]

LARGEST = 512 << 20  # bytes of one file
_ENDINGS = (".fits", ".fit", ".fts")
_QUALITY = ("SAP_QUALITY", "QUALITY", "quality_flag", "flag")
_ERRORS = ("_ERR", "_ERROR", "ERR")
_STARS = (("KEPLERID", "KIC"), ("TICID", "TIC"))
_SHORT = re.compile(r"_(lc|llc|slc)$", re.IGNORECASE)


class FitsCurveReader:
    """Reader of one light curve per file: the first binary table with a time and a flux."""

    name = "fits-curve"
    formats = ("fits", "gzip")

    def recognises(self, probe):
        """Return whether the file is FITS, gzipped or not."""
        if probe.head.startswith(b"SIMPLE  ="):
            return True
        return probe.head.startswith(GZIP) and probe.suffixes.removesuffix(".gz").endswith(_ENDINGS)

    def read(self, probe):
        """Yield the light curve of a file."""
        tables = read_tables(probe.expanded(LARGEST))
        table = next((one for one in tables if one.find("TIME")), None)
        if table is None:
            raise InputRejected("no-image", f"none of {len(tables)} binary tables has a column TIME.")
        yield _example(table, probe)


def _example(table, probe):
    """Return the light curve of a table."""
    header = table.header
    chosen = choose_flux(table.names, probe.options.get("flux", "auto"))
    time_number, number = table.find("TIME"), table.find(chosen)
    stem = re.sub(r"_?FLUX$", "", chosen, flags=re.IGNORECASE)
    error_number = table.find(*(chosen + ending for ending in _ERRORS), stem + "_ERR")
    time, zero = to_days(table.column(time_number), _time_unit(table, time_number))
    if table.is_pair(time_number):  # a Julian date, whatever reference the header still has
        zero = float(header.get("JDREF") or 0.0)
    elif zero is None and (header.get("BJDREFI") is not None or header.get("BJDREFF") is not None):
        zero = (header.get("BJDREFI") or 0) + (header.get("BJDREFF") or 0.0)
    error = None if error_number is None else table.column(error_number)
    flux, error = to_flux(table.column(number), error, table.unit(number))
    known = time[np.isfinite(time)]
    columns = {
        "object_id": _star(header, probe.path),
        "mission": mission_name(header.get("MISSION") or header.get("TELESCOP")),
        "quarter": _whole(header, "QUARTER", "SECTOR", "CAMPAIGN"),
        "time_scale": time_scale(zero, float(known[0]) if len(known) else math.nan),
        "mag": _number(header, "MAG", "KEPMAG", "TESSMAG"), "teff": _number(header, "TEFF"),
        "radius": _number(header, "RADIUS"), "ra": _number(header, "RA_OBJ"),
        "dec": _number(header, "DEC_OBJ"),
        "flux_column": chosen}
    parts = {"time": time, "flux": flux, "flux_err": error}
    for name, number in (("quality", table.find(*_QUALITY)), ("segment", table.find("SEGMENT")),
                         ("label", table.find("LABEL"))):
        parts[name] = None if number is None else table.column(number)
    return make_example(parts, columns)


def _time_unit(table, number):
    """Return the unit of the times; one that astropy does not know, such as of lightkurve, as it stands."""
    unit = table.unit(number)
    return unit or str(table.header.get("TIMEUNIT") or "")


def _star(header, path):
    """Return the name of the star: of its catalogue, else OBJECT, else the file's."""
    for keyword, catalogue in _STARS:
        if isinstance(header.get(keyword), int):
            return f"{catalogue} {header[keyword]}"
    name = str(header.get("OBJECT") or "").strip()
    return name or _SHORT.sub("", os.path.basename(path).split(".")[0])


def _number(header, *keywords):
    """Return the first known number under any of the keywords, or None."""
    for keyword in keywords:
        value = header.get(keyword)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _whole(header, *keywords):
    value = _number(header, *keywords)
    return None if value is None else int(value)


READER = FitsCurveReader()
