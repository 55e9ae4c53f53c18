"""Examples of all inputs into a spool, with what else has to be known of them until the cube is written."""

import datetime
import os
from collections import Counter
from itertools import islice

from otrain.data.quarantine import QuarantineRow
from otrain.errors import UsageError

__all__ = ["Filling"]

PART = 2.0  # s between two parts that a kill does not lose


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
    writing : bool
        Whether an earlier process has begun to write the cube.
    """

    def __init__(self, spool, log, account, domain):
        self._spool, self._log, self._account, self._domain = spool, log, account, domain
        self._layouts, self._unlabelled, self._folders = Counter(), [], False
        self.classes, self.labels = domain.classes, None
        self.side = {name: {} for name in domain.cube.tables}
        self.created, self.writing = _now(), False
        self._note_told()

    def restore(self, states):
        """Go on after the last of the states that `fill` has logged."""
        for state in states:
            self._unlabelled += map(tuple, state["unlabelled"])
            for name, entries in state["side"].items():
                self.side[name].update((row, found) for row, found in entries)
        if states:
            last = states[-1]
            self._layouts.update({(tuple(shape), tuple(names)): count
                                  for shape, names, count in last["layouts"]})
            self._folders, self.created, self.writing = last["folders"], last["created"], last["writing"]
        self._note_told()

    def take_listing(self, listing):
        """Note the labels of a source, and the classes that its folders or labels tell."""
        self.labels = listing.labels
        if listing.classes is not None:
            self.classes = tuple(listing.classes)

    def fill(self, examples):
        """Take every labelled example; count the layouts, of which there must be one.

        Parameters
        ----------
        examples : iterable of (Input, Example)

        Raises
        ------
        UsageError
            If the examples have several sizes or sets of channels.
        """
        for item, example in examples:
            self._take(item, example)
            if self._log.since >= min(PART, self._log.every):
                self._log.add(self._spool.part(), self._state())
        self._log.add(self._spool.part(), self._state(writing=True))
        if len(self._layouts) > 1:
            raise UsageError(_mixed(self._layouts, self._domain))
        self._set_aside()

    def _take(self, item, example):
        self._folders |= item.label is not None
        if example.label is None:
            self._unlabelled.append((item.name, example.position))
            return
        self._layouts[example.image.shape[:-1], example.channels] += 1
        if len(self._layouts) == 1:
            for name, found in self.side.items():
                if entries := (example.tables or {}).get(name):
                    found[len(self._spool)] = entries
            self._spool.append(example)

    def _state(self, writing=False):
        """Return what is known besides the rows; of what grows, that since the last call."""
        state = self._account.state() | {
            "unlabelled": self._unlabelled[self._told_unlabelled:], "folders": self._folders,
            "layouts": [[shape, names, count] for (shape, names), count in self._layouts.items()],
            "side": {name: list(islice(rows.items(), self._told[name], None))
                     for name, rows in self.side.items()},
            "created": self.created, "writing": writing}
        self._note_told()
        return state

    def _note_told(self):
        self._told = {name: len(rows) for name, rows in self.side.items()}
        self._told_unlabelled = len(self._unlabelled)

    def _set_aside(self):
        """Count candidates without a label: beside true/ and false/ nobody expects one."""
        tally = self._account.tally
        tally.kept -= len(self._unlabelled)
        if self._folders:
            tally.skip("unlabelled", len(self._unlabelled))
            return
        tally.quarantine("label-missing", len(self._unlabelled))
        self._account.quarantine.extend(
            QuarantineRow(name, "label-missing", "neither a folder (true/ false/, real/ bogus/, or one with "
                          "the name of a class), a table nor the file tells its label.", position)
            for name, position in self._unlabelled)


def _now():
    """Return the time, or that which SOURCE_DATE_EPOCH asks for where bytes are to be the same again."""
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = (datetime.datetime.fromtimestamp(int(asked), datetime.UTC) if asked.isdecimal()
           else datetime.datetime.now(datetime.UTC))
    return now.isoformat(timespec="seconds")


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
