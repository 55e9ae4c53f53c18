"""Prepared examples in windows: as many as are scored and written at a time."""

import json
import os

import numpy as np

from otrain.bundle.bundle import Bundle
from otrain.bundle.outputs import Answer, join_answers
from otrain.data.inputs.file_names import name_after_files
from otrain.data.inputs.quarantine import QuarantineRow
from otrain.errors import DataError
from otrain.workflows.reading.account import Place

__all__ = ["Asking", "content_of", "cube_windows", "file_windows", "network_channels", "scoring_recipe"]

WINDOW = 2048  # examples
WINDOW_BYTES = 16 << 20
SMALL = 1 << 17  # values of an example of which a worker scores a batch in little memory


def scoring_recipe(domain, network, changes=None):
    """Return the preparation of the training cube; cutouts of any size are cut to that of the network.

    Parameters
    ----------
    domain : Domain
    network : Bundle or KerasNetwork
    changes : dict, optional
        Values in place of those of the recipe, e.g. ``{"pad": True}``.
    """
    # A cube of O'TRAIN 0.1 has no recipe.
    recipe = domain.preparation.make_recipe() | network.recipe | (changes or {})
    if len(network.shape) == 3 and network.shape[0] == network.shape[1]:
        recipe["size"] = network.shape[0]
    return recipe | {"channels": list(network.channels)}


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
    images : (n, ..., C) float32 ndarray, or Answers
        Answers where the workers have asked the network, see `Asking`.
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
    rows = [example.columns for example in examples]
    columns = {}
    for name, column in domain.columns.items():
        missing = column.missing
        columns[name] = [row.get(name, missing) for row in rows]
    columns["label"] = [-1 if example.label is None else example.label for example in examples]
    columns["position"] = [example.position for example in examples]
    if "candid" in columns:
        columns["candid"] = name_after_files(columns["candid"], columns["file"], columns["position"]).tolist()
    images = [example.image for example in examples]
    return join_answers(images) if isinstance(images[0], Answer) else np.stack(images), columns


class Asking:
    """Ask the network about each example in the worker that read it, before it leaves it.

    On two cores that takes a tenth less time than to send the images and score them
    elsewhere, and it is not slowed down by one process on many. For `intake`, as `finish`.

    Parameters
    ----------
    bundle : Bundle
    features : bool
        Whether the answers need features.
    unlikeness : bool
        Whether they need the distance from the training.
    threads : int
        Batches that are computed at once, where a file has many candidates.
    """

    def __init__(self, bundle, features, unlikeness, threads):
        self.bundle, self.features, self.unlikeness, self.threads = bundle, features, unlikeness, threads
        self.together = bundle.manifest["batch"]
        self._waiting = []

    def __reduce__(self):
        return Asking, (self.bundle, self.features, self.unlikeness, self.threads)

    @staticmethod
    def can_ask(network):
        """Tell whether a network can be asked in a worker: a small one that answers with few numbers."""
        return (isinstance(network, Bundle) and len(network.manifest["outputs"]["logits"]) < 2
                and int(np.prod(network.shape)) <= SMALL)

    def __call__(self, example, place):
        """Let an example wait for the next batch."""
        if example.image.shape == self.bundle.shape:  # others are rejected
            self._waiting.append(example)

    def flush(self):
        """Put an `Answer` in the place of every image that waits."""
        waiting, self._waiting = self._waiting, []
        size = _window(self.bundle.shape)
        for start in range(0, len(waiting), size):
            part = waiting[start:start + size]
            answers = self.bundle.answers(np.stack([example.image for example in part]),
                                          features=self.features, unlikeness=self.unlikeness,
                                          threads=self.threads)
            for example, answer in zip(part, answers.each(self.bundle.shape)):
                example.image = answer


def cube_windows(cube, domain, network, tally, quarantine, on_progress, *, recipe=None, place=None):
    """Yield ``(images, columns)`` of a data cube, prepared as files are; rejected rows are quarantined.

    Parameters
    ----------
    cube : DataCube
    domain, network, tally, quarantine
        As for `file_windows`.
    on_progress : callable
        ``on_progress(done, total)`` after each window.
    recipe : dict, optional
        How rows are prepared. By default as for the network, and the cube must have its size.
    place : Place, optional
        Row to begin with; moved on before each window is yielded.

    Raises
    ------
    DataError
        If the cube lacks a channel of the network or has another size.
    """
    network_channels(cube, network)
    fits = cube.shape[:-1] == network.shape[:-1]
    if recipe is not None and not fits:  # larger ones are cut, smaller ones padded where that is asked for
        larger = all(a >= b for a, b in zip(cube.shape[:-1], network.shape[:-1], strict=True))
        fits = len(set(network.shape[:-1])) == 1 and (larger or recipe["pad"])
    if not fits:
        unit, flag = ("pixel", "--cutout-size") if len(cube.shape) > 2 else ("points", "--length")
        raise DataError(f"{cube.path}: the network takes examples of {_by(network.shape)} {unit}, the cube "
                        f"has {_by(cube.shape)}. Make the cube again with {flag}.")
    recipe = recipe or scoring_recipe(domain, network)
    size, place = _window(cube.shape), place or Place()
    place.require(content_of(cube))
    for start in range(place.inputs, len(cube), size):
        rows = np.arange(start, min(start + size, len(cube)))
        images, usable, faults = domain.preparation.prepare_rows(cube.read(rows), cube.channels, recipe)
        for row, fault in faults.items():
            tally.quarantine(fault.reason)
            quarantine.append(QuarantineRow(_file(cube, rows[row]), fault.reason, fault.words,
                                            int(rows[row])))
        on_progress(int(rows[-1]) + 1, len(cube))
        rows = rows[usable]
        tally.kept += len(rows)
        place.inputs = min(start + size, len(cube))
        if len(rows):
            yield images, _columns(cube, domain, rows)


def network_channels(cube, network):
    """Return the indices of the channels of a network in a cube.

    Raises
    ------
    DataError
        If one is missing.
    """
    absent = [name for name in network.channels if name not in cube.channels]
    if absent:
        raise DataError(f"{cube.path}: the cube has no channel {', '.join(absent)}. It has: "
                        f"{', '.join(cube.channels)}.")
    return [cube.channels.index(name) for name in network.channels]


def content_of(cube):
    """Return what tells a cube from another one, without reading its images."""
    if recorded := cube.meta.get("hashes"):
        return json.dumps(recorded, sort_keys=True)
    status = os.stat(cube.path)
    return f"{len(cube)} rows, {status.st_size} bytes of {status.st_mtime_ns}"


def _columns(cube, domain, rows):
    known = cube.columns_of(rows)
    columns = {name: known[name] if name in known else [column.missing] * len(rows)
               for name, column in domain.columns.items()}
    return columns | {"label": cube.labels[rows], "position": rows}


def _file(cube, row):
    return str(cube.columns_of([row])["file"][0]) if "file" in cube.columns else str(cube.path)


def _by(shape):
    return "x".join(map(str, shape[:-1]))
