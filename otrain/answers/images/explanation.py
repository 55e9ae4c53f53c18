"""What a network looks at when it marks pixels of a class: heat maps of some images, and what they cover."""

import numpy as np

from otrain.answers.answer import Explained, silent
from otrain.answers.images.pixels import pixel_probabilities, true_classes
from otrain.answers.same_network import require_same_on_points
from otrain.data.results.heat_maps import write_heat_maps
from otrain.errors import DataError, UsageError
from otrain.plots.heat_maps import write_overlays
from otrain.registry import nearest

__all__ = ["explain_images"]

OUTCOMES = ("TP", "FN", "FP")  # pixels of the class marked; there but not marked; marked but not there


def explain_images(folder, model, replies, settings, task, facts, *, count, threshold, method, seed,
                   layer=None, towards=None, on_progress=silent):
    """Draw the heat for the pixels of a class, of some images whose pixels are marked, missed or invented.

    Parameters
    ----------
    folder : HeatMapDirectory
    model : keras.Model
        Scores each pixel.
    replies : Replies
    settings : ImageSettings
    task : Task
    facts : dict
        ``classes channels``.
    count : int
        Images of each outcome, drawn by `seed`.
    threshold : float
        Probability from which a pixel is called the class.
    method : str
    seed : int
    layer, towards : str, optional
        By default the last convolution, and the second class.

    Returns
    -------
    Explained

    Raises
    ------
    DataError
        If no image has such a pixel.
    IntegrityError
        If the network is not the one that gave the replies.
    """
    from otrain.explain.explain import explain
    from otrain.explain.network import CutNetwork
    from otrain.explain.on_points import on_points

    kinds = list(facts["classes"])[1:]
    if towards is not None and towards not in kinds:
        raise UsageError(f"no pixel is of the class {towards!r}.{nearest(towards, kinds)} "
                         f"Known: {', '.join(kinds)}.")
    kind = towards or kinds[0]
    index, network = kinds.index(kind) + 1, CutNetwork(on_points(model), layer)
    rows, outcomes, masks = _chosen(replies, settings, task, index, threshold, count, seed)
    require_same_on_points(network, replies.read_images(rows[:4]), replies.raw[rows[:4]])
    for outcome in OUTCOMES:
        folder.images(outcome).mkdir()
    heat, under = [], len(replies.channels) - 1
    for start in range(0, len(rows), network.batch):
        some = slice(start, start + network.batch)
        images = replies.read_images(rows[some])
        heat.append(explain(network, [images, masks[some].astype(np.float32)],
                            np.full(len(images), index), method=method, seed=seed))
        on_progress(min(some.stop, len(rows)), len(rows))
    heat = np.concatenate(heat)
    for outcome in OUTCOMES:
        mine = np.flatnonzero(outcomes == outcome)
        if len(mine):
            titles = [f"{_name(replies, row)}   heat for {kind}" for row in rows[mine]]
            write_overlays(folder.images(outcome), replies.read_images(rows[mine]), heat[mine], titles,
                           channel=under)
    write_heat_maps(folder.maps_npz, [heat], heat.shape, {
        "row": replies.rows[rows], "outcome": outcomes, "towards": np.full(len(rows), index)})
    inside = [one[mask].sum() / max(one.sum(), 1e-30) for one, mask in zip(heat, masks, strict=True)]
    area = float(np.median(masks.mean(axis=(1, 2))))
    words = [f"{100 * np.median(inside):.0f} % of the heat lies on the pixels of {kind}, which are "
             f"{100 * area:.1f} % of an image (medians of {len(rows)} images)."]
    return Explained({"counts": {name: int(np.sum(outcomes == name)) for name in OUTCOMES}, "words": words,
                      "threshold": threshold, "layer": network.layer, "map_shape": network.map_shape,
                      "class": kind})


def _chosen(replies, settings, task, index, threshold, count, seed):
    """Return rows, their outcomes and the pixels that are asked about."""
    channel, found = task.answer_channel(replies.cube), {name: [] for name in OUTCOMES}
    for row in range(len(replies)):
        truth = true_classes(replies.cube.read(replies.rows[[row]]), channel)[0] == index
        called = pixel_probabilities(replies.raw[[row]], settings, replies.cube.classes)[0, ..., index - 1]
        called = called >= threshold
        if truth.any():
            found["TP" if (called & truth).any() else "FN"].append((row, truth))
        elif called.any():
            found["FP"].append((row, called))
    rng, chosen = np.random.default_rng(seed), []
    for outcome in OUTCOMES:
        some = rng.choice(len(found[outcome]), min(count, len(found[outcome])), replace=False)
        chosen += [(outcome, *found[outcome][place]) for place in np.sort(some)]
    if not chosen:
        raise DataError(f"no image has a pixel of {replies.cube.classes[index]}, so there is nothing to "
                        "explain. Lower --threshold, or raise --n_random.")
    outcomes, rows, masks = zip(*chosen, strict=True)
    return np.array(rows), np.array(outcomes), np.stack(masks)


def _name(replies, row):
    return str(replies.columns["candid"][row]) if "candid" in replies.columns else f"row {replies.rows[row]}"
