"""Images to rows: how many pixels of each class an image has, and the probabilities beside the table."""

from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.answers.images.pixels import pixel_probabilities
from otrain.answers.threshold import checked_threshold
from otrain.data.files.marks import completed
from otrain.data.results.image_store import image_store
from otrain.data.results.side_files import file_hash
from otrain.data.tables.written import Field, score_table, window_arrays
from otrain.errors import IntegrityError

__all__ = ["ImageScorer", "images_path"]


class ImageScorer:
    """Take windows of prepared examples, give the classes of their pixels; see `answers.answer.Scorer`.

    Parameters
    ----------
    network : Network
    domain : Domain
    request : Request
        Its option ``maps``: whether the probability of every pixel is written beside the table.
    """

    title = "marking"
    said = "marked"

    def __init__(self, network, domain, request):
        self.network, self.domain, self.format = network, domain, request.format
        asked = network.threshold if request.threshold is None else request.threshold
        self.threshold, self.maps = checked_threshold(asked), request.options.get("maps", True)
        self.kinds = network.classes[1:]
        self.fields = {"file": domain.columns["file"],
                       "position": Field(int, "", "place in its file, from 0")}
        self.fields |= {name: column for name, column in domain.columns.items() if name not in self.fields}
        for kind in self.kinds:
            self.fields |= {f"pixels_{kind}": Field(int, "", f"pixels called {kind}"),
                            f"highest_{kind}": Field(float, "", f"highest probability of {kind} of a pixel")}
        self.fields |= {"threshold": Field(float), "model_id": Field(str), "calibration_id": Field(str),
                        "otrain_version": Field(str)}

    @property
    def meta(self):
        """What the table says about itself."""
        return {"model": self.network.name, "model_id": self.network.identity,
                "calibration_id": self.network.calibration_id, "threshold": self.threshold}

    def request(self):
        """Return what decides the content of the table."""
        return {"threshold": self.threshold, "maps": self.maps}

    def files(self, path):
        """Return the name of the file of probabilities."""
        return [images_path(path).name]

    def check(self, reading, path, *, overwrite):
        """Accept every source."""

    def begin(self, reading, path, on_progress):
        """Do nothing before the table."""

    def parts(self, reading, account, on_progress):
        """Yield ``(arrays, 0, counts)`` of one window after the other."""
        for images, columns in reading.windows(self.network, self.domain, account, on_progress):
            probability = self.score(images)
            rows, counts = self._rows(images, probability, columns)
            part = window_arrays(rows, self.fields)
            if self.maps:
                part["image_probability"] = probability.astype(np.float32)
            yield part, 0, counts

    def score(self, images):
        """Return the probability of every class but the first at each pixel, (N, H, W, K - 1); NaN: no value.

        Raises
        ------
        IntegrityError
            If a reply is not finite.
        """
        raw = self.network.logits(images)
        if not np.isfinite(raw).all():
            raise IntegrityError(f"the network {self.network.name!r} gives scores that are not finite. "
                                 "Train it again, or export it with otrain.")
        probability = pixel_probabilities(raw, self.network.settings, self.network.classes)
        return np.where(np.isfinite(images[..., :1]), probability, np.nan)

    def _rows(self, images, probability, columns):
        """Return the columns of one window, and how many images have a pixel of each class."""
        rows = {name: columns[name] for name in self.fields if name in columns}
        counts = Counter()
        for index, kind in enumerate(self.kinds):
            mine = np.nan_to_num(probability[..., index], nan=0.0).reshape(len(images), -1)
            called = (mine >= self.threshold).sum(axis=1)
            rows |= {f"pixels_{kind}": called, f"highest_{kind}": mine.max(axis=1)}
            counts[kind] = int(np.sum(called > 0))
        whole = {"threshold": self.threshold, "model_id": self.network.identity,
                 "calibration_id": self.network.calibration_id, "otrain_version": __version__}
        return rows | {name: [value] * len(images) for name, value in whole.items()}, counts

    @contextmanager
    def output(self, path):
        """Write rows, and probabilities beside them, as they come."""
        with ExitStack() as stack:
            write_images = self.maps and stack.enter_context(
                image_store(images_path(path), kinds=self.kinds, meta=self.meta))

            def finish(table):
                if write_images:
                    write_images.of_table(file_hash(table))
                stack.close()

            with (completed(path, finish),
                  score_table(path, self.fields, format=self.format, meta=self.meta) as write):
                yield _Written(write, write_images or None, self.fields)


class _Written:
    """The table and the file of probabilities."""

    def __init__(self, write, write_images, fields):
        self._write, self._write_images, self._fields = write, write_images, fields

    def add(self, part):
        """Take one window."""
        self._write({name: part[name] for name in self._fields})
        if self._write_images is not None:
            self._write_images(part["image_probability"])


def images_path(path):
    """Return where the probabilities of a table lie."""
    path = Path(path)
    return path.with_name(f"{path.stem}.maps.h5")
