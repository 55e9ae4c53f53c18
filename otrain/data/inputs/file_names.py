"""Names for examples that nothing else names: those of their files."""

import numpy as np

__all__ = ["name_after_files"]


def name_after_files(names, files, positions):
    """Return names in which an empty one is that of the file.

    Parameters
    ----------
    names, files : sequence of str
        Names, and the files relative to the source.
    positions : sequence of int
        Place of each example in its file; further ones than the first get their number.

    Returns
    -------
    (N,) str ndarray
        Files without endings; with their folders where one name would stand for several examples.

    Examples
    --------
    >>> name_after_files(["", "x", ""], ["a/c1.fits", "a/c2.fits", "a/c3.fits.gz"], [0, 0, 1]).tolist()
    ['c1', 'x', 'c3_2']
    """
    names = np.asarray(names)
    nameless = np.flatnonzero(names == "").tolist()
    if not nameless:
        return names
    named = names.tolist()
    for row in nameless:
        named[row] = _name(str(files[row]).rpartition("/")[2], positions[row])
    _, inverse, counts = np.unique(named, return_inverse=True, return_counts=True)
    for row in nameless:
        folder, _, last = str(files[row]).rpartition("/")
        if folder and counts[inverse[row]] > 1:
            named[row] = f"{folder}/{_name(last, positions[row])}"
    return np.array(named)


def _name(file, position):
    stem = file.split(".", 1)[0] or file
    return f"{stem}_{position + 1}" if position else stem
