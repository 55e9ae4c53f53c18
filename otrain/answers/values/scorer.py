"""Examples to rows of values: each number with its deviation and four quantiles."""

from collections import Counter
from contextlib import contextmanager

import numpy as np

from otrain import __version__
from otrain.answers.values.given import SIDE_OF_68, given_values
from otrain.answers.values.proof import ValueProof
from otrain.data.tables.written import Field, score_table, window_arrays
from otrain.errors import IntegrityError, UsageError

__all__ = ["QUANTILES", "ValueScorer", "value_columns", "value_fields"]

# By the ending of the column: normal quantile and percentage.
QUANTILES = {"p2_5": (-1.9599639845400545, 2.5), "p16": (-SIDE_OF_68, 16),
             "p84": (SIDE_OF_68, 84), "p97_5": (1.9599639845400545, 97.5)}


UNLIKE_THE_TRAINING = "unlike the training"  # how many are flagged, among the counts

# Of a network with an alarm.
UNLIKE = {"ood": Field(float, "", "distance from the training examples; above 1 unlike them"),
          "ood_flag": Field(bool, "", "whether the example is unlike those of the training")}


def value_fields(names, units):
    """Return the fields of values, by the name of the column: ``NAME NAME_std NAME_p2_5 ...`` for each."""
    fields = {}
    for name, unit in zip(names, units, strict=True):
        fields[name] = Field(float, unit, f"{name} as the network gives it")
        fields[f"{name}_std"] = Field(float, unit, f"standard deviation of {name}, calibrated")
        fields |= {f"{name}_{ending}": Field(float, unit, f"{percent:g} % quantile of {name}, calibrated")
                   for ending, (_, percent) in QUANTILES.items()}
    return fields


def value_columns(given):
    """Return the columns of `value_fields`.

    Parameters
    ----------
    given : GivenValues
    """
    quantiles = {ending: given.quantile(score) for ending, (score, _) in QUANTILES.items()}
    columns = {}
    for index, name in enumerate(given.settings.names):
        columns |= {name: given.value[:, index], f"{name}_std": given.sd[:, index]}
        columns |= {f"{name}_{ending}": table[:, index] for ending, table in quantiles.items()}
    return columns


class ValueScorer:
    """Take windows of prepared examples, give their values; see `otrain.answers.answer.Scorer`.

    Parameters
    ----------
    network : Network
    domain : Domain
    request : Request
    """

    title = "measuring"
    said = "measured"
    threshold = None

    def __init__(self, network, domain, request):
        if request.threshold is not None:
            raise UsageError("--threshold has no meaning for this network, which gives numbers. "
                             "Leave it out.")
        self.network, self.domain, self.format = network, domain, request.format
        settings = network.settings
        self.fields = {"file": domain.columns["file"],
                       "position": Field(int, "", "place in its file, from 0"),
                       "candid": domain.columns["candid"]}
        self.fields |= value_fields(settings.names, settings.units)
        self.proof = None
        if "proof" in request.options:
            self.proof = ValueProof(network, domain, request.options["proof"], request.seed)
            self.fields |= self.proof.fields
        self.alarm = getattr(network, "alarm", None)
        if self.alarm is not None:
            self.fields |= UNLIKE
        self.fields |= {"model_id": Field(str), "calibration_id": Field(str), "otrain_version": Field(str)}

    @property
    def meta(self):
        """What the table says about itself."""
        return {"model": self.network.name, "model_id": self.network.identity,
                "calibration_id": self.network.calibration_id,
                "calibration": self.network.settings.intervals.method}

    def request(self):
        """Return what decides the content of the table, besides the network."""
        alarm = {} if self.alarm is None else {"alarm": self.network.alarm_id}
        return alarm if self.proof is None else alarm | self.proof.request()

    def files(self, path):
        """Return no names: nothing lies beside the table."""
        return []

    def check(self, reading, path, *, overwrite):
        """Accept every source."""

    def begin(self, reading, path, on_progress):
        """Do nothing before the table."""

    def parts(self, reading, account, on_progress):
        """Yield ``(arrays, 0, counts)`` of one window after the other."""
        unlike = {} if self.alarm is None else {"unlikeness": True}
        more = unlike if self.proof is None else unlike | {"images": True}  # themselves
        for images, columns in reading.windows(self.network, self.domain, account, on_progress, **more):
            replies = self.network.answers(images, **unlike) if unlike else images
            given = self.score(replies)
            rows = {name: columns[name] for name in ("file", "position", "candid")} | value_columns(given)
            rows |= {name: [value] * len(given) for name, value in {
                "model_id": self.network.identity, "calibration_id": self.network.calibration_id,
                "otrain_version": __version__}.items()}
            counts = Counter({self.domain.example: len(given)})
            if unlike:
                rows |= {"ood": replies.unlikeness, "ood_flag": replies.unlikeness > 1}
                counts[UNLIKE_THE_TRAINING] = int(np.sum(rows["ood_flag"]))
            if self.proof is not None:
                rows |= self.proof.columns(images, columns, given, jobs=reading.crew["workers"] or 0)
            yield window_arrays(rows, self.fields), 0, counts

    def score(self, images):
        """Return the `GivenValues` of prepared examples.

        Raises
        ------
        IntegrityError
            If a number is not finite.
        """
        raw = self.network.logits(images)
        if not np.isfinite(raw).all():
            raise IntegrityError(f"the network {self.network.name!r} gives numbers that are not finite. "
                                 "Train it again, or export it with otrain.")
        return given_values(raw, self.network.settings)

    @contextmanager
    def output(self, path):
        """Write the windows to the table as they come."""
        with score_table(path, self.fields, format=self.format, meta=self.meta) as write:
            yield _Written(write)


class _Written:
    """A table that takes its windows as they are."""

    def __init__(self, write):
        self.add = write
