"""The label of every file of a source: from its folder, from a table, or told later by the file itself."""

from otrain.data.inputs.listing import is_one_source
from otrain.domains.labels.classes import Classes, LabelTable, parse_classes, read_labels
from otrain.domains.labels.folders import label_folders

__all__ = ["label_files"]


def label_files(found, source, labels, classes, *, default=None, **table):
    """Return what is known of the labels of some files before they are read.

    Parameters
    ----------
    found : list of (str, str)
        Path of each file, and its name relative to the source.
    source : path-like, or iterable of path-like
        Where they were found.
    labels : str, path-like or label source, optional
        As `read_labels` takes it; a table or keyword overrides the folders.
    classes : sequence of str or "folders", optional
        As `parse_classes` takes it. ``"folders"``: where every file lies in one of several folders whose
        names are words, these are the classes.
    default : Classes, optional
        The two classes where nothing else is told; by default bogus and real.
    **table
        Further options of `read_labels`.

    Returns
    -------
    labels : LabelKeyword, LabelTable or None
    labelled : list of int or None
        Label of each file; None: not known yet.
    names : tuple of str or None
        Names of the classes where they are told.
    notes : list of str
        What a person must know.
    """
    by_folder, default = classes == "folders", default or Classes()
    chosen = None if by_folder else parse_classes(classes)
    labels, notes = read_labels(labels, chosen, default=default, **table), []
    names = [name for _, name in found]
    if labels is None:
        labelled, chosen = label_folders(names, chosen, several=not is_one_source(source), guess=by_folder)
    elif isinstance(labels, LabelTable):
        labelled, chosen = labels.files.find_all(found), labels.classes
        notes += _unmatched(labels, names, labelled)
    else:
        labelled, chosen = [None] * len(found), labels.classes
    if chosen is not None and chosen.names != default.names and classes in (None, "folders"):
        notes.append(f"{'the table of labels tells' if labels else 'the folders tell'} {len(chosen.names)} "
                     f"classes: {', '.join(chosen.names)}. Name others, or join some, with --classes.")
    return labels, labelled, None if chosen is None else chosen.names, notes


def _unmatched(labels, names, labelled):
    """Say which side of a table of labels and a listing has names that the other side lacks."""
    if not labels.by_file or not names:
        return []
    found = sum(label is not None for label in labelled)
    sides = f"the table has e.g. {next(iter(labels.by_file))!r}, the source e.g. {names[0]!r}"
    if not found and not labels.by_candid:
        return [f"{labels.path}: none of its {len(labels.by_file)} names of files is one of the "
                f"{len(names)} files of the source: {sides}."]
    if found < min(len(names), len(labels.by_file)):
        return [f"{labels.path}: {found} of its {len(labels.by_file)} names of files are among the "
                f"{len(names)} files of the source."]
    return []
