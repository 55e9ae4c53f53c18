"""The candidate files of a source, in a fixed order."""

import os
from collections import Counter

from otrain.data.inputs.listing import Input, Listing, find_files, is_one_source
from otrain.domains.labels.classes import CLASSES
from otrain.domains.labels.sources import label_files
from otrain.domains.transients.known_files import ALONE, ENDINGS, PICTURES, looks_like_candidates
from otrain.domains.transients.readers.stack_table import is_table_of_stack

__all__ = ["list_inputs"]

WINDOW = 256  # candidates of a data cube that are read in one go
OPENING = 10.0  # s to open a data cube, and more for a large one
SLOWEST = 2e6  # bytes / s
_WHOLE = (None,)
_MANY = ("gotorb", "otrain-npz", "stack", "alert-table")  # readers of files with many candidates


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
    found, skipped, notes = _find(source)
    labels, labelled, names, said = label_files(found, source, labels, classes)
    windows, remarks, told = _windows([path for path, name in found
                                       if not name.lower().endswith((*ALONE, *PICTURES))])
    notes += [*said, *remarks]
    asked = None if classes in (None, "folders") else tuple(classes)
    if told and names is None:
        names = told
        notes.append(f"the data cube tells {len(told)} classes: {', '.join(told)}. Name others, or join "
                     "some, with --classes.")
    inputs = []
    for (path, name), label in zip(found, labelled, strict=True):
        for rows in windows.get(path, _WHOLE):
            inputs.append(Input(path, name, label, rows, len(inputs)))
    return Listing(inputs, skipped, notes, labels, names, asked)


def _find(source):
    """Return the candidate files of a source, counts of others, and notes.

    Tables of a stack count as such, and pictures only where there is nothing else: they lie beside many a
    cutout so that somebody can look at it.
    """
    found, skipped = find_files(source, (*ENDINGS, *PICTURES), looks_right=looks_like_candidates)
    stacks = [path for path, _ in found if path.lower().endswith(".npy")]
    notes = []
    if is_one_source(source) and os.path.isdir(source):
        pictures = [one for one in found if one[1].lower().endswith(PICTURES)]
        if pictures and len(pictures) < len(found):
            found = [one for one in found if not one[1].lower().endswith(PICTURES)]
            skipped["not-a-cutout"] += len(pictures)
            notes.append(f"{len(pictures)} pictures (PNG, JPEG) beside the candidates are not read.")
        if stacks:
            tables = min(sum(map(_count_tables, {os.path.dirname(stack) for stack in stacks})),
                         skipped["not-a-cutout"])
            skipped["not-a-cutout"] -= tables
            skipped["side-table"] += tables
            skipped += Counter()  # without those of which there are none
    return found, skipped, notes


def _count_tables(folder):
    """Return how many tables of stacks lie in a folder."""
    names = os.listdir(folder)
    stacks = [name for name in names if name.lower().endswith(".npy")]
    return sum(is_table_of_stack(name, stacks) for name in names)


def _windows(paths):
    """Return the parts in which data cubes are read, each of a bounded number of rows, and notes.

    They are opened in a worker, as HDF5 may kill its process at a broken file. A file that
    cannot be opened stays whole: the door says what is wrong with it.
    """
    parts, notes, told = {}, [], {}
    if not paths:
        return parts, notes, ()
    from otrain.engine.local import Done, run_restartable

    for index, result in run_restartable(_look, paths, workers=1, timeout=_patience):
        if isinstance(result, Done):
            found, said, classes = result.value
            notes += said
            told |= dict.fromkeys(classes)
            parts[paths[index]] = found or _WHOLE
    return parts, notes, tuple(told)


def _patience(path):
    """How long the opening of a data cube may take [s]."""
    try:
        return OPENING + os.stat(path).st_size / SLOWEST
    except OSError:
        return OPENING


def _look(path):
    """Return the windows of a file of many candidates, none if unknown, notes about it, and its classes.

    There are none of the latter where they are real and bogus, or the file does not name them.
    """
    from otrain.catalogue import READERS
    from otrain.data.inputs.archives import ArchiveReader, is_archive
    from otrain.data.inputs.probe import Probe

    try:
        probe = Probe(path)
        if is_archive(probe):
            return ArchiveReader().windows(probe), (), ()
        for name in _MANY:
            reader = READERS.load(name)
            if reader.recognises(probe):
                count, notes = reader.count(probe)
                classes = reader.classes(probe) if hasattr(reader, "classes") else CLASSES
                windows = [(start, min(start + WINDOW, count)) for start in range(0, count, WINDOW)]
                return windows, notes, () if classes == CLASSES else classes
    except Exception:  # the door says what is wrong with it
        pass
    return [], (), ()
