"""What the tests of the maps found, in numbers with intervals and in plain words."""

import numpy as np

from otrain.evaluation.intervals import bootstrap, wilson_interval
from otrain.explain.faithfulness import area

__all__ = ["summarise", "words_of"]

SURE = 0.8  # score of empty sky from which taking pixels away can change little
ALIKE = 0.5  # rank correlation above which a map is called nearly the same


def summarise(curves, correlation, towards, classes, *, seed=0):
    """Return the outcome of the tests as plain types, for ``explanation.json``.

    Parameters
    ----------
    curves : Curves
    correlation : (N,) ndarray
        From `shuffled_maps_correlation`.
    towards : (N,) int ndarray
        Class that each map speaks for.
    classes : sequence of str
    seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``deletion`` and ``insertion``: by class, the mean area under the curve of each order, and
        ``advantage``: by how much the heat is better than a random order, its 95 % interval,
        and the share of the candidates for which it is. ``empty_sky``: by class, the mean score
        when all pixels are gone. ``shuffled_weights``: median
        correlation with interval. ``words``: the same in sentences.
    """
    towards, content = np.asarray(towards), {}
    # Good maps make the score fall early when pixels go, and rise early when they come.
    for name, sign in (("deletion", -1), ("insertion", 1)):
        areas = {order: area(curves.fractions, values) for order, values in getattr(curves, name).items()}
        content[name] = {label: _compared(areas, sign, towards == index, seed)
                         for index, label in enumerate(classes) if (towards == index).any()}
    content["empty_sky"] = {label: float(curves.deletion["heat"][towards == index, -1].mean())
                            for index, label in enumerate(classes) if (towards == index).any()}
    content["shuffled_weights"] = _correlated(correlation, seed)
    content["words"] = words_of(content)
    return content


def _compared(areas, sign, rows, seed):
    areas = {order: values[rows] for order, values in areas.items()}
    better = sign * (areas["heat"] - areas["random"])
    wins, count = int(np.sum(better > 0)), len(better)
    return {"candidates": count, "area": {order: float(values.mean()) for order, values in areas.items()},
            "advantage": _with_interval(np.mean, better, seed),
            "better_than_random": {"value": wins / count, **_named(wilson_interval(wins, count))}}


def _correlated(correlation, seed):
    known = correlation[np.isfinite(correlation)]
    content = {"candidates": len(known), "constant_maps": len(correlation) - len(known)}
    if len(known):
        content |= {"median": _with_interval(np.median, known, seed),
                    "alike": float(np.mean(known > ALIKE))}
    return content


def _with_interval(statistic, values, seed):
    low_high = bootstrap(lambda _, some: statistic(some), np.zeros(len(values), int), values, seed=seed)
    return {"value": float(statistic(values)), **_named(low_high)}


def _named(low_high):
    low, high = low_high
    return {"low": float(low), "high": float(high)}


def words_of(content):
    """Return the sentences that a reader of the maps should know, from `summarise`."""
    words = []
    for label, found in content["deletion"].items():
        words.append(_removal(found, f"Called {label}: taking the hottest pixels away first", "lowers"))
    for label, found in content["insertion"].items():
        words.append(_removal(found, f"Called {label}: putting the hottest pixels on empty sky first",
                              "raises"))
    words += [f"Empty sky itself scores {score:.2f} as {label}: where nothing has to be there for a {label}, "
              "these curves say little." for label, score in content["empty_sky"].items() if score > SURE]
    found = content["shuffled_weights"]
    if not found["candidates"]:
        return [*words, "With shuffled weights the network gives no heat at all: the maps depend on what it "
                "learnt."]
    median = found["median"]
    verdict = ("depend on what the network learnt" if median["high"] < ALIKE else
               "may show the image rather than what the network learnt" if median["low"] > ALIKE else
               "depend only in part on what the network learnt")
    return [*words, f"Maps of the network with shuffled weights correlate by {median['value']:.2f} with "
            f"these (95 %: {median['low']:.2f} to {median['high']:.2f}; 1 is the same map): the maps "
            f"{verdict}."]


def _removal(found, start, verb):
    advantage, areas = found["advantage"], found["area"]
    than = ("earlier than a random order" if advantage["low"] > 0 else
            "later than a random order: these maps mislead" if advantage["high"] < 0 else
            "no earlier than a random order, as far as so few tell")
    return (f"{start} {verb} the score {than} (mean score {areas['heat']:.2f} against {areas['random']:.2f}, "
            f"and {areas['centre']:.2f} from the centre outwards; {found['candidates']} candidates).")
