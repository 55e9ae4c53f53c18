"""Which found events are true: one-to-one matching with the events that are known.

A found and a true event of one star can be a pair if the found centre lies within half
the true duration of the true centre, or if they share at least 0.3 of the time that they
cover together. Pairs are made in the order of falling score, and an earlier partner is
moved to another event where that lets one more be paired (an augmenting path). So for
every threshold the number of pairs above it is the largest possible, and a second event
on the same transit is a false one.
"""

import numpy as np

from otrain.errors import DataError

__all__ = ["match_events", "overlap"]

HOURS = 24.0  # per day


def overlap(t0, duration, other_t0, other_duration):
    """Return the shared time over the time that both cover, between 0 and 1.

    Parameters
    ----------
    t0, other_t0 : ndarray
        Centres [d].
    duration, other_duration : ndarray
        [h]

    Examples
    --------
    >>> float(overlap(1.0, 12.0, 1.25, 12.0))
    0.3333333333333333
    """
    half, other_half = np.asarray(duration) / (2 * HOURS), np.asarray(other_duration) / (2 * HOURS)
    t0, other_t0 = np.asarray(t0, float), np.asarray(other_t0, float)
    shared = np.minimum(t0 + half, other_t0 + other_half) - np.maximum(t0 - half, other_t0 - other_half)
    shared = np.maximum(shared, 0)
    union = 2 * (half + other_half) - shared
    return shared / np.where(union > 0, union, 1)


def match_events(star, t0, duration, score, true_star, true_t0, true_duration, *, ignore=None,
                 least_overlap=0.3):
    """Return which found events are true, and at which score each true event is found.

    Parameters
    ----------
    star, t0, duration, score : (E,) ndarray
        Found events: id of star (or of the star's quarter), centre [d], duration [h], and a
        score that is higher for surer events.
    true_star, true_t0, true_duration : (T,) ndarray
        What is known.
    ignore : (T,) bool ndarray, optional
        True events that nobody has to find (of another kind, or in a gap). Found events that
        can be paired with nothing but these count neither as true nor as false.
    least_overlap : float
        Share of the covered time that makes a pair (intersection over union).

    Returns
    -------
    dict
        ``match`` : (E,) int, index of the true event, -1 without one. ``found`` : (T,) int,
        index of the found event, -1 for none. ``found_score`` : (T,) float, the score that the
        threshold must not exceed for the true event to be found; NaN if it never is.
        ``ignored`` : (E,) bool. ``any_overlap`` : (E,) bool and ``any_overlap_score`` : (T,)
        float: the same by any shared time, without one-to-one (the criterion of Panopticon).

    Raises
    ------
    DataError
        If a score or a time is not finite.
    """
    star, true_star = np.asarray(star).astype(str), np.asarray(true_star).astype(str)
    t0, duration, score = (np.asarray(values, float) for values in (t0, duration, score))
    true_t0, true_duration = np.asarray(true_t0, float), np.asarray(true_duration, float)
    for name, values in (("t0", t0), ("duration", duration), ("score", score), ("true_t0", true_t0),
                         ("true_duration", true_duration)):
        if not np.all(np.isfinite(values)):
            raise DataError(f"`{name}` must be finite to match events. "
                            f"Received: {np.sum(~np.isfinite(values))} of {len(values)} that are not.")
    ignore = np.zeros(len(true_t0), bool) if ignore is None else np.asarray(ignore, bool)
    event, truth = _near_pairs(star, t0, duration, true_star, true_t0, true_duration)
    shared = overlap(t0[event], duration[event], true_t0[truth], true_duration[truth])
    centred = np.abs(t0[event] - true_t0[truth]) <= true_duration[truth] / (2 * HOURS)
    pair = centred | (shared >= least_overlap)
    wanted = pair & ~ignore[truth]
    match, found, found_score = _pair_by_score(event[wanted], truth[wanted], shared[wanted],
                                               t0, true_t0, score)
    touches = shared > 0
    any_score = np.full(len(true_t0), -np.inf)
    np.maximum.at(any_score, truth[touches], score[event[touches]])
    touched = np.zeros(len(t0), bool)
    touched[event[touches & ~ignore[truth]]] = True
    set_aside = np.zeros(len(t0), bool)
    set_aside[event[pair & ignore[truth]]] = True
    reachable = np.zeros(len(t0), bool)
    reachable[event[wanted]] = True
    return {"match": match, "found": found, "found_score": found_score, "ignored": set_aside & ~reachable,
            "any_overlap": touched, "any_overlap_score": np.where(np.isfinite(any_score), any_score, np.nan)}


def _near_pairs(star, t0, duration, true_star, true_t0, true_duration):
    """Return the indices of all found and true events of one star that may touch."""
    _, place = np.unique(np.concatenate([star, true_star]), return_inverse=True)
    place, true_place = place[:len(star)], place[len(star):]
    order = np.argsort(place, kind="stable")
    first = np.searchsorted(place[order], true_place, "left")
    count = np.searchsorted(place[order], true_place, "right") - first
    truth = np.repeat(np.arange(len(true_t0)), count)
    within = np.arange(len(truth)) - np.repeat(np.cumsum(count) - count, count)
    event = order[np.repeat(first, count) + within]
    reach = (duration[event] + true_duration[truth]) / (2 * HOURS)
    near = np.abs(t0[event] - true_t0[truth]) <= reach
    return event[near], truth[near]


def _pair_by_score(event, truth, shared, t0, true_t0, score):
    """Pair events in the order of falling score, the best partner first (Kuhn's algorithm)."""
    partners = {}
    for index in np.lexsort((np.abs(t0[event] - true_t0[truth]), -shared)):
        partners.setdefault(int(event[index]), []).append(int(truth[index]))
    match, found = np.full(len(t0), -1), np.full(len(true_t0), -1)
    found_score = np.full(len(true_t0), np.nan)
    candidates = np.array(sorted(partners), int)
    # Equal scores: the earlier index first, so the order of rows decides nothing else.
    for at in candidates[np.argsort(-score[candidates], kind="stable")]:
        path = _path_to_free(int(at), partners, found)
        for taken, partner in path:
            match[taken], found[partner] = partner, taken
        if path:
            found_score[path[-1][1]] = score[at]  # the truth at the end of the path is new
    return match, found, found_score


def _path_to_free(start, partners, found):
    """Return the moves ``(event, truth)`` that pair `start` and everyone paired before; [] if none do."""
    came_from, queue, seen = {}, [start], set()
    for event in queue:
        for truth in partners[event]:
            if truth in seen:
                continue
            seen.add(truth)
            came_from[truth] = event
            if found[truth] < 0:
                return _moves(truth, came_from, found, start)
            queue.append(int(found[truth]))
    return []


def _moves(truth, came_from, found, start):
    # From the free truth backwards; each event on the way lets go of the truth that it had.
    held = {int(found[t]): t for t in came_from if found[t] >= 0}
    moves = [(came_from[truth], truth)]
    while moves[-1][0] != start:
        truth = held[moves[-1][0]]
        moves.append((came_from[truth], truth))
    return moves[::-1]
