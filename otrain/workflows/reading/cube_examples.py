"""The rows of a data cube as examples, one by one, as files give them."""

from types import SimpleNamespace

import numpy as np

from otrain.data.inputs.example import Example
from otrain.workflows.reading.verified_cube import open_verified

__all__ = ["cube_examples"]

CUBE_BYTES = 16 << 20  # of a cube that are read at a time


def cube_examples(path, account, on_progress):
    """Yield the rows of a cube as ``(Input, Example)``, those that are done left out."""
    with open_verified(path) as cube:
        account.place.require(cube.identity)
        size = max(1, CUBE_BYTES // (4 * int(np.prod(cube.shape))))
        for start in range(account.place.inputs, len(cube), size):
            rows = np.arange(start, min(start + size, len(cube)))
            columns = cube.columns_of(rows)
            for place, (row, image) in enumerate(zip(rows.tolist(), cube.read(rows), strict=True)):
                mine = {name: values[place].item() for name, values in columns.items()}
                account.place.outcomes = 1
                account.tally.kept += 1
                yield SimpleNamespace(name=str(mine.get("file", path))), Example(
                    image, cube.channels, mine, position=row)
                account.place.inputs, account.place.outcomes = row + 1, 0
            on_progress(int(rows[-1]) + 1, len(cube))
