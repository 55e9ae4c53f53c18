"""What every answer can do: the questions that a command asks about the replies of a network.

A task says what is asked of a network, an answer what is done with the replies. Commands
ask both and know neither: what differs from one kind of reply to another is here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

__all__ = ["Answer", "Drawn", "Explained", "Judgement", "Merit", "Output", "Replies", "Request", "Scorer",
           "Settled", "report_facts", "silent"]

# What a judgement needs to know, and no report shows under these names.
ASIDE = ("trained_on", "threshold_rows", "ranges", "class_weight", "stored", "domain")


def silent(done, total):
    """Show no progress: what `on_progress` is where nobody watches."""


def report_facts(facts):
    """Return the facts about network and cube that stand in a report as they are."""
    return {key: value for key, value in facts.items() if key not in ASIDE}


@dataclass(frozen=True)
class Replies:
    """What a network said about some rows of a cube, and the rows themselves.

    Parameters
    ----------
    cube : DataCube
        Open.
    rows : (n,) int ndarray
        Of the cube.
    channels : list of int
        Channels of the cube that the network gets.
    predictions : Predictions
        Columns, labels, raw replies (``logits``), scores and subset of the rows, as they are stored.
    encoding : dict
        How the task wrote its targets as numbers for the network, while a network is trained; else empty.
    """

    cube: Any
    rows: np.ndarray
    channels: list
    predictions: Any
    encoding: dict = field(default_factory=dict)

    def __len__(self):
        return len(self.rows)

    @property
    def raw(self):
        """The replies before anything is settled, (n, ...)."""
        return self.predictions.logits

    @property
    def subset(self):
        """Subset of each row, (n,) str."""
        return self.predictions.subset

    @property
    def labels(self):
        """Index of the true class of each row, (n,) int; -1 where it is not known."""
        return self.predictions.labels

    @property
    def columns(self):
        """The columns of the rows, by name."""
        return self.predictions.columns

    @property
    def channel_names(self):
        """Names of the channels that the network gets."""
        return [self.cube.channels[index] for index in self.channels]

    def read_images(self, some):
        """Return the examples of some rows as the network gets them, (len(some), ..., C) float32.

        Parameters
        ----------
        some : sequence of int
            Places among the rows.
        """
        return self.cube.read(self.rows[np.asarray(some, int)])[..., self.channels]

    def take(self, some):
        """Return the replies about some of the rows: their places, or one bool for each."""
        return Replies(self.cube, self.rows[some], self.channels, self.predictions.take(some), self.encoding)


@dataclass(frozen=True)
class Settled:
    """What the validation subset decides.

    Parameters
    ----------
    settings : object
        What the bundle keeps of it; ``to_dict()`` gives plain types.
    scores : (n,) or (n, K) ndarray
        What is stored beside each raw reply.
    material : object
        What was found out on the way, and need not be found out again by `Answer.judge`.
    """

    settings: Any
    scores: np.ndarray
    material: Any = None


@dataclass(frozen=True)
class Judgement:
    """What the replies are worth.

    Parameters
    ----------
    report : dict
        As in ``report.json``: plain types.
    replies : Replies
        Those that could be judged.
    settings : object
    material : object
        What tables and figures are made of.
    """

    report: dict
    replies: Replies
    settings: Any
    material: Any = None


@dataclass(frozen=True)
class Drawn:
    """Figures, and the numbers behind them.

    Parameters
    ----------
    figures : dict of str to Figure
        By the name of the file, without its ending.
    summary : dict
        Plain types.
    notes : tuple of str
        Which figures have no meaning here, and why.
    """

    figures: dict
    summary: dict
    notes: tuple = ()


@dataclass(frozen=True)
class Explained:
    """What was written about what a network looks at.

    Parameters
    ----------
    content : dict
        For ``explanation.json``: ``counts words`` and more.
    """

    content: dict


class Merit(Protocol):
    """How good a network is, as it is told against the number of labels.

    Attributes
    ----------
    fields : dict of str to Field
        Columns of the table of runs.
    said : tuple of str
        Which of them are said after each run.
    drawn, drawn_words : str
        Name of the learning curve that is drawn, and what it is in words.
    """

    def missing(self, cube, split, sizes):
        """Return in sentences what the test subset is too small to tell, known before the first run."""

    def numbers(self, cube, split, training, test):
        """Return the numbers of one run, by the names of `fields`; None where one is not defined."""

    def figures(self, table):
        """Return the figures of all runs: ``scores gap loss``."""

    def curves(self, cube, rows, sizes, raw, *, seed):
        """Return the fitted `LearningCurve` of each measure."""


@dataclass(frozen=True)
class Request:
    """What is asked of a scorer, besides its network.

    Parameters
    ----------
    format : str
        Of the table.
    threshold : float, optional
        By default that of the network.
    options : dict
        What only some answers know, by the name of the parameter (``prob_ratio uncertainty maps inject``);
        without those that nobody asked for.
    seed : int
    """

    format: str
    threshold: float | None = None
    options: dict = field(default_factory=dict)
    seed: int = 0


class Output(Protocol):
    """The table that grows while a source is scored."""

    def add(self, part):
        """Take the arrays of some examples, as `Scorer.parts` gave them, now or in an earlier process."""


class Scorer(Protocol):
    """Turns examples into rows of a table; for a folder, an array, a stream and a request alike.

    Attributes
    ----------
    fields : dict of str to Field
        Columns of the table.
    meta : dict
        What the table says about itself.
    title : str
        What is being done, for the bar of progress.
    said : str
        Optional: what was done to the counted examples, where no threshold tells them apart [scored].
    """

    def request(self):
        """Return what decides the content of the table, as plain types, for a resumed run."""

    def check(self, reading, path, *, overwrite):
        """Refuse what cannot be, before the long job."""

    def begin(self, reading, path, on_progress):
        """Do what comes before the table; return what a person is told about it, or None."""

    def parts(self, reading, account, on_progress):
        """Yield ``(arrays, ahead, counts)`` of some examples at a time, fit for a work log.

        `ahead` is the number of examples that were read but are not in it yet; `counts` say how many
        were given each class.
        """

    def output(self, path):
        """Return a context manager of an `Output`, which writes the table when it is left."""

    def files(self, path):
        """Return the names of files that lie beside the table."""


class Answer(Protocol):
    """One kind of reply; the catalogue of answers has one object for each.

    Attributes
    ----------
    name : str
        Key in the catalogue.
    calibrations : tuple of str
        Methods that turn a raw reply into a probability, the default first; empty: there is none.
    table : str
        Stem of the name of the table that otrain-infer writes.
    beside_inputs : bool
        Whether it lies in the folder of what was read, instead of the current one.
    formats : tuple of str
        Forms of this table, the default first.
    figure_names : tuple of str
        Names of the figures of otrain-plot-results, without those of single classes.
    options : tuple of str
        Names of the options of a `Request` that its scorers know.
    alarm : bool
        Whether its tables say which examples are unlike those of the training.
    golden : int
        Examples that a bundle may ship.
    title : str
        What is being done while replies are settled, for the bar of progress.
    """

    name: str
    options: tuple
    alarm: bool
    golden: int
    title: str
    calibrations: tuple
    table: str
    beside_inputs: bool
    formats: tuple
    figure_names: tuple

    def check(self, classes, *, calibration=None, threshold=None):
        """Refuse what cannot be settled or judged, before the long job."""

    def strata(self, cube):
        """Return the stratum of every row within which a split is dealt, (N,) int; -1: in no subset."""

    def settings(self, table):
        """Return the settings that ``to_dict()`` described; a bundle keeps them.

        Raises
        ------
        IntegrityError
            If they cannot be.
        """

    def scores(self, raw, settings):
        """Return what is stored beside raw replies that were not settled here, (n, ...)."""

    def card(self, settings, classes):
        """Return what the card of a network says of its settings: ``thresholds`` and ``limits``."""

    def settle(self, replies, domain, task, *, calibration, threshold, class_weight, on_progress):
        """Decide on validation; return `Settled`."""

    def judge(self, replies, settings, domain, task, facts, *, seed, material=None, asked=None,
              on_progress=silent):
        """Judge; return a `Judgement`, whose report holds `facts` and ``notes``."""

    def write_run(self, run, judgement, network, domain, task, *, seed):
        """Write what otrain-train leaves besides network, bundle, predictions and report.json."""

    def write_diagnosis(self, folder, judgement, domain, task, *, seed, asked=None):
        """Write what otrain-diagnostics leaves besides report.json; return the number of pictures by kind."""

    def figures(self, replies, settings, domain, task, facts, *, threshold, bins, mag_max, errmag_max,
                on_progress=silent):
        """Return what otrain-plot-results draws, as `Drawn`."""

    def scorer(self, network, domain, request):
        """Return the `Scorer` of a network."""

    def explain(self, folder, model, replies, settings, domain, task, facts, **asked):
        """Write what a network looks at into a `HeatMapDirectory`; return `Explained`."""

    def merit(self, classes, task, domain):
        """Return `Merit`: what is told against the number of labels."""


Progress = Callable[[int, int], None]
Paths = list[Path]
