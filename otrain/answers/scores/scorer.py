"""Examples to rows of scores: the scorer of networks that give a probability for each class."""

from collections import Counter
from contextlib import contextmanager

import numpy as np

from otrain.answers.scores.focus import called_classes
from otrain.answers.scores.table import layout
from otrain.answers.threshold import checked_threshold
from otrain.data.tables.written import score_table, window_arrays
from otrain.errors import IntegrityError, UsageError

__all__ = ["ScoreScorer"]


class ScoreScorer:
    """Take windows of prepared examples, give their scores; see `otrain.answers.answer.Scorer`.

    Parameters
    ----------
    network : Network
    domain : Domain
    request : Request
        Its options: ``prob_ratio`` (examples of class 1 for each of class 0 that are expected) and
        ``uncertainty`` (passes with random dropout).

    Raises
    ------
    UsageError
        If the request is impossible.
    """

    title = "scoring"
    said = "scored"

    def __init__(self, network, domain, request):
        self.network, self.domain, self.seed, self.format = network, domain, request.seed, request.format
        self.prob_ratio, self.passes = request.options.get("prob_ratio"), request.options.get("uncertainty")
        asked = network.threshold if request.threshold is None else request.threshold
        self.threshold = checked_threshold(asked)
        network.shift(self.prob_ratio)
        if self.passes and request.format == "dat":
            raise UsageError("infer_results.dat has no column for the uncertainty. Choose --format ecsv.")
        self.fields, self._fill = layout(request.format, domain, network, threshold=self.threshold,
                                         uncertainty=bool(self.passes))

    @property
    def meta(self):
        """What the table says about itself."""
        meta = {"model": self.network.name, "model_id": self.network.identity,
                "calibration_id": self.network.calibration_id, "threshold": self.threshold}
        return meta if self.prob_ratio is None else meta | {"prob_ratio": self.prob_ratio}

    def request(self):
        """Return what decides the content of the table."""
        return {"threshold": self.threshold, "prob_ratio": self.prob_ratio, "uncertainty": self.passes,
                "seed": self.seed}

    def files(self, path):
        """Return no names: nothing lies beside the table."""
        return []

    def check(self, reading, path, *, overwrite):
        """Accept every source."""

    def begin(self, reading, path, on_progress):
        """Do nothing before the table."""

    def parts(self, reading, account, on_progress):
        """Yield ``(arrays, 0, counts)`` of one window after the other."""
        for images, columns in reading.windows(self.network, self.domain, account, on_progress,
                                               features=bool(self.passes)):
            scores, spread = self.score(images)
            called = called_classes(scores, self.threshold)
            counts = Counter({name: int(np.sum(called == index))
                              for index, name in enumerate(self.network.classes)})
            yield window_arrays(self._fill(columns, scores, spread), self.fields), 0, counts

    def score(self, images):
        """Return scores and their spread (None without passes) of prepared examples.

        Raises
        ------
        IntegrityError
            If a score is not finite.
        """
        if self.passes:
            scores, spread = self.network.scores_and_uncertainty(images, self.passes, seed=self.seed,
                                                                 prob_ratio=self.prob_ratio)
        else:
            scores, spread = self.network.scores(images, self.prob_ratio), None
        if not np.isfinite(scores).all():
            raise IntegrityError(f"the network {self.network.name!r} gives scores that are not finite. "
                                 "Train it again, or export it with otrain.")
        return scores, spread

    @contextmanager
    def output(self, path):
        """Write the windows to the table as they come."""
        with score_table(path, self.fields, format=self.format, meta=self.meta) as write:
            yield _Written(write)


class _Written:
    """A table that takes its windows as they are."""

    def __init__(self, write):
        self.add = write
