"""The table of a batch of trainings: what was tried, how good it became, the best first."""

import math
from dataclasses import dataclass, field

from otrain.data.tables.written import Field, score_table

__all__ = ["Trained", "best_of", "write_batch_table"]

SUBSETS = ("validation", "test")
LOSS = "least_val_loss"  # what runs without the wanted number are sorted by, and those that are equal


@dataclass(frozen=True)
class Trained:
    """One run of a batch.

    Parameters
    ----------
    name : str
        Of its folder.
    swept : dict
        What distinguishes it from the others.
    code : int
        Exit code of its otrain-train.
    report : dict
        As in ``report.json``; empty where it failed.
    seconds : float
        Of the training.
    """

    name: str
    swept: dict
    code: int = 0
    report: dict = field(default_factory=dict)
    seconds: float = math.nan

    def validation(self, measure):
        """Return the number on validation that `best_of` sorts by."""
        return self.loss if measure == LOSS else self.value("validation", measure)

    @property
    def status(self):
        """Whether it is finished."""
        return "failed" if self.code else "finished"

    @property
    def words(self):
        """How it ended, in a few words."""
        if self.code < 0:
            return f"ended by signal {-self.code}"
        return f"exit code {self.code}" if self.code else f"finished  {self.seconds:.1f} s"

    def value(self, subset, name):
        """Return a number of the report on a subset; None where it states none."""
        entry = self.report.get("metrics", {}).get(subset, {}).get(name)
        value = entry.get("value") if isinstance(entry, dict) else None
        return value if isinstance(value, int | float) and math.isfinite(value) else None

    @property
    def loss(self):
        """Least loss of the validation subset after an epoch; None where there is none."""
        losses = [loss for loss in (self.report.get("history") or {}).get("val_loss", ()) if loss is not None]
        return min(losses) if losses and all(map(math.isfinite, losses)) else None

    @property
    def measures(self):
        """Subset and name of every number of the report."""
        metrics = self.report.get("metrics", {})
        return [(subset, name) for subset in SUBSETS for name in metrics.get(subset, {})
                if self.value(subset, name) is not None]


def best_of(trained, measure):
    """Sort runs by a number on validation, the best first, then by the least loss; the failed at the end.

    Parameters
    ----------
    trained : list of Trained
    measure : str
        The larger the better.

    Returns
    -------
    measure : str or None
        ``least_val_loss`` where no run has the wanted number; None where nothing is known of any.
    rows : list of Trained
    """
    def key(one):
        value, loss = one.value("validation", measure), one.loss
        return (bool(one.code), value is None, 0.0 if value is None else -value,
                math.inf if loss is None else loss)

    rows = sorted(trained, key=key)
    if rows[0].value("validation", measure) is not None:
        return measure, rows
    return (None if rows[0].loss is None else LOSS), rows


def write_batch_table(path, rows):
    """Write one row for each run as CSV.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.
    rows : list of Trained
    """
    swept = list(dict.fromkeys(name for one in rows for name in one.swept))
    measures = list(dict.fromkeys(pair for one in rows for pair in one.measures))
    columns = {"run": (Field(str), [one.name for one in rows])}
    columns |= {name: _column([one.swept.get(name) for one in rows]) for name in swept}
    columns |= {"status": (Field(str), [one.status for one in rows]),
                "exit_code": (Field(int), [one.code for one in rows])}
    columns |= {f"{subset}_{name}": (Field(float), [_number(one.value(subset, name)) for one in rows])
                for subset, name in measures}
    columns |= {LOSS: (Field(float), [_number(one.loss) for one in rows]),
                "seconds": (Field(float, "s"), [one.seconds for one in rows]),
                "model_id": (Field(str), [one.report.get("model_id") or "" for one in rows])}
    with score_table(path, {name: kind for name, (kind, _) in columns.items()}, format="csv") as write:
        write({name: values for name, (_, values) in columns.items()})


def _number(value):
    return math.nan if value is None else float(value)


def _column(values):
    """Return the field of one swept name, and its cells: numbers where all are, else texts."""
    if all(type(value) is int for value in values):
        return Field(int), values
    if all(type(value) in (int, float) for value in values):
        return Field(float), [float(value) for value in values]
    return Field(str), [" ".join(map(str, value)) if isinstance(value, list | tuple) else
                        "" if value is None else str(value) for value in values]
