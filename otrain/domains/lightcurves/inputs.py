"""The light curves of a source, in a fixed order, and the table of ephemerides that lies with them."""

import os

from otrain.data.inputs.listing import Input, Listing, find_files
from otrain.domains.lightcurves.known_names import EPHEMERIDES
from otrain.domains.lightcurves.panopticon.parameters import PARAMETERS
from otrain.domains.lightcurves.truth.ephemeris_table import read_ephemerides

__all__ = ["ENDINGS", "list_inputs"]

ENDINGS = (".fits", ".fit", ".fts", ".csv", ".txt", ".dat", ".lc", ".tsv", ".tbl", ".tab", ".asc", ".ascii",
           ".phot", ".tfalc", ".ecsv", ".parquet", ".ftr", ".feather", ".npz", ".h5", ".hdf5", ".gz", ".bz2")
_LABELS = (EPHEMERIDES, PARAMETERS.lower())
_BESIDE = (*_LABELS, "truth.ecsv")  # in lower case; about the light curves


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
                listing.labels, listing.tables = read_ephemerides(path), (path,)
            continue
        listing.inputs.append(Input(path, name, None, None, len(listing.inputs)))
    return listing
