"""Read light curves from FITS tables: of missions, of the pipelines that work on their data, of lightkurve.

Files of QLP, TGLC, eleanor, CDIPS, TASOC, K2SFF, EVEREST, PATHOS, CoRoT, CHEOPS and SuperWASP are known by
their columns and headers; corrected fluxes are taken before raw ones.
"""

import math
import os
import re
from collections.abc import Mapping

import numpy as np

from otrain.data.inputs.counted import compression_of
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.missions import SPOILT, mission_name
from otrain.domains.lightcurves.readers.choice import choose_flux, choose_time
from otrain.domains.lightcurves.readers.columns_of import bare_names, from_columns
from otrain.domains.lightcurves.readers.fits_tables import read_tables
from otrain.domains.lightcurves.truth.ephemerides import FIRST_EPIC

__all__ = ["LARGEST", "READER", "FitsCurveReader"]

LARGEST = 512 << 20  # bytes of one file
_ENDINGS = (".fits", ".fit", ".fts")
_STARS = (("KEPLERID", "KIC"), ("TICID", "TIC"), ("TIC_ID", "TIC"), ("EPICID", "EPIC"), ("EPIC_ID", "EPIC"),
          ("COROTID", "CoRoT"))
_NAMES = ("OBJECT", "OBJNAME", "TARGNAME", "STARNAME", "TARGET")
_SHORT = re.compile(r"_(lc|llc|slc)$", re.IGNORECASE)
_SCATTERED = 4096  # bit of QLP: a sample of low precision
# Tables of one file that hold the same star again, worked on otherwise; those that are better first.
_BETTER = ("SYSTEMATIC", "BARREG", "BAR", "BARFILL")
_ALIKE = 1e-6  # d; times of tables that are those of one light curve


class FitsCurveReader:
    """Reader of the binary tables with a time and a flux, each of them a light curve."""

    name = "fits-curve"
    formats = ("fits", "gzip", "bzip2")

    def recognises(self, probe):
        """Return whether the file is FITS, compressed or not."""
        if probe.head.startswith(b"SIMPLE  ="):
            return True
        name = probe.suffixes.removesuffix(".gz").removesuffix(".bz2")
        return compression_of(probe.head) in ("gzip", "bzip2") and name.endswith(_ENDINGS)

    def read(self, probe):
        """Yield the light curves of a file."""
        tables = read_tables(probe.expanded(LARGEST))
        curves, fault = [], None
        for table in tables:
            try:
                names = bare_names(table.names)
                clock, _ = choose_time(names, probe.options.get("time") or "auto")
                choose_flux(_with_white(names), probe.options.get("flux") or "auto")
            except InputRejected as error:
                fault = error if fault is None or _has_time(table) else fault
                continue
            curves.append((table, names[clock]))
        if not curves:
            if fault is not None and any(map(_has_time, tables)):
                raise fault
            why = f" {fault.words}" if fault is not None and len(tables) == 1 else ""
            raise InputRejected("no-image", f"none of {len(tables)} binary tables has columns of time and "
                                            f"flux.{why}")
        chosen, remarks = _of_one_star_each(curves)
        several = len(chosen) > 1
        for place, (table, clock) in enumerate(chosen):
            about = _about(table.header, probe.path)
            if several:
                about["band"] = str(table.header.cards_of("EXTNAME") or f"table {place + 1}")
            yield from _curves(table, clock, about, probe, remarks)


def _has_time(table):
    try:
        return bool(choose_time(bare_names(table.names)))
    except InputRejected:
        return False


def _with_white(names):
    return names | ({"whiteflux": ""} if {"redflux", "greenflux", "blueflux"} <= names.keys() else {})


def _of_one_star_each(curves):
    """Return one table of each light curve, and what was left out: other apertures, other corrections."""
    if len(curves) == 1:
        return curves, {}
    named = {str(table.header.cards_of("EXTNAME") or "").upper(): (table, clock) for table, clock in curves}
    if better := [name for name in _BETTER if name in named]:
        return [named[better[0]]], _left_out(better[1:])
    kept, left = [], []
    for table, clock in curves:
        time = _times(table, clock)
        if any(len(time) == len(other) and np.allclose(time, other, rtol=0, atol=_ALIKE, equal_nan=True)
               for _, _, other in kept):
            left.append(str(table.header.cards_of("EXTNAME") or "a table"))
        else:
            kept.append((table, clock, time))
    return [(table, clock) for table, clock, _ in kept], _left_out(left)


def _left_out(names):
    """Return the remark on tables that were left out."""
    shown = ", ".join(names[:4]) + (" ..." if len(names) > 4 else "")
    return {"further tables of the same star and times were left out": shown} if names else {}


def _times(table, clock):
    try:
        return table.column(table.find(clock))
    except InputRejected:
        return np.empty(0)


def _curves(table, clock, about, probe, remarks):
    """Yield the light curves of a table."""
    header = table.header
    number = table.find(clock)
    zero = next((float(value) for name in ("JD_REF", "JDREF", "HJDREF")
                 if isinstance(value := header.get(name), int | float)), None)
    if table.is_pair(number):  # a Julian date, whatever reference the header still has
        zero = zero or 0.0
    elif header.get("BJDREFI") is not None or header.get("BJDREFF") is not None:
        zero = (header.get("BJDREFI") or 0) + (header.get("BJDREFF") or 0.0)
    elif zero is None and (header.get("MJDREFI") is not None or header.get("MJDREFF") is not None):
        zero = 2400000.5 + (header.get("MJDREFI") or 0) + (header.get("MJDREFF") or 0.0)
    unit = str(header.get("TIMEUNIT") or "")
    yield from from_columns(_Columns(table, header), _units(table), probe, about=about, zero=zero, clock=unit,
                            remarks=remarks)


def _units(table):
    """Return the units of the columns as text, also those that astropy does not know."""
    return {name: unit for number, name in enumerate(table.names, 1) if (unit := table.unit(number))}


class _Columns(Mapping):
    """The columns of a table by name, read when they are asked for."""

    def __init__(self, table, header):
        self._table = table
        self._qlp = "qlp" in str(header.get("ORIGIN") or "").lower()

    def __iter__(self):
        return iter(name for name in self._table.names if name)

    def __len__(self):
        return sum(map(bool, self._table.names))

    def __getitem__(self, name):
        values = self._table.values(self._table.find(name))
        if self._qlp and name.lower() == "quality":
            flags = np.nan_to_num(values).astype(np.int64)
            values = np.where(flags & _SCATTERED, flags | SPOILT, flags).astype(float)
        return values


def _about(header, path):
    """Return what the headers say of the star and its observation."""
    mission = mission_name(header.get("MISSION") or header.get("TELESCOP") or _mission_of(header, path))
    kepler = header.get("KEPLERID")
    if (isinstance(kepler, int) and kepler >= FIRST_EPIC) or header.get("CAMPAIGN") is not None:
        mission = "K2" if mission in ("Kepler", "K2", "") else mission
    return {name: value for name, value in {
        "object_id": _star(header, path, mission), "mission": mission,
        "quarter": _whole(header, "QUARTER", "SECTOR", "CAMPAIGN"),
        "mag": _number(header, "MAG", "KEPMAG", "TESSMAG"), "teff": _number(header, "TEFF"),
        "radius": _number(header, "RADIUS"), "ra": _number(header, "RA_OBJ"),
        "dec": _number(header, "DEC_OBJ")}.items() if value is not None}


def _mission_of(header, path):
    """Return the mission that only the name of the star or file tells."""
    name = f"{header.get('OBJNAME') or ''} {os.path.basename(path)}".lower()
    if "1swasp" in name:
        return "SuperWASP"
    return "CoRoT" if "corot" in name or re.search(r"[ae]n2_star", name) else ""


def _star(header, path, mission):
    """Return the name of the star: of its catalogue, else as the header names it, else the file's."""
    for keyword, catalogue in _STARS:
        number = header.get(keyword)
        if isinstance(number, str) and number.strip().isdigit():
            number = int(number)
        if isinstance(number, float) and number.is_integer():
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool):
            epic = catalogue == "KIC" and (mission == "K2" or number >= FIRST_EPIC)
            return f"{'EPIC' if epic else catalogue} {number}"
    name = next((text for keyword in _NAMES if (text := str(header.get(keyword) or "").strip())), "")
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
