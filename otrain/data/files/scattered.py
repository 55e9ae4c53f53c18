"""Outputs that belong together and go to several places: each appears whole, and none if the work fails."""

from contextlib import ExitStack, contextmanager

from otrain.data.files.atomic import atomic_file, atomic_folder, locked, require_absent

__all__ = ["ScatteredFolder", "scattered_outputs"]


class ScatteredFolder:
    """Stands for a folder whose entries lie in different places: ``folder / name`` is where one is written.

    Parameters
    ----------
    places : dict of str to Path
    """

    def __init__(self, places):
        self.places = dict(places)

    def __truediv__(self, name):
        return self.places[name]

    def __contains__(self, name):
        return name in self.places


@contextmanager
def scattered_outputs(pieces, *, overwrite=False, marker=None):
    """Give a `ScatteredFolder` whose entries become the pieces when the block ends without error.

    All of them are complete on their disks before the first gets its name; the others follow at once.

    Parameters
    ----------
    pieces : dict of str to (path-like, bool)
        Where each goes, and whether it is a folder.
    overwrite : bool
        Replace those that are there.
    marker : str, optional
        As for `require_absent`, of folders.

    Raises
    ------
    OutputError
        If one exists and must not be replaced, two are the same, or another process writes one of them.
    """
    for path, folder in pieces.values():
        require_absent(path, overwrite=overwrite, folder=folder, marker=marker if folder else None)
    with ExitStack() as locks, ExitStack() as stack:
        for path, _ in pieces.values():
            locks.enter_context(locked(path, overwrite=overwrite))
        places = {}
        # What is entered first gets its name last: the folder of the images, which is looked for.
        for name, (path, folder) in sorted(pieces.items(), key=lambda piece: not piece[1][1]):
            if folder:
                made = atomic_folder(path, overwrite=overwrite, marker=marker)
            else:
                made = atomic_file(path)
            places[name] = stack.enter_context(made)
        yield ScatteredFolder(places)
