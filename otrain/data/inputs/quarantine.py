"""What became of every input: kept, skipped by rule, or quarantined with a reason.

The three add up to what was seen. Reason codes come from the closed lists
below, so that a night's log can be counted by machine.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from otrain.data.tables.csv_table import write_ecsv
from otrain.errors import OtrainError

__all__ = ["QUARANTINE_REASONS", "SKIP_REASONS", "InputRejected", "QuarantineRow", "Tally",
           "write_quarantine"]

QUARANTINE_REASONS = {
    "ambiguous-format": "more than one reader recognises the file",
    "bad-checksum": "a checksum stored in the file does not match its content",
    "bad-column": "a header value cannot be read as what it should be: a label, or the scale of the pixels",
    "bad-compression": "compressed data cannot be decompressed",
    "bad-shape": "the image has no usable shape",
    "bad-unit": "a unit is unknown, or the values cannot be in it",
    "changed-during-read": "the file changed while it was read",
    "corrupt": "the decoder refused the content",
    "decoder-crash": "the decoder killed its process",
    "empty-file": "the file has no content",
    "label-conflict": "the same pixels stand under more than one label",
    "label-missing": "no label is known for the candidate",
    "missing-channel": "an image that the recipe asks for is absent",
    "no-finite-pixel": "no pixel, or sample of a light curve, has a finite value",
    "no-image": "the file holds no image or light curve",
    "no-variation": "all values are equal, so they have no scale",
    "non-finite": "some pixels are NaN or infinite and the policy is to reject",
    "not-a-file": "the name stands for a folder, a pipe or a broken link",
    "out-of-memory": "decoding needs more memory than a cutout may",
    "timeout": "decoding took too much processor time, or waited too long, twice",
    "too-large": "the file or the image is larger than a cutout can be, or a whole frame",
    "too-small": "the image is smaller than the requested size, or the light curve has too few samples",
    "truncated": "the file ends before its data do",
    "unknown-format": "no reader recognises the file",
    "unreadable": "the file cannot be opened or read",
}

SKIP_REASONS = {
    "balance": "not drawn: the requested fraction of true candidates was reached",
    "edge": "EDGE is true: the candidate is close to an image edge",
    "hidden": "the name, or that of a folder above it, begins with a dot",
    "no-image": "a row of a table names an image that is not in the source",
    "no-subset": "the file of the problem asks for fewer rows: that of the image is in no subset",
    "not-a-cutout": "the name has no ending of a candidate file",
    "own-product": "otrain wrote it: a table, a map, a report, a figure, or a cube made of these very files",
    "side-table": "a table about the inputs, such as one of ephemerides",
    "unlabelled": "it lies beside the folders true/ and false/, not in them",
}


class InputRejected(OtrainError):
    """One input cannot be used; the run goes on without it.

    Parameters
    ----------
    reason : str
        A key of `QUARANTINE_REASONS`.
    words : str
        What is wrong with this input, for a person.
    """

    exit_code = 4

    def __init__(self, reason, words):
        if reason not in QUARANTINE_REASONS:
            raise ValueError(f"unknown quarantine reason {reason!r}")
        super().__init__(reason, words)
        self.reason = reason
        self.words = words


@dataclass(frozen=True)
class QuarantineRow:
    """One input that was set aside: its name, its position in the file, why."""

    file: str
    reason: str
    words: str
    position: int = 0  # of the example within a file of many


@dataclass
class Tally:
    """Counts of what became of the inputs of one run, and of what has to be said of those that were kept."""

    kept: int = 0
    skipped: Counter = field(default_factory=Counter)
    quarantined: Counter = field(default_factory=Counter)
    remarks: dict = field(default_factory=dict)  # number of examples and an instance, by the words

    @property
    def seen(self):
        """Number of inputs: the sum of the three fates."""
        return self.kept + self.skipped.total() + self.quarantined.total()

    def skip(self, reason, count=1):
        """Count inputs left out by a rule; `reason` is a key of `SKIP_REASONS`."""
        if reason not in SKIP_REASONS:
            raise ValueError(f"unknown reason to skip {reason!r}")
        if count:
            self.skipped[reason] += count

    def quarantine(self, reason, count=1):
        """Count inputs set aside; `reason` is a key of `QUARANTINE_REASONS`."""
        if reason not in QUARANTINE_REASONS:
            raise ValueError(f"unknown quarantine reason {reason!r}")
        if count:
            self.quarantined[reason] += count

    def remark(self, remarks):
        """Count what has to be said of one example: a dict of words and an instance, see `Example`."""
        for words, instance in remarks.items():
            entry = self.remarks.setdefault(words, [0, instance])
            entry[0] += 1

    @property
    def notes(self):
        """What has to be said of the examples, each thing once with its count, the commonest first."""
        order = sorted(self.remarks.items(), key=lambda entry: -entry[1][0])
        return [f"{words} ({count} {'input' if count == 1 else 'inputs'}"
                + (f", e.g. {instance})" if instance else ")")
                for words, (count, instance) in order]

    def to_dict(self):
        """Return the counts as plain types; `remarks` only if there are any."""
        counts = {"seen": self.seen, "kept": self.kept, "skipped": dict(self.skipped),
                  "quarantined": dict(self.quarantined)}
        return counts | ({"remarks": {words: list(entry) for words, entry in self.remarks.items()}}
                         if self.remarks else {})

    def __str__(self):
        def part(name, counts):
            detail = ", ".join(f"{reason} {n}" for reason, n in sorted(counts.items()))
            return f"{name} {counts.total()}" + (f" ({detail})" if detail else "")

        return (f"seen {self.seen} = kept {self.kept} + {part('skipped', self.skipped)} "
                f"+ {part('quarantined', self.quarantined)}")


def write_quarantine(path, rows, *, meta=None):
    """Write quarantined inputs as an ECSV table, or remove a stale one if there are none.

    Parameters
    ----------
    path : path-like
        Where; by convention ``<cube>.quarantine.ecsv``.
    rows : iterable of QuarantineRow
    meta : dict, optional
        Plain values about the whole table.
    """
    rows = list(rows)
    path = Path(path)
    if not rows:
        path.unlink(missing_ok=True)
        return
    # Names of files may hold bytes that are no text (surrogates), line breaks, and what a terminal obeys.
    write_ecsv(path, {name: [getattr(row, name) for row in rows]
                      for name in ("file", "position", "reason", "words")}, meta=meta)
