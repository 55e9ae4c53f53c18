"""Events written to HDF5 as Glitchflow reads them: ``/<event>/<channel>`` with ``sample_rate`` and ``t0``."""

from otrain.data.files.atomic import atomic_file
from otrain.data.files.safe_hdf5 import create_hdf5, ordered_group
from otrain.errors import DataError

__all__ = ["write_events"]


def write_events(path, events):
    """Write events, one after the other, so that only one is in memory.

    Parameters
    ----------
    path : path-like
        Replaced when all is written. The same events make the same bytes.
    events : iterable of (str, iterable of Series)
        Name of the event and its channels.

    Returns
    -------
    int
        How many events were written.

    Raises
    ------
    DataError
        If an event has no name, a name with a slash or one that came before; the same for channels.
    """
    count = 0
    with atomic_file(path) as temporary, create_hdf5(temporary) as file:
        for event, channels in events:
            _require_name(file, event, "event")
            group = ordered_group(file, event)
            for series in channels:
                _require_name(group, series.channel, "channel")
                # Contiguous: h5py's own times would make the bytes differ from run to run.
                dataset = group.create_dataset(series.channel, data=series.values, track_times=False)
                dataset.attrs["sample_rate"] = float(series.sample_rate)
                dataset.attrs["t0"] = float(series.t0)
            count += 1
    return count


def _require_name(group, name, kind):
    if not name or "/" in name or name == "." or name in group:
        raise DataError(f"{kind} {name!r}: a name must be new, not empty and without a slash.")
