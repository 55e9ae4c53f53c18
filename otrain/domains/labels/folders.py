"""Labels from the names of folders: ``true/ false/``, ``real/ bogus/``, ``1/ 0/``, or any class."""

import re

from otrain.domains.labels.classes import Classes

__all__ = ["label_folders"]

_WORDS = {"true": 1, "false": 0, "real": 1, "bogus": 0}
_DIGITS = {"1": 1, "0": 0}
_BOGUS = ("bogus", "false", "artefact", "artifact")
_REALS = {name for name, label in _WORDS.items() if label}
_UNKNOWN = {"unknown", "unsure", "unsorted", "unlabelled", "unlabeled", "other", "rest"}
_MOST = 100  # folders
_NUMBERED = re.compile(r"\d+")


def label_folders(names, classes=None, *, several=False, guess=False):
    """Return the label of each file, None where its folder tells none, and the classes if they are others.

    ``true/`` and ``real/`` stand for 1, ``false/`` and ``bogus/`` for 0, whatever their case.

    Parameters
    ----------
    names : list of str
        Relative to the source, with ``/``.
    classes : Classes, optional
        Those that the user has named; folders with their words tell the label.
    several : bool
        Whether the names begin with the names of several sources, so that any folder counts, the
        innermost first; of one source the first counts, and others where it tells of no file.
    guess : bool
        Whether folders of one source with other names are classes, where every file lies in one of several.

    Returns
    -------
    labels : list of int or None
    classes : Classes or None
        None: real and bogus.
    """
    folders = [_folders(name, several) for name in names]
    if classes is not None:
        return [_first(inside, classes.words) for inside in folders], classes
    first = {inside[0] for inside in folders if inside}
    if first and first <= _DIGITS.keys():  # beside 2/ and 3/ they are numbers of something
        return [_first(inside, _DIGITS) for inside in folders], None
    labels = [_first(inside, _WORDS) for inside in folders]
    if not several and not any(label is not None for label in labels):
        # night1/true and night2/true, or one folder around all: the innermost counts.
        labels = [_first(_folders(name, True), _WORDS) for name in names]
    if any(label == 1 for label in labels) or several or not guess:
        return labels, None
    found = _guess(folders, first)
    return (labels, None) if found is None else (
        [found.words.get(inside[0].lower()) for inside in folders], found)


def _folders(name, several):
    """Return the folders that may tell the label of a file, the most telling first."""
    folders = name.split("/")[:-1]
    return folders[::-1] if several else folders[:1]


def _first(folders, words):
    return next((words[folder.lower()] for folder in folders if folder.lower() in words), None)


def _guess(folders, names):
    """Return the folders as classes, those of bogus first; None if they may be nights or chips.

    What differs by a number only, or has no letter, numbers something. Beside ``true/`` nothing else
    is expected to have a label.
    """
    names = {name for name in names if name.lower() not in _UNKNOWN}
    lower = {name.lower() for name in names}
    if not all(folders) or len(lower) < 2 or len(names) > _MOST or lower & _REALS or lower <= _WORDS.keys():
        return None
    without = {_NUMBERED.sub("", name.lower()).strip(" _-.") for name in names}
    if "" in without or len(without) < len(names):
        return None
    ordered = sorted(names, key=lambda name: (name.lower() not in _BOGUS, name.lower()))
    return Classes(tuple(ordered), {name.lower(): label for label, name in enumerate(ordered)})
