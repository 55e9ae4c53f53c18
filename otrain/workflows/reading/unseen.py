"""What of the scored examples the network has never seen: bands, telescopes and ranges of its training."""

import numpy as np

from otrain.evaluation.column_ranges import outside_ranges

__all__ = ["Unseen"]

SHARE = 0.01  # of the examples: fewer outside a range of numbers are its tails
FEW = 3  # columns of numbers that have a sentence of their own


class Unseen:
    """Count examples outside the ranges that a bundle remembers of its training.

    Parameters
    ----------
    ranges : dict
        As `otrain.evaluation.column_ranges.training_ranges` gives them; empty for a network that does not
        know.
    counts : dict, optional
        Of an earlier process, see `state`.
    """

    def __init__(self, ranges, counts=None):
        self._ranges, self._counts = ranges or {}, {}
        self.restore(counts or {})

    def restore(self, counts):
        """Take over the counts of an earlier process."""
        for name, entry in counts.items():
            self._counts[name] = {"judged": entry["judged"], "outside": entry["outside"],
                                  "unseen": dict(entry["unseen"])}

    def add(self, columns):
        """Count examples.

        Parameters
        ----------
        columns : dict of str to sequence
        """
        arrays = {name: np.asarray(columns[name]) for name in self._ranges if name in columns}
        for name, entry in outside_ranges(self._ranges, arrays).items():
            known = self._counts.setdefault(name, {"judged": 0, "outside": 0, "unseen": {}})
            known["judged"] += entry["judged"]
            known["outside"] += entry["outside"]
            for value, count in entry.get("unseen", {}).items():
                known["unseen"][value] = known["unseen"].get(value, 0) + count

    def state(self):
        """Return the counts, by column: ``judged``, ``outside``, ``unseen`` by value; as plain types."""
        return {name: {**entry, "unseen": dict(entry["unseen"])} for name, entry in self._counts.items()}

    def to_dict(self):
        """Return the columns in which something lies outside, with counts and what the training had."""
        return {name: entry | {key: self._ranges[name][key] for key in ("low", "high", "values")
                               if key in self._ranges[name]}
                for name, entry in self.state().items() if entry["outside"]}

    def notes(self):
        """Return a sentence for each column in which more than tails lie outside; one for many numbers."""
        told = {name: entry for name, entry in self.to_dict().items()
                if "values" in entry or entry["outside"] >= SHARE * entry["judged"]}
        numbers = {name: entry for name, entry in told.items() if "values" not in entry}
        if len(numbers) <= FEW:
            return tuple(_sentence(name, entry) for name, entry in told.items())
        return (*(_sentence(name, entry) for name, entry in told.items() if "values" in entry),
                _of_many(numbers))


def _of_many(numbers):
    """Say of many columns in one sentence how many examples lie outside, those with most of them first."""
    order = sorted(numbers, key=lambda name: -numbers[name]["outside"])
    told = ", ".join(f"{name.replace('_', ' ')} ({numbers[name]['outside']}: {numbers[name]['low']:.4g} to "
                     f"{numbers[name]['high']:.4g})" for name in order[:FEW])
    judged = max(entry["judged"] for entry in numbers.values())
    return (f"{len(numbers)} numbers of some of the {judged} examples lie outside the range of the training: "
            f"{told} and {len(order) - FEW} more. Judge it on labelled examples first.")


def _sentence(name, entry):
    count = f"{entry['outside']} of {entry['judged']} examples {'has' if entry['outside'] == 1 else 'have'}"
    if "values" in entry:
        strange = ", ".join(f"{value!r} ({n})" for value, n in sorted(entry["unseen"].items())[:10])
        return (f"{count} a {name.replace('_', ' ')} that the network has never seen: {strange}. It was "
                f"trained on {', '.join(map(repr, entry['values']))}. Judge it on labelled examples first.")
    return (f"{count} {name.replace('_', ' ')} outside {entry['low']:.4g} to {entry['high']:.4g}, the "
            "range of the training. Judge it on labelled examples first.")
