"""Named columns of a table, whatever its format, to light curves: one for each star, band and camera."""

import os

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.fluxes import is_magnitude, looks_like_magnitudes, read_flux
from otrain.domains.lightcurves.missions import SPOILT, mission_name
from otrain.domains.lightcurves.readers.cells import as_text, numbers_of
from otrain.domains.lightcurves.readers.choice import (
    choose_error,
    choose_flux,
    choose_quality,
    choose_time,
    flux_names,
    splitters_of,
    star_column,
)
from otrain.domains.lightcurves.readers.samples import make_example
from otrain.domains.lightcurves.time_scales import bare_name, read_times
from otrain.domains.lightcurves.truth.ephemerides import star_name

__all__ = ["ENDINGS", "bare_names", "from_columns", "star_of"]

ENDINGS = (".gz", ".bz2", ".csv", ".txt", ".dat", ".ecsv", ".parquet", ".ftr", ".feather", ".npz", ".hdf5",
           ".h5", ".lc", ".tsv", ".tbl", ".tab", ".asc", ".ascii", ".phot", ".tfalc")
_GOOD = {"g", "0", "good", "ok", "false", "f", "none"}  # flags written as words
_FEWEST = 5  # samples of a star or camera that make it one
_MOST = 64  # parts of a table; more are no cameras but numbers of their own
_COULD_BE_MAGNITUDES = ("the unnamed second column has the values of magnitudes but was read as flux; if it "
                        "holds magnitudes, add --magnitudes")
_WRONG = 0.1  # share of cells that are no numbers; with more the column holds something else


def star_of(path):
    """Return the name of a file without its endings, as the name of its star.

    Examples
    --------
    >>> star_of("a/EPIC201367065.csv.gz")
    'EPIC201367065'
    """
    name = os.path.basename(path)
    while name.lower().endswith(ENDINGS):
        name = name[:name.rindex(".")]
    return name or os.path.basename(path)


def bare_names(columns):
    """Return the columns as written by their name in lower case without a unit; of equal ones the first."""
    names = {}
    for name in columns:
        names.setdefault(bare_name(name)[0], name)
    return names


def from_columns(columns, units, probe, *, about=None, zero=None, clock=None, named=True, unread=0,
                 remarks=None):
    """Yield the light curves of a table.

    Parameters
    ----------
    columns : mapping of str to (n,) ndarray
        Names as the file writes them; a unit may stand behind a name in brackets. Only those that are
        needed are looked up.
    units : dict of str to str
        Units of columns by name, where the format states them.
    probe : Probe
        Its `options` may choose: ``time flux error quality_column magnitudes mission``.
    about : dict, optional
        Canonical columns that the file tells otherwise: ``object_id``, ``mission``, ``quarter``, ...
    zero : float, optional
        Julian date of time 0 that the header states [d].
    clock : str, optional
        Unit of the times where the column itself has none.
    named : bool
        Whether the file names its columns; if not, magnitudes cannot be known by their name.
    unread : int
        Rows that could not be read.
    remarks : dict of str to str, optional
        What has to be said of the file already; see `Example`.

    Yields
    ------
    Example, or InputRejected in the place of a part that cannot be used

    Raises
    ------
    InputRejected
        ``missing-channel`` without a time or flux; ``bad-unit``; ``bad-column``.
    """
    table = _Table(columns, units, probe.options)
    about = dict(about or {})
    about["mission"] = mission_name(probe.options.get("mission") or about.get("mission"))
    shared = table.read(about["mission"], zero, clock)
    if unread:
        about["unread"] = unread
    remarks = dict(remarks or {})
    if not named and not table.magnitudes and looks_like_magnitudes(table.values):
        remarks[_COULD_BE_MAGNITUDES] = os.path.basename(probe.path)
    parts = table.parts(shared["time"])
    for star, band, rows, pieces in parts:
        mine = dict(about)
        if star:
            mine["object_id"] = star
        mine.setdefault("object_id", table.star or star_of(probe.path))
        if band:
            mine["band"] = ", ".join(filter(None, [about.get("band"), band]))
        try:
            yield _one(table, shared, mine, rows, pieces, remarks)
        except InputRejected as error:
            if len(parts) == 1:
                raise
            yield InputRejected(error.reason, f"{' '.join(filter(None, [star, band]))}: {error.words}")


def _one(table, shared, about, rows, pieces, remarks):
    """Return the light curve of some rows."""
    some = slice(None) if rows is None else rows
    error = None if shared["error"] is None else shared["error"][some]
    found = read_flux(table.values[some], error, table.flux, table.unit, magnitudes=table.magnitudes)
    limits = found.limits + int(table.limits[some].sum())
    parts = {"time": shared["time"][some], "flux": found.flux, "flux_err": found.error,
             "quality": shared["quality"], "segment": pieces, "label": shared["label"]}
    if rows is not None:
        parts |= {name: None if parts[name] is None else parts[name][some] for name in ("quality", "label")}
    if limits:
        about["limits"] = limits
    told = {"time_scale": shared["scale"], "flux_column": table.written}
    return make_example(parts, told | about, remarks=remarks)


class _Table:
    """The columns of a table that count, and how it is parted."""

    def __init__(self, columns, units, options):
        self._columns, self._units = columns, units
        self.names = bare_names(columns)
        if "whiteflux" not in self.names and {"redflux", "greenflux", "blueflux"} <= self.names.keys():
            self._add_white()
        self._time, time_unit = choose_time(self.names, options.get("time") or "auto")
        self.flux, flux_unit = choose_flux(self.names, options.get("flux") or "auto")
        self._time_wish = time_unit
        self.written = self.names[self.flux].strip()[:len(self.flux)]  # without its unit
        self.unit = flux_unit or self._unit(self.flux)
        self.magnitudes = bool(options.get("magnitudes")) or is_magnitude(self.flux, self.unit)
        self._error = choose_error(self.names, self.flux, options.get("error") or "auto",
                                   magnitudes=self.magnitudes)
        self._quality = choose_quality(self.names, self.flux, options.get("quality_column") or "auto")
        self.star = self._one_star()

    def _add_white(self):
        """Add the sum of the three colours of CoRoT."""
        colours = [self._columns[self.names[name]] for name in ("redflux", "greenflux", "blueflux")]
        self._columns = {name: self._columns[name] for name in self._columns} | {"WHITEFLUX": sum(colours)}
        self.names["whiteflux"] = "WHITEFLUX"

    def _unit(self, name):
        written = self.names[name]
        return str(self._units.get(written) or bare_name(written)[1] or "").strip()

    def _numbers(self, name):
        values, limits, wrong = numbers_of(self._columns[self.names[name]])
        if wrong > max(1, _WRONG * len(values)) or (wrong and wrong == len(values)):
            raise InputRejected("bad-column", f"column {self.names[name]!r} does not hold numbers ({wrong} "
                                              f"of {len(values)} cells are none).")
        return values, limits

    def read(self, mission, zero, clock):
        """Return time, error, quality and label of all rows."""
        self.values, self.limits = self._numbers(self.flux)
        if not np.isfinite(self.values).any() and len(self.values):
            self._refuse_empty()
        written = np.asarray(self._columns[self.names[self._time]])
        if written.dtype.kind in "OSU":
            numbers, _, wrong = numbers_of(written)
            written = written if wrong else numbers
        if self._time_wish:  # the user knows better than the name
            found = read_times(written, "", self._time_wish, mission=mission)
        else:
            found = read_times(written, self._time, self._unit(self._time) or clock or "", zero=zero,
                               mission=mission)
        error = None if self._error is None else self._numbers(self._error)[0]
        label = None
        if "label" in self.names and np.asarray(self._columns[self.names["label"]]).dtype.kind in "fiub":
            label = self._numbers("label")[0]  # words are names of images, or notes
        return {"time": found.time, "scale": found.scale, "error": error, "label": label,
                "quality": self._flags()}

    def _refuse_empty(self):
        """Refuse a flux without any value, and name those that have some."""
        others = []
        for name in flux_names(self.names):
            if name != self.flux:
                try:
                    count = int(np.isfinite(self._numbers(name)[0]).sum())
                except InputRejected:
                    continue
                others += [(self.names[name], count)] if count else []
        words = "; ".join(f"{name} has {count}" for name, count in others[:3])
        remedy = f" {words}. Choose one with --flux, e.g. --flux {others[0][0]}." if others else ""
        raise InputRejected("no-finite-pixel", f"{self.names[self.flux]} has no value in {len(self.values)} "
                                               f"rows.{remedy}")

    def _flags(self):
        """Return the flags; a bit of our own marks what another column calls bad."""
        first, further = self._quality
        if first is None:
            return None
        flags = _flags_of(self._columns[self.names[first]])
        for name in further:
            bad = _flags_of(self._columns[self.names[name]])
            flags = np.where(np.isfinite(flags) & (bad != 0), np.nan_to_num(flags) + SPOILT, flags)
        return flags

    def parts(self, time):
        """Return ``(star, band, rows, pieces)`` of each light curve; rows None: all."""
        count = len(time)
        bands, cameras = splitters_of(self.names)
        stars = self._stars(count)
        keys = [(name, values) for name in bands if (values := self._groups(name, count)) is not None][:1]
        pieces = self._segments()
        for name in cameras:
            values = self._groups(name, count)
            if values is None:
                continue
            if _interleaved(values, time, stars, [groups for _, groups in keys]):
                keys.append((name, values))
            else:
                pieces.append(values)
        parts = [("", "", None)]
        if stars is not None:
            parts = [(str(star), "", stars == star) for star in np.unique(stars)]
        for name, values in keys:
            parts = [(star, ", ".join(filter(None, [band, _label(name, one)])), values == one if rows is None
                      else rows & (values == one)) for star, band, rows in parts for one in np.unique(values)]
        parts = [(star, band, rows) for star, band, rows in parts if rows is None or rows.any()]
        segment = _joined(pieces)
        return [(star, band, rows, segment if segment is None or rows is None else segment[rows])
                for star, band, rows in parts]

    def _segments(self):
        if "segment" not in self.names:
            return []
        values = np.asarray(self._columns[self.names["segment"]])
        return [values.astype(float) if values.dtype.kind in "fiub" else values.astype(str)]

    def _stars(self, count):
        """Return the star of each row where there are several, else None."""
        name = star_column(self.names)
        if name is None or not count:
            return None
        values = np.asarray(self._columns[self.names[name]]).tolist()
        values = np.array([star_name(value, name) for value in values])
        stars = np.unique(values)
        if len(stars) == 1:
            return None
        if len(stars) * _FEWEST > count:
            if name in ("id", "name", "target", "object", "objid", "obj_id", "source_id", "sourceid"):
                return None  # numbers of rows, or something else
            raise InputRejected("bad-column", f"column {self.names[name]!r} names {len(stars)} stars in "
                                              f"{count} rows. Give one file per star, or all of its samples.")
        return values

    def _one_star(self):
        """Return the star that a column names in every row, or an empty text."""
        name = star_column(self.names)
        values = [] if name in (None, "id", "target") else self._columns[self.names[name]]
        if not len(values) or len(np.unique(np.asarray(values).astype(str))) > 1:
            return ""
        return star_name(np.asarray(values).tolist()[0], name)

    def _groups(self, name, count):
        """Return the values of a column that parts the rows, None if it does not."""
        if name in (self._time, self.flux, self._error, self._quality[0]):
            return None
        values = np.asarray(self._columns[self.names[name]])
        if values.dtype.kind in "OSU":
            values = np.array([as_text(value) for value in values.tolist()])
        elif values.dtype.kind == "f":
            values = np.where(np.isfinite(values), values, -1)
        groups = np.unique(values)
        return values if 1 < len(groups) <= min(_MOST, count // _FEWEST) else None


def _flags_of(values):
    """Return flags as numbers; of words all but those for good are bad."""
    values = np.asarray(values)
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    flags = np.empty(len(values))
    for row, value in enumerate(values.tolist()):
        text = as_text(value).lower()
        try:
            flags[row] = float(text)
        except ValueError:
            flags[row] = 0.0 if text in _GOOD else SPOILT
    return flags


def _interleaved(values, time, stars, groups):
    """Return whether the parts of a table overlap in time: they are light curves of their own then."""
    order = np.lexsort((time, *groups, *(() if stars is None else (stars,))))
    several = 1 if stars is None else len(np.unique(stars))
    for group in groups:
        several *= len(np.unique(group))
    changes = int(np.count_nonzero(values[order][1:] != values[order][:-1]))
    return changes > 3 * several * len(np.unique(values))


def _label(name, value):
    """Return the name of a part: the value where it is a word, else with the name of its column."""
    return str(value) if isinstance(value, str) else f"{name} {value:g}"


def _joined(pieces):
    """Return one number for each combination of the pieces that several columns tell, or None."""
    if not pieces:
        return None
    if len(pieces) == 1 and pieces[0].dtype.kind == "f":
        return pieces[0]
    codes = np.zeros(len(pieces[0]), np.int64)
    for values in pieces:
        _, code = np.unique(values, return_inverse=True)
        codes = codes * (code.max() + 1) + code
    return codes.astype(float)
