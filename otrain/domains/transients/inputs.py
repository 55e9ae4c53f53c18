"""The candidate files of a source, in a fixed order."""

import os

from otrain.data.listing import MANIFEST, Input, Listing, find_files
from otrain.domains.label_sources import label_files

__all__ = ["ENDINGS", "list_inputs"]

ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz", ".fits.fz", ".fit.fz", ".fts.fz",
           ".avro", ".npz", ".h5", ".hdf5")

WINDOW = 256  # candidates of a data cube that are read in one go
OPENING = 10.0  # s to open a data cube, and more for a large one
SLOWEST = 2e6  # bytes / s
_WHOLE = (None,)
_CUBES = (".npz", ".h5", ".hdf5", MANIFEST)


def list_inputs(source, *, labels=None, classes=None):
    """Return the candidate files of a source.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A folder, searched with its subfolders, in which ``true/`` and ``false/`` (or ``real/`` and
        ``bogus/``, ``1/`` and ``0/``) tell the label; a single file; a pattern; or several of these, in
        their own order. Links are followed.
    labels : str, path-like or label source, optional
        As `read_labels` takes it; a table or keyword overrides the folders.
    classes : sequence of str or "folders", optional
        As `parse_classes` takes it: other classes than real and bogus. ``"folders"``: where every file
        lies in one of several folders whose names are words, these are the classes.

    Returns
    -------
    Listing

    Raises
    ------
    DataError
        If the source does not exist.
    """
    found, skipped = find_files(source, ENDINGS)
    labels, labelled, names, said = label_files(found, source, labels, classes)
    windows, notes = _windows([path for path, name in found if name.lower().endswith(_CUBES)])
    notes += said
    inputs = []
    for (path, name), label in zip(found, labelled, strict=True):
        for rows in windows.get(path, _WHOLE):
            inputs.append(Input(path, name, label, rows, len(inputs)))
    return Listing(inputs, skipped, notes, labels, names)


def _windows(paths):
    """Return the parts in which data cubes are read, each of a bounded number of rows, and notes.

    They are opened in a worker, as HDF5 may kill its process at a broken file. A file that
    cannot be opened stays whole: the door says what is wrong with it.
    """
    parts, notes = {}, []
    if not paths:
        return parts, notes
    from otrain.engine.local import Done, run_restartable

    for index, result in run_restartable(_look, paths, workers=1, timeout=_patience):
        if isinstance(result, Done):
            count, said = result.value
            notes += said
            parts[paths[index]] = [(start, min(start + WINDOW, count))
                                   for start in range(0, count, WINDOW)] or _WHOLE
    return parts, notes


def _patience(path):
    """How long the opening of a data cube may take [s]."""
    try:
        return OPENING + os.stat(path).st_size / SLOWEST
    except OSError:
        return OPENING


def _look(path):
    """Return the number of candidates of a data cube, 0 if unknown, and notes about it."""
    from otrain.catalogue import READERS
    from otrain.data.probe import Probe

    try:
        probe = Probe(path)
        for name in ("gotorb", "otrain-npz"):
            reader = READERS.load(name)
            if reader.recognises(probe):
                return reader.count(probe)
    except Exception:  # the door says what is wrong with it
        pass
    return 0, ()
