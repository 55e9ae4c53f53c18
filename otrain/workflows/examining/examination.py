"""What otrain-doctor knows of every example, gathered while a cube or a folder is read once."""

import os
from collections import Counter
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path

import numpy as np

from otrain.catalogue import DOMAINS
from otrain.data.cubes.meta import row_digests, target_channels
from otrain.data.inputs.listing import is_one_source, named_source
from otrain.data.inputs.quarantine import Tally
from otrain.errors import DataError
from otrain.evaluation.image_checks import measure
from otrain.workflows.progress import progress
from otrain.workflows.reading.guess import guess_domain
from otrain.workflows.reading.intake import default_jobs, intake
from otrain.workflows.reading.verified_cube import CUBE_ENDINGS, is_cube, open_verified

__all__ = ["Examination", "examine"]

_TOGETHER = 32  # files of one size that are measured at a time


@dataclass
class Examination:
    """Every example in a few numbers; about 300 bytes each, besides the columns.

    Parameters
    ----------
    classes : tuple of str
        In label order.
    labels : (N,) int ndarray
        -1 where the class is not known.
    columns : dict of str to (N,) ndarray
    measured : dict of str to ndarray
        See `otrain.evaluation.image_checks.measure`.
    digests : (N, 2) uint64 ndarray
        First half of the SHA-256 of the pixels.
    layouts : Counter
        Number of examples by ``(shape, channels)``.
    tally : Tally
        What became of every input.
    quarantine : list of QuarantineRow
    judged_channel : str
        Channel that was looked at.
    domain : Domain, optional
    own : dict of str to (N,) ndarray
        What the domain measures.
    identity : str or None
        Of a cube.
    read : callable
        ``read(rows) -> list of (..., C) ndarray``.
    """

    classes: tuple
    labels: np.ndarray
    columns: dict
    measured: dict
    digests: np.ndarray
    layouts: Counter
    tally: Tally
    quarantine: list = field(default_factory=list)
    judged_channel: str = ""
    identity: str | None = None
    read: object = None
    domain: object = None
    own: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.labels)


def examine(source, *, centre=False, domain=None, labels=None, classes=None, reader=None,
            mapping=None, jobs=None):
    """Read a data cube or a folder of candidates and measure every example.

    Parameters
    ----------
    source : path-like
        A data cube of any store, or what the domain's `list_inputs` takes.
    centre : bool
        Whether to keep the centre of each image, for a classifier.
    domain, labels, classes, reader, mapping
        For a folder, as otrain-convert takes them; by default the domain that the names of its files tell.
    jobs : int, optional
        Reading processes for a folder; by default one per core.

    Returns
    -------
    Examination

    Raises
    ------
    DataError
        If there is no example to examine.
    """
    if is_one_source(source) and _is_cube_or_nothing(os.fsdecode(source)):
        return _examine_cube(Path(source), centre)
    return _examine_folder(source, centre, DOMAINS.load(domain or guess_domain(source)), labels=labels,
                           classes=classes, reader=reader, mapping=mapping, jobs=jobs)


def _is_cube_or_nothing(path):
    """Tell whether a path is that of a cube; also where nothing is, as who opens a cube says so."""
    if os.path.exists(path):
        return is_cube(path)
    return path.lower().endswith(CUBE_ENDINGS) or not has_magic(os.path.basename(path))


def _examine_cube(path, centre):
    """Measure the rows of a cube, batch by batch."""
    cube = open_verified(path)
    if len(cube) == 0:
        raise DataError(f"{path}: the cube has no examples to examine.")
    domain = DOMAINS.load(cube.meta["domain"])
    found, counts = _Measured(centre, domain), cube.meta.get("counts") or {}
    # What is to be learnt from the examples is no part of them: a class of pixels is constant and saturated.
    kept = [index for index, name in enumerate(cube.channels) if name not in target_channels(cube.meta)]
    channels = tuple(cube.channels[index] for index in kept)
    with progress("examining") as on_progress:
        for images in cube.batches():
            found.add(images[..., kept], channels)
            on_progress(len(found), len(cube))
    tally = Tally(counts.get("kept", len(cube)), Counter(counts.get("skipped")),
                  Counter(counts.get("quarantined")), dict(counts.get("remarks") or {}))
    return Examination(cube.classes, cube.labels, cube.columns, found.arrays(), found.digests(),
                       found.layouts, tally, judged_channel=channels[_judged(channels, domain)],
                       identity=cube.identity, domain=domain, own=found.own(),
                       read=lambda rows: list(cube.read(np.asarray(rows, int))[..., kept]))


def _examine_folder(source, centre, domain, *, labels, classes, reader, mapping, jobs):
    """Measure the candidates of a folder, file by file, whatever their sizes."""
    tally, quarantine, table, places, listings = Tally(), [], _Table(domain), [], []
    recipe, asked = domain.preparation.make_recipe(), classes
    if classes is None and domain.cube.any_classes:
        asked = "folders"
    found = _Measured(centre, domain)
    with progress("examining") as on_progress:
        for item, example in intake(source, domain, recipe, labels=labels, classes=asked, reader=reader,
                                    mapping=mapping, on_listing=listings.append,
                                    workers=default_jobs() if jobs is None else jobs, tally=tally,
                                    quarantine=quarantine, on_progress=on_progress):
            found.add_one(example.image, example.channels)
            table.add(example)
            places.append((item, example.position))
    if not places:
        raise DataError(f"{named_source(source)}: no usable {domain.source.what} to examine: {tally}.")
    classes = listings[0].classes or domain.classes
    door = domain.source.make_door(recipe, reader=reader, mapping=mapping,
                                   labels=listings[0].labels or labels, **_other(classes, domain))
    measured = found.arrays()  # before the layouts are asked: the last few images wait for more
    channels = found.layouts.most_common(1)[0][0][1]
    return Examination(classes, table.labels(classes), table.columns(), measured, found.digests(),
                       found.layouts, tally, quarantine, channels[_judged(channels, domain)],
                       domain=domain, own=found.own(),
                       read=lambda rows: [_read_again(door, *places[row]) for row in rows])


def _other(classes, domain):
    return {} if classes == domain.classes else {"classes": classes}


def _read_again(door, item, position):
    """Return the image of a candidate that was read before."""
    for outcome in door(item):
        example = getattr(outcome, "example", None)
        if example is not None and example.position == position:
            return example.image
    raise DataError(f"{item.path}: changed while it was examined. Run otrain-doctor again.")


def _judged(channels, domain):
    """Index of the channel that the domain looks at, else of the first."""
    return channels.index(domain.cube.judged) if domain.cube.judged in channels else 0


def _as_images(examples):
    """Return examples of any number of axes as images (n, H, W, C): a series is one pixel wide."""
    if examples.ndim == 3:
        return examples[:, :, None]
    return examples.reshape(len(examples), examples.shape[1], -1, examples.shape[-1])


class _Measured:
    """Collect what `measure` says, in order, whatever the sizes of the images."""

    def __init__(self, centre, domain):
        self._centre, self._domain, self._parts, self._digests = centre, domain, [], []
        self._waiting, self._channels, self._own = [], (), []
        self._count, self.layouts = 0, Counter()

    def __len__(self):
        return self._count

    def add(self, images, channels):
        """Take a batch of one size."""
        judged, domain = _judged(channels, self._domain), self._domain.examination
        if domain is not None and domain.measure is not None:
            self._own.append(domain.measure(images, tuple(channels)))
        self._parts.append(measure(_as_images(images), judged, centre=self._centre))
        self._digests.append(np.frombuffer(b"".join(row_digests(images)), np.uint64).reshape(-1, 4)[:, :2])
        self._count += len(images)
        self.layouts[tuple(images.shape[1:-1]), tuple(channels)] += len(images)

    def add_one(self, image, channels):
        """Take one image; those of one layout wait for each other."""
        if self._waiting and (self._waiting[0].shape != image.shape or self._channels != channels):
            self._flush()
        self._channels = channels
        self._waiting.append(image)
        if len(self._waiting) == _TOGETHER:
            self._flush()

    def _flush(self):
        if self._waiting:
            self.add(np.stack(self._waiting), self._channels)
            self._waiting = []

    def arrays(self):
        """Return the measures of all images."""
        self._flush()
        return {name: np.concatenate([part[name] for part in self._parts]) for name in self._parts[0]}

    def own(self):
        """Return what the domain measures of all images."""
        self._flush()
        names = self._own[0] if self._own else ()
        return {name: np.concatenate([part[name] for part in self._own]) for name in names}

    def digests(self):
        """Return 128 bits for the pixels of each image."""
        self._flush()
        return np.concatenate(self._digests)


class _Table:
    """Collect labels and columns of examples; what an example lacks is missing."""

    def __init__(self, domain):
        self._domain, self._labels = domain, []
        self._values = {name: [] for name in domain.columns}

    def add(self, example):
        """Take the columns of one example."""
        self._labels.append(example.label)
        for name, column in self._domain.columns.items():
            self._values[name].append(example.columns.get(name, column.missing))

    def labels(self, classes):
        """Return the label of each example, (N,) int; -1 where it is none of the classes."""
        known = {None: -1} | {name: index for index, name in enumerate(classes)}
        return np.array([known.get(label, -1) if label is None or isinstance(label, str) else int(label)
                         for label in self._labels], int)

    def columns(self):
        """Return the columns as arrays."""
        kinds = {float: float, str: str, bool: bool, int: int}
        return {name: np.array(values, kinds[self._domain.columns[name].kind])
                for name, values in self._values.items()}
