"""The light curves of a source, in a fixed order, and the table of ephemerides that lies with them."""

import os

from otrain.data.folder_store import is_cube_folder
from otrain.data.listing import Input, Listing, find_files
from otrain.domains.lightcurves.ephemeris_table import NAME, read_ephemerides
from otrain.domains.lightcurves.panopticon import PARAMETERS

__all__ = ["ENDINGS", "list_inputs", "looks_like_light_curves"]

ENDINGS = (".fits", ".fit", ".fts", ".csv", ".txt", ".dat", ".lc", ".tsv", ".tbl", ".tab", ".asc", ".ascii",
           ".phot", ".tfalc", ".ecsv", ".parquet", ".ftr", ".feather", ".npz", ".h5", ".hdf5", ".gz", ".bz2")
_LABELS = (NAME, PARAMETERS.lower())
_BESIDE = (*_LABELS, "truth.ecsv")  # in lower case; about the light curves
_CERTAIN = ("_lc.fits", "_llc.fits", "_slc.fits", "_lc.fits.gz", "_llc.fits.gz", "_slc.fits.gz", ".ftr")
_LOOK = 200  # entries of a folder that a guess looks at


def list_inputs(source, *, labels=None):
    """Return the light curves of a source.

    Parameters
    ----------
    source : path-like, or iterable of path-like
        A folder, searched with its subfolders; a single file; or paths one by one, in their own order.
        Links are followed.
    labels : path-like or Ephemerides, optional
        As `read_ephemerides` takes it. By default ``ephemerides.ecsv`` or
        ``Complete_parameters.ftr`` of the source, if there is one.

    Returns
    -------
    Listing
        Its `labels` is the table to be used.

    Raises
    ------
    DataError
        If the source does not exist.
    """
    found, skipped = find_files(source, ENDINGS)
    listing = Listing([], skipped)
    table = os.path.realpath(labels) if isinstance(labels, str | os.PathLike) else None
    for path, name in found:
        base = os.path.basename(name).lower()
        if base in _BESIDE or "allparameters" in base or (table and os.path.realpath(path) == table):
            skipped["side-table"] += 1
            if labels is None and name.lower() in _LABELS and listing.labels is None:
                listing.labels = read_ephemerides(path)
            continue
        listing.inputs.append(Input(path, name, None, None, len(listing.inputs)))
    return listing


def looks_like_light_curves(source):
    """Return whether the names of a source can be those of light curves only; a guess without reading.

    Parameters
    ----------
    source : object
        A path; anything else is no.
    """
    if not isinstance(source, str | os.PathLike):
        return False
    if os.path.isfile(source):
        return str(source).lower().endswith(_CERTAIN)
    try:
        with os.scandir(source) as entries:
            names = [entry.name.lower() for _, entry in zip(range(_LOOK), entries, strict=False)]
    except OSError:
        return False
    return NAME in names or (not is_cube_folder(source) and any(name.endswith(_CERTAIN) for name in names))
