"""What a network looks at when it scores an example: heat maps by outcome, and their test."""

import numpy as np

from otrain.answers.answer import Explained, silent
from otrain.answers.same_network import require_same_network
from otrain.answers.scores.focus import against_rest, called_classes, focus_of
from otrain.data.results.heat_maps import OUTCOMES, write_heat_maps
from otrain.errors import DataError, OtrainError
from otrain.plots.faithfulness import faithfulness
from otrain.plots.heat_maps import write_overlays
from otrain.plots.outcomes import candidate_title, outcome_rows
from otrain.plots.style import save_figure

__all__ = ["explain_scores", "heat_of"]

TESTED = 40  # examples of each called class on which the maps are tested


def heat_of(network, replies, threshold):
    """Return what gives heat maps of some rows, for the class that was called; None where there are none.

    Parameters
    ----------
    network : keras.Model
    replies : Replies
    threshold : float

    Returns
    -------
    callable or None
        ``explain(rows) -> (len(rows), H, W)``.
    """
    from otrain.explain.explain import explain
    from otrain.explain.network import CutNetwork

    cut = CutNetwork(network)
    if cut.layer is None:
        return None
    called = called_classes(replies.predictions.scores, threshold)

    def maps(rows):
        images = replies.read_images(rows)
        try:
            return explain(cut, images, called[rows])
        except OtrainError:  # a picture is no reason to lose a trained network; zeros draw nothing
            return np.zeros(images.shape[:-1], np.float32)

    return maps


def explain_scores(folder, model, replies, facts, *, count, threshold, method, seed, layer=None, towards=None,
                   on_progress=silent):
    """Draw what a network looks at, for all misclassified and some well-classified examples, and test it.

    Parameters
    ----------
    folder : HeatMapDirectory
    model : keras.Model
    replies : Replies
    facts : dict
        ``classes channels``.
    count : int
        Well-classified examples of each side, drawn by `seed`.
    threshold : float
    method : str
        Name in the catalogue of explainers.
    seed : int
    layer : str, optional
    towards : str, optional
        Class towards which the heat is computed, and which stands against the rest; by default the heat
        is for the class that was called, and the second class stands against the rest.

    Returns
    -------
    Explained
    """
    from otrain.explain.network import CutNetwork

    network, classes = CutNetwork(model, layer), facts["classes"]
    focus = focus_of(classes, towards)
    judged = against_rest(replies.predictions, focus)
    rows = _rows(judged, threshold, count, seed)
    called = called_classes(replies.predictions.scores, threshold)
    target = called if towards is None else np.full(len(called), focus)
    tested = _spread(np.concatenate(list(rows.values())), called, len(classes), seed)
    require_same_network(network, replies.read_images(tested), replies.raw[tested])
    how = {"method": method, "seed": seed}
    _write_maps(folder, network, replies, judged, rows, target, facts, how, on_progress)
    content = _test(folder, network, replies.read_images(tested), target[tested], classes, how)
    counts = {outcome: len(some) for outcome, some in rows.items()}
    return Explained(content | {"counts": counts, "threshold": threshold, "layer": network.layer,
                                "map_shape": network.map_shape, "class": classes[focus]})


def _rows(judged, threshold, count, seed):
    """Return the rows of each outcome: all that are misclassified, `count` of the others."""
    rows = outcome_rows(judged.labels, judged.scores, threshold)
    if not any(map(len, rows.values())):
        raise DataError("no example of the cube has a label, so none is known to be well or misclassified. "
                        "Give labels to otrain-convert.")
    for outcome in ("TP", "TN"):
        if len(rows[outcome]) > count:
            chosen = np.random.default_rng(seed).choice(rows[outcome], count, replace=False)
            rows[outcome] = np.sort(chosen)
    return {outcome: rows[outcome] for outcome in OUTCOMES}


def _spread(rows, called, classes, seed):
    """Return at most `TESTED` rows of each called class."""
    rng, parts = np.random.default_rng(seed), []
    for index in range(classes):
        of_class = rows[called[rows] == index]
        parts.append(rng.choice(of_class, min(TESTED, len(of_class)), replace=False))
    return np.sort(np.concatenate(parts))


def _write_maps(folder, network, replies, judged, rows, towards, facts, how, on_progress):
    """Write the overlays and the file of maps, a batch at a time."""
    from otrain.explain.explain import explain
    from otrain.explain.network import BATCH

    channels, classes = facts["channels"], facts["classes"]
    every = np.concatenate(list(rows.values()))
    for outcome in OUTCOMES:
        folder.images(outcome).mkdir()

    def batches():
        done = 0
        for outcome, some in rows.items():
            for start in range(0, len(some), BATCH):
                batch = some[start:start + BATCH]
                images = replies.read_images(batch)
                maps = explain(network, images, towards[batch], **how)
                titles = [_title(judged, row, classes[towards[row]]) for row in batch]
                write_overlays(folder.images(outcome), images, maps, titles, channel=_under(channels),
                               start=start)
                done += len(batch)
                on_progress(done, len(every))
                yield maps

    columns = {"row": replies.rows[every], "score": judged.scores[every],
               "label": judged.labels[every], "towards": towards[every],
               "outcome": np.repeat(list(rows), [len(some) for some in rows.values()])}
    columns |= {name: replies.columns[name][every] for name in ("candid", "file") if name in replies.columns}
    write_heat_maps(folder.maps_npz, batches(), (len(every), *network.image_shape[:-1]), columns)


def _under(channels):
    """Return the channel that lies under the heat: the last, or the difference where it has that name."""
    return channels.index("difference") if "difference" in channels else len(channels) - 1


def _title(judged, row, called):
    return candidate_title(judged.columns, judged.scores, row) + f"   heat for {called}"


def _test(folder, network, images, towards, classes, how):
    """Test the maps on some of the examples, draw the outcome and return it."""
    from otrain.explain.explain import explain
    from otrain.explain.faithfulness import removal_curves, shuffled_maps_correlation
    from otrain.explain.summary import summarise

    maps = explain(network, images, towards, **how)
    curves = removal_curves(network, images, maps, towards, seed=how["seed"])
    correlation = shuffled_maps_correlation(network, images, maps, towards, **how)
    deletion, insertion = (
        {name: {order: values[towards == index].mean(axis=0) for order, values in orders.items()}
         for index, name in enumerate(classes) if (towards == index).any()}
        for orders in (curves.deletion, curves.insertion))
    save_figure(folder.explanation_png, faithfulness(curves.fractions, deletion, insertion, correlation))
    return summarise(curves, correlation, towards, classes, seed=how["seed"])
