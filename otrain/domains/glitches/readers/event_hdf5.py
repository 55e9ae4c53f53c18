"""Events in HDF5: ``/<event>/<channel>`` as Glitchflow keeps them, and the strain files of GWOSC.

One channel is read at a time, so that memory does not grow with the number of channels.
"""

import math
from pathlib import Path

import numpy as np

from otrain.data.files.safe_hdf5 import open_hdf5
from otrain.domains.glitches.series import Series
from otrain.errors import DataError, IntegrityError
from otrain.registry import nearest

__all__ = ["EventFiles", "open_events"]

ENDINGS = (".h5", ".hdf5", ".hdf")
LARGEST_SERIES = 1 << 30  # bytes
# How the writers of such files call them: Glitchflow, GWOSC, gwpy.
RATES, SPACINGS, STARTS = ("sample_rate",), ("Xspacing", "dx"), ("t0", "Xstart", "x0")
GWOSC = "strain/Strain"


class EventFiles:
    """Events in HDF5 files, of which one is open at a time; closed at the end of a ``with``.

    Parameters
    ----------
    paths : sequence of Path

    Raises
    ------
    IntegrityError
        If a file is damaged or passes off others as its own.
    DataError
        If there is no event, or one stands in two files.
    """

    def __init__(self, paths):
        self._open, self._path = None, None
        self._listed = (None, ())
        self._where = {}
        for path in paths:
            for event, group in _events_of(self._file(path), path):
                if event in self._where:
                    raise DataError(f"{path}: the event {event!r} stands in {self._where[event][0]} too. "
                                    "Leave one of them out.")
                self._where[event] = (path, group)
        if not self._where:
            self.close()
            raise DataError(f"{', '.join(map(str, paths[:3])) or 'no file'}: no event. Expected: HDF5 with "
                            "/<event>/<channel>, or a strain file of GWOSC.")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the file that is open."""
        if self._open is not None:
            self._open.close()
        self._open = self._path = None

    @property
    def events(self):
        """Names of the events, in the order of the files."""
        return tuple(self._where)

    def channels(self, event):
        """Return the names of the channels of an event, in the order of the file."""
        if event != self._listed[0]:
            # Asked again for every channel that is read.
            self._listed = (event, self._list(event))
        return self._listed[1]

    def _list(self, event):
        file, group = self._group(event)
        if group == GWOSC:
            return (_gwosc_channel(file),)
        held = file.group(group) if group else file
        return tuple(str(name) for name in held.names())

    def read(self, event, channel):
        """Return the series of a channel.

        Raises
        ------
        DataError
            If the event has no such channel, or it has no sample rate or GPS time.
        IntegrityError
            If it is damaged.
        """
        file, group = self._group(event)
        where = f"{self._path}: {event}/{channel}"
        known = self.channels(event)
        if channel not in known:
            raise DataError(f"{self._path}: the event {event!r} has no channel {channel!r}."
                            f"{nearest(channel, known)}{_some(known)}")
        if group == GWOSC:
            return _gwosc_series(file, where, channel)
        name = f"{group}/{channel}" if group else channel
        values = file.array(name, largest=LARGEST_SERIES)
        return _series(file, name, where, channel, values[()])

    def _group(self, event):
        if event not in self._where:
            raise DataError(f"no event {event!r}.{nearest(event, self._where)}{_some(self.events)}")
        path, group = self._where[event]
        return self._file(path), group

    def _file(self, path):
        if path != self._path:
            self.close()
            self._open, self._path = open_hdf5(path), path
        return self._open


def open_events(source):
    """Open events for reading.

    Parameters
    ----------
    source : path-like
        An HDF5 file, or a folder of them (.h5, .hdf5, .hdf), read in the order of their names.

    Returns
    -------
    EventFiles

    Raises
    ------
    DataError
        If there is no such file, or no event in it.
    IntegrityError
        If a file is damaged.

    Examples
    --------
    Write and read one event::

        with open_events("events.h5") as events:
            series = events.read(events.events[0], "V1:Hrec_hoft_16384Hz")
    """
    source = Path(source)
    if source.is_dir():
        paths = sorted(path for path in source.iterdir()
                       if path.suffix in ENDINGS and not path.name.startswith("."))
        if not paths:
            raise DataError(f"{source}: no HDF5 file in this folder ({', '.join(ENDINGS)}).")
        return EventFiles(paths)
    if not source.is_file():
        raise DataError(f"{source}: no such file. Give an HDF5 file or a folder of them.")
    return EventFiles([source])


def _events_of(file, path):
    """Give each event of a file and the group that holds its channels."""
    names = [str(name) for name in file.names()]
    if {"strain", "meta"} <= set(names) and GWOSC in file:
        yield f"{_gwosc_channel(file)}-{_start(file, GWOSC, f'{path}: {GWOSC}'):.0f}", GWOSC
        return
    groups = [name for name in names if _is_group(file, name)]
    yield from ((name, name) for name in groups)
    if names and not groups:
        yield Path(path).stem, ""


def _is_group(file, name):
    try:
        file.group(name)
    except IntegrityError as error:
        if "is not a group" not in str(error):
            raise
        return False
    return True


def _series(file, name, where, channel, values):
    if values.ndim != 1 or not values.size:
        raise DataError(f"{where}: a channel is one row of values. Received: shape {values.shape}.")
    rate = _number(file, RATES, name, where)
    if rate is None:
        spacing = _number(file, SPACINGS, name, where)
        rate = 1 / spacing if spacing else None
    if rate is None:
        raise DataError(f"{where}: no attribute {RATES[0]!r}, so the times of its values are not known.")
    # 1 / spacing of a whole rate misses it by a rounding.
    rate = float(round(rate)) if abs(rate - round(rate)) < 1e-9 * rate else rate
    values = values.astype(float) if values.dtype.kind != "f" else values
    try:
        return Series(channel, values, rate, _start(file, name, where))
    except DataError as error:
        raise DataError(f"{where}: {error}") from None


def _start(file, name, where):
    start = _number(file, STARTS, name, where)
    if start is None:
        raise DataError(f"{where}: no attribute {STARTS[0]!r}, so its GPS time is not known.")
    return start


def _number(file, names, of, where):
    """Return the first of some attributes as a number; a text may carry its unit."""
    for name in names:
        found = file.attribute(name, of=of)
        if found is None:
            continue
        text = found.decode(errors="replace") if isinstance(found, bytes) else found
        try:
            number = float(text.split()[0] if isinstance(text, str) and text.split() else
                           np.asarray(text).reshape(-1)[0] if np.size(text) == 1 else "several")
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise DataError(f"{where}: the attribute {name!r} is not a number. Received: {text!r}.")
        return number
    return None


def _gwosc_channel(file):
    """Return the name of the strain of a GWOSC file, such as ``H1:Strain``."""
    held = file.array("meta/Detector", kinds="OS", largest=1 << 16)[()] if "meta/Detector" in file else b"X1"
    return f"{held.decode() if isinstance(held, bytes) else held}:Strain"


def _gwosc_series(file, where, channel):
    """Return the strain, NaN in the seconds of which the file says that there are no data."""
    series = _series(file, GWOSC, where, channel, file.array(GWOSC, largest=LARGEST_SERIES)[()])
    if "quality/simple/DQmask" not in file:
        return series
    bits = file.array("quality/simple/DQmask", largest=LARGEST_SERIES)[()].astype(np.int64)
    values = series.values.copy()
    second = np.arange(len(values)) // max(1, round(series.sample_rate))
    # Bit 0, DATA: data are present.
    missing = second[second < len(bits)]
    values[:len(missing)][bits[missing] % 2 == 0] = np.nan
    return Series(channel, values, series.sample_rate, series.t0)


def _some(names):
    listed = ", ".join(map(repr, list(names)[:5]))
    return f" Known: {listed}{', ...' if len(names) > 5 else ''}."
