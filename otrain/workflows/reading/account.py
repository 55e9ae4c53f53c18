"""What became of the inputs of a long job so far, and how far it has come: what a kill must not lose."""

import hashlib
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from otrain.data.inputs.quarantine import QuarantineRow, Tally
from otrain.errors import UsageError
from otrain.workflows.progress import say

__all__ = ["Account", "Place", "contents_of", "continued"]


@dataclass
class Place:
    """How far a source has been read.

    Parameters
    ----------
    inputs : int
        Files, or rows of a cube, that are done.
    outcomes : int
        Examples of the next file that are done.
    source : str
        What tells the list of inputs from another one.
    """

    inputs: int = 0
    outcomes: int = 0
    source: str = ""

    def require(self, source):
        """Note what is read; refuse another list of inputs than the one that was begun with.

        Raises
        ------
        UsageError
            If it is another one.
        """
        if self.source and source != self.source:
            raise UsageError("the inputs are not those of the unfinished run: files were added, removed or "
                             "changed, or the cube was replaced. Put them back, or begin anew with "
                             "--overwrite and without --resume.")
        self.source = source


class Account:
    """Counts, rejected inputs and place of a job that reads inputs one after the other.

    Attributes
    ----------
    tally : Tally
    quarantine : list of QuarantineRow
    classes : Counter
        Number of examples called each class.
    place : Place
    unseen : dict
        What `Unseen` has counted.
    """

    def __init__(self):
        self.tally, self.quarantine, self.classes, self.place = Tally(), [], Counter(), Place()
        self.unseen = {}
        self._told = 0

    def state(self, *, ahead=0):
        """Return what has to be remembered, as plain types; of rejected inputs those since the last call.

        Parameters
        ----------
        ahead : int
            Examples of the file in hand that were read and counted, but are not done.
        """
        rows, self._told = self.quarantine[self._told:], len(self.quarantine)
        place, tally = asdict(self.place), self.tally.to_dict()
        place["outcomes"] -= ahead
        tally["kept"] -= ahead
        return {"place": place, "tally": tally, "classes": dict(self.classes), "unseen": self.unseen,
                "quarantine": [[row.file, row.reason, row.words, row.position] for row in rows]}

    def restore(self, states):
        """Go on after the last of some states."""
        for state in states:
            self.quarantine += [QuarantineRow(*row) for row in state["quarantine"]]
        if states:
            last = states[-1]
            self.place.__init__(**last["place"])
            self.tally.__init__(last["tally"]["kept"], Counter(last["tally"]["skipped"]),
                                Counter(last["tally"]["quarantined"]), dict(last["tally"].get("remarks", {})))
            self.classes.update(last["classes"])
            self.unseen = last.get("unseen", {})
        self._told = len(self.quarantine)


def contents_of(asked, *names):
    """Return hashes of the files among some entries of a request: the same name may stand for another table.

    Parameters
    ----------
    asked : dict
    names : str
        Entries that may be paths, or lists of them.

    Returns
    -------
    dict of str to str
        ``{"labels_sha256": ...}`` for each that is the path of a file.
    """
    found = {}
    for name in names:
        paths = asked.get(name)
        for path in paths if isinstance(paths, list) else [paths]:
            if isinstance(path, str) and os.path.isfile(path):
                with open(path, "rb") as file:
                    found.setdefault(f"{name}_sha256", []).append(
                        hashlib.file_digest(file, "sha256").hexdigest())
    return {name: " ".join(digests) for name, digests in found.items()}


@contextmanager
def continued(log, account, *, resume, overwrite, accept=None):
    """Go on after the finished parts of a log, which is kept if the block is stopped.

    Parameters
    ----------
    log : WorkLog
    account : Account
    resume, overwrite : bool
        As for `WorkLog.begin`.
    accept : callable, optional
        ``accept(arrays) -> bool`` gets every finished part; those from the first on that it
        refuses are given up.
    """
    log.begin(resume=resume, overwrite=overwrite)
    if accept is not None:
        good = next((n for n, part in enumerate(log.parts()) if not accept(part)), len(log.states))
        log.keep(good)
    account.restore(log.states)
    if resume:
        say(f"continuing after {account.place.inputs} inputs" if log.states
            else "no unfinished run: beginning at the beginning")
    try:
        with log.kept():
            yield
    except BaseException:
        if log.path.exists():
            say(f"what is finished is kept in {log.path}; --resume goes on from there")
        raise
