"""Which candidate stands for which simulated event, joined by the name of the candidate."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Matches", "match_by_name"]


@dataclass(frozen=True)
class Matches:
    """Pairs of an event and its candidate, and what became of the others.

    Parameters
    ----------
    events, candidates : (M,) int ndarray
        Rows of the two tables; each row is in one pair at most.
    touched : (N,) bool ndarray
        Candidates that any event names, in a pair or not.
    undetected : int
        Events that name no candidate.
    unmatched : int
        Events that name a candidate which is not in the other table.
    repeated : int
        Events whose candidate stands in the other table more than once.
    shared : int
        Events whose candidate another event names as well.
    """

    events: np.ndarray
    candidates: np.ndarray
    touched: np.ndarray
    undetected: int
    unmatched: int
    repeated: int
    shared: int


def match_by_name(named, names, *, nothing=frozenset()):
    """Pair events with the candidates that they name, in one pass.

    Only pairs that exclude each other's doubles are kept: which magnitude belongs to a
    candidate that two events name, or which score to a name that two candidates have,
    cannot be told.

    Parameters
    ----------
    named : (E,) str ndarray
        Name of the candidate of each event.
    names : (N,) str ndarray
        Name of each candidate.
    nothing : collection of str
        Names, in lower case, by which an event says that it has no candidate.

    Returns
    -------
    Matches

    Examples
    --------
    >>> matches = match_by_name(np.array(["7", "9", "--"]), np.array(["8", "7"]), nothing={"--"})
    >>> matches.events, matches.candidates, matches.undetected, matches.unmatched
    (array([0]), array([1]), 1, 1)
    """
    named, names = _canonical(named), _canonical(names)
    order = np.argsort(names, kind="stable")
    first = np.searchsorted(names, named, side="left", sorter=order)
    count = np.searchsorted(names, named, side="right", sorter=order) - first
    says_nothing = np.isin(np.char.lower(named), list(nothing)) if nothing else np.zeros(len(named), bool)
    count[says_nothing] = 0
    single = count == 1
    candidate = order[np.minimum(first, max(0, len(names) - 1))] if len(names) else first
    times = np.bincount(candidate[single], minlength=len(names))
    shared = single.copy()
    shared[single] = times[candidate[single]] > 1
    paired = single & ~shared
    touched = times > 0
    touched |= np.isin(names, named[count > 1])
    return Matches(np.flatnonzero(paired), candidate[paired], touched, int(says_nothing.sum()),
                   int(np.sum((count == 0) & ~says_nothing)), int(np.sum(count > 1)), int(shared.sum()))


def _canonical(names):
    """Return names of which ``12.0``, a whole number that went through a float column, is ``12``."""
    names = np.asarray(names, str)
    ends = np.flatnonzero(np.char.endswith(names, ".0"))
    if not len(ends):
        return names
    body = np.char.replace(names[ends], ".0", "")
    whole = np.char.isdigit(body)
    names = names.copy()
    names[ends[whole]] = body[whole]
    return names
