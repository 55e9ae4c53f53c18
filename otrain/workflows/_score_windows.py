"""Prepared examples in windows: as many as are scored and written at a time."""

import os

import numpy as np

from otrain.data.quarantine import QuarantineRow
from otrain.errors import DataError

__all__ = ["cube_windows", "file_windows", "is_cube"]

WINDOW = 2048  # examples
WINDOW_BYTES = 16 << 20
CUBE_FILES = ("cube.json", "data_stamps.h5")


def is_cube(source):
    """Tell whether a source is one data cube, not candidate files."""
    if not isinstance(source, (str, os.PathLike)):
        return False
    source = os.fspath(source)
    if os.path.isdir(source):
        return any(os.path.isfile(os.path.join(source, name)) for name in CUBE_FILES)
    return os.path.isfile(source) and source.lower().endswith((".npz", ".h5", ".hdf5"))


def file_windows(examples, domain, network, tally, quarantine):
    """Yield ``(images, columns)`` of examples as they come from files.

    An example of another shape than the network takes is quarantined.

    Parameters
    ----------
    examples : iterable of (Input, Example)
    domain : Domain
    network : Bundle or KerasNetwork
    tally : Tally
    quarantine : list of QuarantineRow

    Yields
    ------
    images : (n, ..., C) float32 ndarray
    columns : dict of str to list
        The columns of the domain, ``label`` and ``position``.
    """
    size, window = _window(network.shape), []
    for item, example in examples:
        if example.image.shape != network.shape:
            tally.kept -= 1
            tally.quarantine("bad-shape")
            quarantine.append(QuarantineRow(
                item.name, "bad-shape", f"the network takes examples of shape {network.shape}. "
                f"Received: {example.image.shape}.", example.position))
            continue
        window.append(example)
        if len(window) == size:
            yield _stacked(window, domain)
            window = []
    if window:
        yield _stacked(window, domain)


def _window(shape):
    """Return how many examples make a window: whole batches, a few megabytes."""
    room = WINDOW_BYTES // (4 * int(np.prod(shape)))
    return max(64, min(WINDOW, room // 64 * 64))


def _stacked(examples, domain):
    columns = {name: [example.columns.get(name, column.missing) for example in examples]
               for name, column in domain.columns.items()}
    columns["label"] = [-1 if example.label is None else example.label for example in examples]
    columns["position"] = [example.position for example in examples]
    return np.stack([example.image for example in examples]), columns


def cube_windows(cube, domain, network, tally, quarantine, on_progress):
    """Yield ``(images, columns)`` of a data cube; rows without a finite pixel are quarantined.

    Raises
    ------
    DataError
        If the cube lacks a channel of the network or has another size.
    """
    absent = [name for name in network.channels if name not in cube.channels]
    if absent:
        raise DataError(f"{cube.path}: the cube has no channel {', '.join(absent)}. It has: "
                        f"{', '.join(cube.channels)}.")
    if cube.shape[:-1] != network.shape[:-1]:
        raise DataError(f"{cube.path}: the network takes examples of {_by(network.shape)} pixel, the cube "
                        f"has {_by(cube.shape)}. Make the cube again with --cutout-size.")
    channels = [cube.channels.index(name) for name in network.channels]
    size = _window(cube.shape)
    for start in range(0, len(cube), size):
        rows = np.arange(start, min(start + size, len(cube)))
        images = np.ascontiguousarray(cube.read(rows)[..., channels])
        usable = np.isfinite(images).any(axis=tuple(range(1, images.ndim)))
        for row in rows[~usable].tolist():
            tally.quarantine("no-finite-pixel")
            quarantine.append(QuarantineRow(_file(cube, row), "no-finite-pixel",
                                            "no pixel has a finite value.", row))
        on_progress(int(rows[-1]) + 1, len(cube))
        rows = rows[usable]
        tally.kept += len(rows)
        if len(rows):
            yield images[usable], _columns(cube, domain, rows)


def _columns(cube, domain, rows):
    columns = {name: cube.columns[name][rows] if name in cube.columns else [column.missing] * len(rows)
               for name, column in domain.columns.items()}
    return columns | {"label": cube.labels[rows], "position": rows}


def _file(cube, row):
    return str(cube.columns["file"][row]) if "file" in cube.columns else str(cube.path)


def _by(shape):
    return "x".join(map(str, shape[:-1]))
