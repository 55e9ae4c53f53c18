"""Named columns of a table, whatever its format, to a light curve."""

import os

import numpy as np

from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.missions import mission_name, time_scale
from otrain.domains.lightcurves.readers.samples import choose_flux, make_example
from otrain.domains.lightcurves.readers.units import bare_name, to_days, to_flux

__all__ = ["ENDINGS", "from_columns", "star_of"]

ENDINGS = (".gz", ".csv", ".txt", ".dat", ".ecsv", ".parquet", ".ftr", ".feather", ".npz", ".hdf5", ".h5",
           ".lc", ".tsv")
_TIMES = ("time", "t", "bkjd", "btjd", "bjd", "bjd_tdb", "jd", "hjd", "mjd", "date", "time_bjd", "time_bkjd",
          "time_btjd")
_CLOCKS = ("bkjd", "btjd", "bjd_tdb", "bjd", "mjd", "hjd", "jd")
_FLUXES = ("rel_flux", "relative_flux", "norm_flux", "normalized_flux", "f", "mag", "magnitude", "mmag")
_ERRORS = ("flux_err", "flux_error", "fluxerr", "e_flux", "flux_unc", "err", "error", "sigma", "uncertainty",
           "mag_err", "magerr")
_QUALITY = ("quality", "sap_quality", "flag", "flags")
_STARS = ("object_id", "star", "star_id")


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


def from_columns(columns, units, probe, *, about=None):
    """Return a light curve.

    Parameters
    ----------
    columns : dict of str to (n,) ndarray
        Names as the file writes them; a unit may stand behind a name in brackets.
    units : dict of str to str
        Units of columns by name, where the format states them.
    probe : Probe
    about : dict, optional
        Canonical columns that the file tells otherwise: ``object_id``, ``mission``, ``quarter``, ...

    Raises
    ------
    InputRejected
        ``missing-channel`` without a time or flux; ``bad-unit``; ``bad-column`` for several stars.
    """
    bare = {}
    for name in columns:
        bare.setdefault(bare_name(name)[0], name)
    unit = {key: units.get(name) or bare_name(name)[1] for key, name in bare.items()}
    clock = next((name for name in _TIMES if name in bare), None)
    if clock is None:
        raise InputRejected("missing-channel", f"there is no column of times. Present: {', '.join(columns)}. "
                                               f"Known: {', '.join(_TIMES)}.")
    chosen = _flux_of(list(bare), probe.options.get("flux", "auto"))
    zero_name = next((name for name in _CLOCKS if clock.endswith(name)), "")
    time, zero = to_days(_numbers(columns, bare[clock]), unit[clock] or zero_name)
    if unit[clock] and zero is None and zero_name:
        zero = to_days(np.empty(0), zero_name)[1]
    error = next((name for name in (f"{chosen}_err", f"{chosen}_error", *_ERRORS) if name in bare), None)
    how = unit[chosen] or (chosen if chosen in ("mag", "mmag") else "mag" if chosen == "magnitude" else "")
    flux, error = to_flux(_numbers(columns, bare[chosen]),
                          None if error is None else _numbers(columns, bare[error]), how)
    parts = {"time": time, "flux": flux, "flux_err": error}
    for name, known in (("quality", _QUALITY), ("segment", ("segment",)), ("label", ("label",))):
        found = next((one for one in known if one in bare), None)
        parts[name] = None if found is None else _numbers(columns, bare[found])
    finite = time[np.isfinite(time)]
    about = dict(about or {})
    about["mission"] = mission_name(about.get("mission"))
    about.setdefault("object_id", _star(columns, bare) or star_of(probe.path))
    return make_example(parts, {"time_scale": time_scale(zero, float(finite[0]) if len(finite) else np.nan),
                                "flux_column": bare_name(bare[chosen])[0]} | about)


def _flux_of(names, wish):
    """Return the column of the flux, by the names that tables of people have."""
    for name in _FLUXES if wish == "auto" else ():
        if name in names and not any(one.endswith("flux") for one in names):
            return name
    return choose_flux(names, wish).lower()


def _numbers(columns, name):
    values = np.asarray(columns[name])
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise InputRejected("bad-column", f"column {name!r} does not hold numbers ({error}).") from None


def _star(columns, bare):
    """Return the star that a column names, or None."""
    name = next((bare[one] for one in _STARS if one in bare), None)
    if name is None:
        return None
    stars = np.unique(np.asarray(columns[name]).astype(str))
    if len(stars) > 1:
        raise InputRejected("bad-column", f"column {name!r} names {len(stars)} stars. Give one file per "
                                          "star.")
    return str(stars[0]) if len(stars) else None
