"""The candidate files of a source, in a fixed order."""

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

from otrain.domains.transients.labels import LabelTable, folder_label, read_labels
from otrain.errors import DataError

__all__ = ["ENDINGS", "Input", "Listing", "list_inputs"]

ENDINGS = (".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz", ".fits.fz", ".fit.fz", ".fts.fz",
           ".avro", ".npz", ".h5", ".hdf5")

MANIFEST = "cube.json"  # it alone stands for the files of a cube folder
WINDOW = 256  # candidates of a data cube that are read in one go
OPENING = 10.0  # s to open a data cube, and more for a large one
SLOWEST = 2e6  # bytes / s
_WHOLE = (None,)
_CUBES = (".npz", ".h5", ".hdf5", MANIFEST)


@dataclass(frozen=True, slots=True)
class Input:
    """One file to read.

    Parameters
    ----------
    path : str
        Where it lies.
    name : str
        Its path relative to the source, with ``/``: the column ``file``.
    label : int, optional
        0 bogus, 1 real, where its folder or a table tells it.
    rows : tuple of int, optional
        First and last-but-one example of a file of many; None: all.
    number : int, optional
        Its place in the listing, from 0.
    """

    path: str
    name: str
    label: int | None = None
    rows: tuple[int, int] | None = None
    number: int | None = field(default=None, compare=False)

    def __reduce__(self):
        # Thousands go to the workers each second; the pickle of a dataclass costs three times this.
        return Input, (self.path, self.name, self.label, self.rows, self.number)


@dataclass
class Listing:
    """The inputs of a source, and what else lies there.

    Parameters
    ----------
    inputs : list of Input
        Sorted by name.
    skipped : Counter
        Files that were passed over, by reason.
    notes : list of str
        What a person must know about the files.
    """

    inputs: list[Input] = field(default_factory=list)
    skipped: Counter = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def list_inputs(source, *, labels=None):
    """Return the candidate files of a source.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A folder, searched with its subfolders, in which ``true/`` and ``false/``
        tell the label; a single file; or paths one by one, in their own order.
        Hidden files are ignored, links are followed.
    labels : str, path-like or label source, optional
        As `read_labels` takes it; a table or keyword overrides the folders.

    Returns
    -------
    Listing

    Raises
    ------
    DataError
        If the source does not exist.
    """
    labels = read_labels(labels)
    if not isinstance(source, str | bytes | os.PathLike) and isinstance(source, Iterable):
        found, skipped = [(str(path), str(path)) for path in source], Counter()
    else:
        found, skipped = _find(os.fsdecode(source))
    windows, notes = _windows([path for path, name in found if name.lower().endswith(_CUBES)])
    inputs = []
    for path, name in found:
        label = _label(name, labels)
        for rows in windows.get(path, _WHOLE):
            inputs.append(Input(path, name, label, rows, len(inputs)))
    return Listing(inputs, skipped, notes)


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
    from otrain.domains.transients.probe import Probe

    try:
        probe = Probe(path)
        for name in ("gotorb", "otrain-npz"):
            reader = READERS.load(name)
            if reader.recognises(probe):
                return reader.count(probe)
    except Exception:  # the door says what is wrong with it
        pass
    return 0, ()


def _label(name, labels):
    """Return the label of a file that is known before it is read, or None."""
    if isinstance(labels, LabelTable):
        return labels.by_file.get(name)
    return folder_label(name) if labels is None else None


def _find(source):
    """Return the files under a source as (path, name), sorted by name, and counts of others."""
    if not os.path.isdir(source):
        if not os.path.lexists(source):
            raise DataError(f"{source}: there is no such file or folder.")
        return [(source, os.path.basename(source))], Counter()
    found, skipped = [], Counter()
    _walk(source, found, skipped)
    if all(name.isascii() for _, name in found):
        found.sort(key=itemgetter(1))
    else:
        found.sort(key=lambda item: os.fsencode(item[1]))
    return found, skipped


def _walk(source, found, skipped):
    """Collect the candidate files of a folder, its subfolders and those that links lead to.

    A folder is read once: under its own name if it lies in the source, else under its first link.
    So links that lead back come to an end.
    """
    links, visited = [(source, "")], set()
    while links:
        _walk_folder(*links.pop(0), found, skipped, visited, links)
        links.sort(key=lambda link: os.fsencode(link[1]))


def _walk_folder(folder, prefix, found, skipped, visited, links):
    """Collect the candidate files of a folder and its real subfolders, and the links to folders in it."""
    try:
        about = os.stat(folder)
        if (about.st_dev, about.st_ino) in visited:
            skipped["not-a-cutout"] += 1
            return
        visited.add((about.st_dev, about.st_ino))
        entries = os.scandir(folder)
    except OSError as error:
        raise DataError(f"{folder}: the folder cannot be listed ({error.strerror}).") from None
    with entries:
        entries = list(entries)
        if any(entry.name == MANIFEST for entry in entries):
            found.append((os.path.join(folder, MANIFEST), prefix + MANIFEST))
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = prefix + entry.name
            if entry.name.lower().endswith(ENDINGS):
                found.append((entry.path, name))
            elif entry.is_dir(follow_symlinks=False):
                _walk_folder(entry.path, name + "/", found, skipped, visited, links)
            elif _leads_to_folder(entry):
                links.append((entry.path, name + "/"))
            else:
                skipped["not-a-cutout"] += 1


def _leads_to_folder(entry):
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False
