"""The headers of somebody's files to a first mapping, which a person then corrects."""

from pathlib import Path

from otrain.catalogue import DOMAINS
from otrain.data.files.atomic import require_absent, write_text
from otrain.errors import UsageError
from otrain.workflows.reading.guess import guess_domain

__all__ = ["draft_mapping"]


def draft_mapping(cutouts, path, *, domain=None, overwrite=False):
    """Write a commented mapping with guesses from the headers of some files.

    Parameters
    ----------
    cutouts : path-like
        Any source of the domain.
    path : path-like
        Where the mapping goes.
    domain : str, optional
        By default the one that the names of the files tell.
    overwrite : bool

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        If the domain knows no mappings.
    DataError
        If no file can be read.
    OutputError
        If the file exists and `overwrite` is false.
    """
    chosen = DOMAINS.load(domain or guess_domain(cutouts))
    if chosen.source.draft_mapping is None:
        raise UsageError(f"--draft-mapping does not concern {chosen.name}: no mapping describes its files.")
    path = Path(path)
    require_absent(path, overwrite=overwrite, folder=False)
    write_text(path, chosen.source.draft_mapping(cutouts))
    return path
