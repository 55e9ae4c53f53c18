"""Candidates in the rows of a FITS binary table: a column of images, and a column for each value."""

import math

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size
from otrain.domains.transients.readers.images import ROLES, TRIPLET, join_channels, to_planes

__all__ = ["TableRow", "find_table", "images_of", "read_rows_of"]

_SMALLEST = 5  # pixel; a vector of fewer values is no image
# Names that catalogues give to what cutouts call otherwise.
_OTHER_NAMES = {"CANDID": ("CANDIDATE_ID", "CANDIDATE", "ID", "SOURCE_ID", "OBJID"),
                "MAG": ("MAGPSF", "MAG_AUTO"),
                "MAGERR": ("MAG_ERR", "SIGMAPSF", "MAGERR_AUTO"), "FILTER": ("BAND",),
                "DEC": ("DECL",)}


class TableRow:
    """One row of a table, asked as a header is.

    Parameters
    ----------
    values : dict of str to object
        By the name of the column in capitals.
    """

    def __init__(self, values):
        self._values = values

    def get(self, keyword, default=None):
        """Return the value of a column, also under the name that catalogues give it."""
        for name in (keyword, *_OTHER_NAMES.get(keyword.upper(), ())):
            if (value := self._values.get(name.upper())) is not None:
                return value
        return default

    def keywords(self):
        """Return the names of the columns."""
        return list(self._values)


def find_table(hdus):
    """Return the only table of a file, None if there is none or several."""
    tables = [hdu.table for hdu in hdus if hdu.table is not None and len(hdu.table)]
    return tables[0] if len(tables) == 1 else None


def read_rows_of(table):
    """Return the rows of a table without its images."""
    names = [name for name in table.names if np.ndim(table[name]) == 1 and table[name].dtype.kind != "O"]
    columns = {name.upper(): table[name].tolist() for name in names}
    return [TableRow({name: values[row] for name, values in columns.items()}) for row in range(len(table))]


def images_of(table):
    """Return image, channels and row of each candidate of a table; an empty list if it has no images.

    Raises
    ------
    InputRejected
        ``no-image`` if several columns hold images and their names tell no role.
    """
    columns = {name: _images(np.asarray(table[name])) for name in table.names}
    columns = {name: images for name, images in columns.items() if images is not None}
    if not columns:
        return []
    roles = {}
    for name in columns:
        if role := _role(name):
            roles.setdefault(role, name)
    rows = read_rows_of(table)
    if roles:
        names = [role for role in TRIPLET if role in roles]
        return [(join_channels([columns[roles[role]][place] for role in names], names), tuple(names), row)
                for place, row in enumerate(rows)]
    if len(columns) > 1:
        raise InputRejected("no-image", f"no column says that it is the difference, science or template: "
                                        f"{', '.join(map(repr, columns))}. None of the images of {len(rows)} "
                                        f"rows was read. Name the columns SCIENCE, TEMPLATE, DIFFERENCE.")
    (images,) = columns.values()
    return [(*to_planes(images[place]), row) for place, row in enumerate(rows)]


def _role(name):
    """Return the role that the name of a column tells: ``cutout_science``, ``STAMP_DIFF``, ``ref``."""
    words = name.upper().replace("-", "_").split("_")
    last = words[-1].removeprefix("CUTOUT").removeprefix("STAMP")
    return ROLES.get(last) or ROLES.get(words[0])


def _images(values):
    """Return the values of a column as images, None if they are none; a vector may be a square."""
    if values.dtype.kind not in "fiu" or values.ndim < 2:
        return None
    if values.ndim == 2:
        side = math.isqrt(values.shape[1])
        if side < _SMALLEST or side * side != values.shape[1]:
            return None
        values = values.reshape(len(values), side, side)
    if min(values.shape[1:]) < 1 or sorted(values.shape[1:])[-2] < _SMALLEST:
        return None
    check_size(values.shape[1:])
    return values
