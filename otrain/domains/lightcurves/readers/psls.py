"""Read light curves of PSLS, the PLATO Solar-like Light-curve Simulator: .dat, .hdf5, and .npz made of them.

The flux is a deviation in ppm, the time in seconds. A flag marks the sample at which the
aperture mask changes or a quarter begins, so it ends a piece; it does not spoil a sample.
The HDF5 file has the transits apart, which gives exact labels. Other HDF5 files, such as those of PlatoSim,
are read group by group, by the names of their arrays.
"""

import re
import zipfile
from contextlib import suppress

import numpy as np

from otrain.data.cubes.npz_store import read_arrays
from otrain.data.files.safe_hdf5 import HDF5, open_hdf5
from otrain.data.inputs.probe import GZIP
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.fluxes import is_error
from otrain.domains.lightcurves.missions import mission_name
from otrain.domains.lightcurves.readers.choice import choose_quality, flux_names
from otrain.domains.lightcurves.readers.columns_of import bare_names, from_columns, star_of
from otrain.domains.lightcurves.readers.csv_curve import read_text_columns
from otrain.domains.lightcurves.readers.samples import make_example
from otrain.domains.lightcurves.time_scales import SECONDS, bare_name, clock_rank
from otrain.errors import IntegrityError

__all__ = ["READER", "PslsReader"]

LARGEST = 512 << 20  # bytes of text
_COLUMNS = b"Flux variation [ppm]"
_CADENCE = re.compile(r"_(\d+(?:\.\d+)?)s$")
_DEEPEST = 3  # groups within groups of an HDF5 file
_DEPTH = 1e-9  # relative; what is less is rounding


class PslsReader:
    """Reader of one star per file."""

    name = "psls"
    formats = ("text", "hdf5", "npz")

    def recognises(self, probe):
        """Return whether the file has the header of PSLS, or is HDF5 or npz with its arrays."""
        if probe.head.startswith(HDF5):
            return True
        if probe.head.startswith(b"PK\x03\x04"):
            return "flux.npy" in _members(probe.path)
        return not probe.head.startswith(GZIP) and _COLUMNS in probe.head[:1 << 16]

    def read(self, probe):
        """Yield the light curve of a file, or those of another HDF5 file."""
        if _choosing(probe.options):
            yield from _chosen(probe)
            return
        if probe.head.startswith(HDF5):
            with open_hdf5(probe.path) as file:
                tables = [] if "MEAN_LC" in file else list(_tables_of(file, ""))
            if tables:
                yield from _curves_of(tables, probe)
                return
            parts = _from_hdf5(probe.path)
        elif probe.head.startswith(b"PK"):
            parts = _from_npz(probe.path)
        else:
            parts = _from_text(probe.expanded(LARGEST))
        flux = parts.pop("deviation") * 1e-6 + 1
        mission = mission_name(probe.options.get("mission") or "PLATO")
        yield make_example({"flux": flux} | parts, {"object_id": _CADENCE.sub("", star_of(probe.path)),
                                                    "mission": mission, "time_scale": "d",
                                                    "flux_column": "flux variation"})


def _choosing(options):
    """Return whether the user chooses columns himself."""
    if (options.get("flux") or "auto") != "auto":
        return True
    return any(options.get(name) for name in ("time", "error", "quality_column", "magnitudes"))


def _chosen(probe):
    """Yield the light curves of the columns that the user chooses."""
    if probe.head.startswith(HDF5):
        with open_hdf5(probe.path) as file:
            tables = list(_tables_of(file, ""))
            if not tables:
                raise InputRejected("missing-channel", "no group of it has columns to choose from. Present: "
                                                       f"{', '.join(sorted(file.names()))}.")
        yield from _curves_of(tables, probe)
        return
    units = {}
    if probe.head.startswith(b"PK"):
        names = ["flux", *(name.removesuffix(".npy") for name in _members(probe.path) if name != "flux.npy")]
        columns, units = read_arrays(probe.path, names), {"flux": "ppm", "time": "s"}
        columns = {name: values for name, values in columns.items() if values.ndim == 1}
    else:
        columns = read_text_columns(probe.expanded(LARGEST))
    yield from from_columns(columns, units, probe, about={"mission": "PLATO"})


def _members(path):
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return ()


def _from_text(data):
    """Return the parts of a .dat file; cameras and groups that measure at one time are averaged."""
    columns = read_text_columns(data)
    names = {name.strip().lower(): name for name in columns}
    try:
        time, flux, flag = (columns[names[name]] for name in ("time [s]", "flux variation [ppm]", "flag"))
    except KeyError as error:
        raise InputRejected("missing-channel", f"there is no column {error}. Present: {', '.join(columns)}."
                            ) from None
    moments, at = np.unique(time, return_inverse=True)
    if len(moments) < len(time):
        count = np.bincount(at)
        time, flux = moments, np.bincount(at, flux) / count
        flag = np.bincount(at, flag)
    return {"time": time / SECONDS, "deviation": flux, "segment": np.cumsum(flag > 0)}


def _from_hdf5(path):
    """Return the parts of an HDF5 file: the mean over all cameras, and the transits."""
    with open_hdf5(path) as file:
        if "MEAN_LC" not in file:
            raise InputRejected("no-image", "there is no MEAN_LC in it. Present: "
                                            f"{', '.join(sorted(file.names()))}.")
        mean = file.numbers("MEAN_LC", largest=LARGEST)
        mean = mean[:, None] if mean.ndim == 1 else mean
        time = file.numbers("TIME_MEAN" if "TIME_MEAN" in file else "TIME", largest=LARGEST)
        time = time if time.ndim == 1 else time.mean(axis=1)
        transit = (file.numbers("TRANSIT_LC", largest=LARGEST) if "TRANSIT_LC" in file
                   else np.ones((len(time), 1)))
    if not len(time) == len(mean) == len(transit):
        raise InputRejected("bad-shape", f"MEAN_LC, TIME and TRANSIT_LC have {len(mean)}, {len(time)} and "
                                         f"{len(transit)} rows.")
    flag = mean[:, 1] > 0 if mean.shape[1] > 1 else np.zeros(len(time), bool)
    depth = 1 - transit.reshape(len(time), -1).mean(axis=1)
    return {"time": time / SECONDS, "deviation": mean[:, 0], "segment": np.cumsum(flag),
            "label": (depth > _DEPTH).astype(float)}


def _tables_of(group, name, depth=0):
    """Yield name and columns of every group that has times and fluxes, as those of PlatoSim."""
    columns, times = {}, []
    for member in group.names():
        bare = bare_name(member)[0]
        if clock_rank(bare) is None and not is_error(bare) and not flux_names({bare: bare}) and (
                choose_quality({bare: bare}, "flux")[0] is None):
            if depth < _DEEPEST:
                with suppress(IntegrityError):  # it is no group
                    yield from _tables_of(group.group(member), member, depth + 1)
            continue
        with suppress(IntegrityError):  # no array of numbers, so no column
            values = group.numbers(member, largest=LARGEST)
            if values.ndim == 1:
                columns[member] = values
                times += [len(values)] if clock_rank(bare) is not None else []
    if times:
        columns = {member: values for member, values in columns.items() if len(values) == times[0]}
        if flux_names(bare_names(columns)):
            yield name, columns


def _curves_of(tables, probe):
    """Yield the light curves of the groups of a file, each named after its group where there are several."""
    for name, columns in tables:
        about = {"mission": "PLATO" if "platosim" in probe.path.lower() else ""}
        if len(tables) > 1:
            about["object_id"] = name
        yield from from_columns(columns, {}, probe, about=about)


def _from_npz(path):
    """Return the parts of an npz file with `flux` [ppm], perhaps `time` [s], `label` and `valid`."""
    arrays = read_arrays(path, ("flux", "time", "label", "valid"))
    flux = np.array(arrays["flux"], np.float64)
    if flux.ndim != 1:
        raise InputRejected("bad-shape", f"`flux` must be one row of numbers. Received: {flux.shape}.")
    cadence = _CADENCE.search(star_of(path))
    if "time" in arrays:
        time = np.asarray(arrays["time"], np.float64)
    elif cadence:
        time = np.arange(len(flux)) * float(cadence[1])
    else:
        raise InputRejected("missing-channel", "there is no `time` [s], and the name does not end in the "
                                               "cadence, as in star_60s.npz.")
    label = np.asarray(arrays["label"], np.float64) if "label" in arrays else None
    if "valid" in arrays:
        flux[~np.asarray(arrays["valid"], bool)] = np.nan
    return {"time": time / SECONDS, "deviation": flux, "label": label}


READER = PslsReader()
