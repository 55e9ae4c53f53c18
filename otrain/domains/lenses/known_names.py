"""Whether files are images of lenses, by the tables that lie beside them.

Every command that is told no domain asks it, so nothing here loads what reads images.
"""

import os

__all__ = ["TELLING", "header_tells_lenses", "looks_like_lenses"]

# A header with one of these beside the names of files is about lenses.
TELLING = frozenset({"einsteinradius", "einsteinR", "xiX", "alpha[0][1]", "alpha[1][0]", "theta_e",
                     "ellipseratio"})
_HEAD = 1 << 16  # bytes of a first look
_LOOK = 200  # entries of a folder that a guess looks at
_IMAGES = (".png", ".npz", ".fits")


def header_tells_lenses(path):
    """Tell by its first line whether a CSV file is a table about images of lenses, and no predictions."""
    if os.path.basename(path).lower().startswith("pred"):
        return False  # droulette's predictions have the header of its truth
    try:
        with open(path, "rb") as file:
            line = file.read(_HEAD).partition(b"\n")[0].decode("utf-8-sig", "replace")
    except OSError:
        return False
    names = {name.strip().strip('"') for name in line.split(",")}
    return "filename" in names and bool(names & TELLING)


def looks_like_lenses(source):
    """Return whether a source can only be images of lenses: tables of CosmoSim lie in its folder or above it.

    Parameters
    ----------
    source : object
        A path; anything else is no.
    """
    if not isinstance(source, str | os.PathLike) or not os.path.isdir(source):
        return False
    names = _names(source)
    if _has_table(source, names):
        return True
    above = os.path.dirname(os.path.abspath(source))
    return any(name.lower().endswith(_IMAGES) for name in names) and _has_table(above, _names(above))


def _has_table(folder, names):
    tables = [name for name in names if name.lower().endswith(".csv")]
    return any(header_tells_lenses(os.path.join(folder, name)) for name in tables)


def _names(folder):
    try:
        with os.scandir(folder) as entries:
            return [entry.name for _, entry in zip(range(_LOOK), entries, strict=False)]
    except OSError:
        return []
