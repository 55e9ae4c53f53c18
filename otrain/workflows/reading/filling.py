"""Examples of all inputs into a spool, with what else has to be known of them until the cube is written."""

from collections import Counter
from itertools import islice

import numpy as np

from otrain.data.files.time_written import time_written
from otrain.data.inputs.quarantine import QuarantineRow
from otrain.errors import UsageError

__all__ = ["Filling"]

PART = 2.0  # s between two parts that a kill does not lose
EARLY = 100  # examples after which layouts are compared
_UNKNOWN = ("label-missing", "neither a folder (true/ false/, real/ bogus/, or one with the name of a "
                             "class), a table nor the file tells its label.")
FEW = 0.2  # of the examples: fewer with another layout are odd ones


class Filling:
    """The way of examples into a spool, and of all that is remembered into a log.

    Parameters
    ----------
    spool : Spool
    log : WorkLog
    account : Account
    domain : Domain

    Attributes
    ----------
    side : dict of str to dict
        Rows of each side table by row of the spool.
    classes : tuple of str
        Those of the domain, unless the listing of the source tells others.
    created : str
        When the work was begun, by whichever process.
    rows : (K,) int ndarray
        Rows of the spool that have the layout of the cube.
    writing : bool
        Whether an earlier process has begun to write the cube.
    """

    def __init__(self, spool, log, account, domain):
        self._spool, self._log, self._account, self._domain = spool, log, account, domain
        self._unlabelled, self._folders, self.rows = [], False, np.arange(0)
        self.classes, self.labels = domain.classes, None
        self.side = {name: {} for name in domain.cube.tables}
        self.created, self.writing = time_written(), False
        self._note_told()

    def restore(self, states):
        """Go on after the last of the states that `fill` has logged."""
        for state in states:
            self._unlabelled += map(tuple, state["unlabelled"])
            for name, entries in state["side"].items():
                self.side[name].update((row, found) for row, found in entries)
        if states:
            last = states[-1]
            self._folders, self.created, self.writing = last["folders"], last["created"], last["writing"]
        self._note_told()

    def take_listing(self, listing):
        """Note the labels of a source, and the classes that its folders or labels tell."""
        self.labels = listing.labels
        if listing.classes is not None:
            self.classes = tuple(listing.classes)

    def fill(self, examples):
        """Take every labelled example of the commonest layout; set a few others aside.

        Parameters
        ----------
        examples : iterable of (Input, Example)

        Raises
        ------
        UsageError
            If the examples have several sizes or sets of channels, and not only a few are odd: after the
            first hundred, and at the end.
        """
        for item, example in examples:
            self._take(item, example)
            if self._log.since >= min(PART, self._log.every):
                self._log.add(self._spool.part(), self._state())
        self._log.add(self._spool.part(), self._state(writing=True))
        self._set_aside()
        self._set_odd_aside()

    def _take(self, item, example):
        self._folders |= item.label is not None
        if example.label is None:
            self._unlabelled.append((item.name, example.position, *(example.lacks or _UNKNOWN)))
            return
        for name, found in self.side.items():
            if entries := (example.tables or {}).get(name):
                found[len(self._spool)] = entries
        self._spool.append(example)
        if len(self._spool) % EARLY == 0:
            self._require_one_layout()

    def _state(self, writing=False):
        """Return what is known besides the rows; of what grows, that since the last call."""
        state = self._account.state() | {
            "unlabelled": self._unlabelled[self._told_unlabelled:], "folders": self._folders,
            "side": {name: list(islice(rows.items(), self._told[name], None))
                     for name, rows in self.side.items()},
            "created": self.created, "writing": writing}
        self._note_told()
        return state

    def _note_told(self):
        self._told = {name: len(rows) for name, rows in self.side.items()}
        self._told_unlabelled = len(self._unlabelled)

    def _require_one_layout(self):
        """Return the commonest layout, and the number of examples of each.

        Raises
        ------
        UsageError
            If more than a few examples have another one.
        """
        layouts = self._spool.layouts
        if not layouts:
            return None, layouts
        main, count = layouts.most_common(1)[0]
        if layouts.total() - count >= FEW * layouts.total():
            raise UsageError(_mixed(Counter({(shape[:-1], names): count for (shape, names), count
                                             in layouts.items()}), self._domain))
        return main, layouts

    def _set_odd_aside(self):
        """Set the few examples aside whose size or channels differ from those of all others."""
        main, layouts = self._require_one_layout()
        if main is None:
            return
        self.rows = self._spool.choose(main)
        others = np.ones(len(self._spool), bool)
        others[self.rows] = False  # np.setdiff1d imports numpy.ma, which takes as long as 500 cutouts
        odd = np.flatnonzero(others).tolist()
        if not odd:
            return
        tally, files = self._account.tally, self._spool.columns()["file"]
        tally.kept -= len(odd)
        for row in odd:
            reason, words = _oddity(self._spool.layout_of(row), main, layouts, self._domain)
            tally.quarantine(reason)
            self._account.quarantine.append(
                QuarantineRow(str(files[row]), reason, words, self._spool.positions[row]))

    def _set_aside(self):
        """Count candidates without a label: beside true/ and false/ nobody expects one."""
        tally = self._account.tally
        tally.kept -= len(self._unlabelled)
        if self._folders:
            tally.skip("unlabelled", len(self._unlabelled))
            return
        for name, position, reason, words in self._unlabelled:
            tally.quarantine(reason)
            self._account.quarantine.append(QuarantineRow(name, reason, words, position))


def _oddity(layout, main, layouts, domain):
    """Return why an example is none of the others: a reason, and words."""
    (shape, channels), (usual, wanted) = layout, main
    others = f"{layouts[main]} of {layouts.total()} {_many(domain)}"
    lacking = [name for name in wanted if name not in channels]
    if lacking:
        return "missing-channel", (f"there is no channel {', '.join(map(repr, lacking))}, which {others} "
                                   f"have. Present: {', '.join(channels)}.")
    shape, usual = shape[:-1], usual[:-1]
    if shape == usual:
        return "bad-shape", (f"the channels are {', '.join(channels)}; those of {others} are "
                             f"{', '.join(wanted)}. Choose them with --channels.")
    options = {parameter: option for option, parameter in domain.preparation.options.items()}
    flag = options.get("size", "length")
    reason = "too-small" if any(one < other for one, other in zip(shape, usual, strict=True)) else "bad-shape"
    return reason, (f"it has {'x'.join(map(str, shape))} pixel, {others} have {'x'.join(map(str, usual))}. "
                    f"Choose one size with --{flag.replace('_', '-')}.")


def _mixed(layouts, domain):
    """Say which sizes or sets of channels were found, commonest first."""
    sizes, channels = Counter(), Counter()
    for (shape, names), count in layouts.items():
        sizes["x".join(map(str, shape))] += count
        channels["+".join(names)] += count
    flags = {parameter: f"--{option.replace('_', '-')}"
             for option, parameter in domain.preparation.options.items()}
    parts = [f"{what} found: {', '.join(f'{name} ({count})' for name, count in found.most_common())}; "
             f"choose {flag}"
             for what, found, flag in (("sizes", sizes, f"one with {flags.get('size', '--length')}"),
                                       ("channels", channels, f"with {flags['channels']}"))
             if len(found) > 1]
    return f"all {_many(domain)} of a cube have one layout. " + ". ".join(parts) + "."


def _many(domain):
    return domain.example.replace("_", " ") + "s"
