"""What the readers of data cubes share: from rows of a cube to examples."""

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.sizes import check_size
from otrain.domains.labels.classes import CLASSES
from otrain.domains.transients.columns import COLUMNS

__all__ = ["class_names", "count_rows", "read_rows"]

_ROWS = 1024  # rows whose columns are read at a time


def read_rows(path, rows=None):
    """Yield candidates of a cube, one by one.

    Parameters
    ----------
    path : path-like
        Whatever `open_cube` takes.
    rows : tuple of int, optional
        First and last-but-one row; all by default.

    Yields
    ------
    Example
        Its label is the name of the class, where the cube has others than real and bogus.

    Raises
    ------
    DataError, IntegrityError
        If there is no cube, or it is broken or refused.
    """
    from otrain.data.cubes.datacube import open_cube  # every run asks these readers, few need them

    # Windows are read of cubes only that were verified when they were counted.
    with open_cube(path, verified=rows is None) as cube:
        height, width, planes = (*cube.shape, 1)[:3]
        check_size((planes, height, width))
        start, stop = rows or (0, len(cube))
        known = [name for name in cube.columns if name in COLUMNS and name != "file"]
        stop = min(stop, len(cube))
        for first in range(start, stop, _ROWS):
            some = np.arange(first, min(first + _ROWS, stop))
            table = cube.columns_of(some)
            for place, row in enumerate(some.tolist()):
                values = {name: COLUMNS[name].kind(table[name][place]) for name in known}
                label = int(cube.labels[row])
                label = None if label < 0 else label if cube.classes == CLASSES else cube.classes[label]
                yield Example(cube.read([row])[0], cube.channels, values, label, row)


def class_names(path):
    """Return the names of the classes of a cube, in label order."""
    from otrain.data.cubes.datacube import open_cube

    with open_cube(path) as cube:
        return cube.classes


def count_rows(path):
    """Return the number of candidates of a cube, and notes on how it is read."""
    from otrain.data.cubes.datacube import open_cube

    with open_cube(path, verified=True) as cube:
        return len(cube), cube.notes
