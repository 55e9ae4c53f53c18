"""On what one of the numbers of a network rests: heat maps of some examples, and their test."""

import numpy as np

from otrain.answers.answer import Explained, silent
from otrain.answers.values.figures import example_name
from otrain.answers.values.given import given_values, true_values
from otrain.data.results.heat_maps import write_heat_maps
from otrain.errors import DataError, IntegrityError, UsageError
from otrain.plots.heat_maps import write_overlays
from otrain.registry import nearest

__all__ = ["explain_values"]

GROUPS = {"worst": "of the largest errors", "random": "drawn at random"}
SAME_VALUE = 1e-2  # between stored values and those of the Keras network, encoded and relative above 1
REMOVED = 0.1  # share of the pixels that the test takes away
TESTED = 40  # examples of the test
ALIKE = 0.5  # rank correlation above which a map is called nearly the same


def explain_values(folder, model, replies, settings, *, count, threshold, method, seed, layer=None,
                   towards=None, on_progress=silent):
    """Draw what raises or lowers one of the numbers, for the worst and for some other examples.

    A map is the sum of what raises the number and of what lowers it.

    Parameters
    ----------
    folder : HeatMapDirectory
    model : keras.Model
    replies : Replies
    settings : ValueSettings
    count : int
        Examples of each group.
    threshold : ignored
    method : str
    seed : int
    layer : str, optional
    towards : str, optional
        Name of the number; by default the first.

    Returns
    -------
    Explained

    Raises
    ------
    UsageError
        If there is no such number.
    DataError
        If there is no example to explain.
    IntegrityError
        If the network is not the one that gave the replies.
    """
    from otrain.explain.network import CutNetwork
    from otrain.explain.on_value import on_value

    names = settings.names
    if towards is not None and towards not in names:
        raise UsageError(f"the network gives no number {towards!r}.{nearest(towards, names)} "
                         f"Known: {', '.join(names)}.")
    target = names.index(towards or names[0])
    network = CutNetwork(on_value(model, target), layer)
    groups = _chosen(replies, settings, target, count, seed)
    rows = np.concatenate(list(groups.values()))
    if not len(rows):
        raise DataError("there is no example to explain. Raise --n_random.")
    _require_same(network, replies, settings, target, rows)
    heat = _write_maps(folder, network, replies, settings, target, groups, method, seed, on_progress)
    tested = np.random.default_rng(seed).permutation(len(rows))[:TESTED]
    content = _test(network, replies.read_images(rows[tested]), heat[tested], settings, target, method, seed)
    return Explained({"counts": {name: len(some) for name, some in groups.items()}, "layer": network.layer,
                      "map_shape": network.map_shape, "target": names[target], **content})


def _chosen(replies, settings, target, count, seed):
    """Return the rows of each group: the largest errors of the number, and some of the others."""
    errors = given_values(replies.raw, settings).errors(true_values(replies, settings.names))
    error = np.abs(errors[:, target])
    known = np.flatnonzero(np.isfinite(error))
    worst = known[np.argsort(-error[known], kind="stable")][:count]
    others = np.setdiff1d(np.arange(len(replies)), worst)
    rng = np.random.default_rng(seed)
    return {"worst": worst, "random": np.sort(rng.choice(others, min(count, len(others)), replace=False))}


def _require_same(network, replies, settings, target, rows):
    """Compare some stored values with those of the Keras network."""
    some = rows[:8]
    values = given_values(replies.raw[some], settings)
    found = values.value.copy()
    found[:, target] = np.asarray(network.logits(network.inputs(replies.read_images(some))))
    known, now = values.encoded[:, target], settings.encoding.encode(found)[:, target]
    difference = np.abs(now - known) / np.maximum(1, np.abs(known))
    if not (difference < SAME_VALUE).all():
        raise IntegrityError("the Keras file and the bundle beside it are not the same network: their values "
                             f"differ by {np.max(difference):.2g}. Train again, or move the file elsewhere.")


def _heat(network, images, method, seed):
    """Return what raises the number and what lowers it, together."""
    from otrain.explain.explain import explain

    return sum(explain(network, images, np.full(len(images), side), method=method, seed=seed)
               for side in (1, 0))


def _write_maps(folder, network, replies, settings, target, groups, method, seed, on_progress):
    """Write overlays group by group, and the file of all maps; return the maps."""
    rows = np.concatenate(list(groups.values()))
    given = given_values(replies.raw, settings)
    truth, name, parts, done = true_values(replies, settings.names)[:, target], settings.names[target], [], 0
    for group, some in groups.items():
        folder.group(group).mkdir()
        for start in range(0, len(some), network.batch):
            batch = some[start:start + network.batch]
            images = replies.read_images(batch)
            heat = _heat(network, images, method, seed)
            titles = [f"{example_name(replies, row)}   {name} {given.value[row, target]:.4g} +- "
                      f"{given.sd[row, target]:.2g}, true {truth[row]:.4g}" for row in batch]
            write_overlays(folder.group(group), images, heat, titles, channel=len(replies.channels) - 1,
                           start=start)
            parts.append(heat)
            done += len(batch)
            on_progress(done, len(rows))
    heat = np.concatenate(parts)
    columns = {"row": replies.rows[rows], "value": given.value[rows, target], "truth": truth[rows],
               "group": np.repeat(list(groups), [len(some) for some in groups.values()])}
    columns |= {key: replies.columns[key][rows] for key in ("candid", "file") if key in replies.columns}
    write_heat_maps(folder.maps_npz, [heat], heat.shape, columns)
    return heat


def _test(network, images, heat, settings, target, method, seed):
    """Return how far the number moves without the hottest pixels, and how alike maps of noise weights are."""
    from otrain.explain.faithfulness import shuffled_weights, standardised_ranks
    from otrain.explain.sky import blank_sky

    images = np.asarray(images, np.float32)
    sky, rng = blank_sky(images, seed=seed), np.random.default_rng(seed)
    encode = _encoder(settings, target)
    before, moved = encode(_values(network, images)), {}
    for name, order in (("heat", heat), ("random", rng.random(heat.shape))):
        gone = np.where(_hottest(order, rng)[..., None], sky, images)
        moved[name] = np.abs(encode(_values(network, gone)) - before)
    with shuffled_weights(network, seed=seed):
        others = _heat(network, images, method, seed)
    alike = np.mean(standardised_ranks(heat) * standardised_ranks(others), axis=1)
    alike = float(np.median(alike[np.isfinite(alike)])) if np.isfinite(alike).any() else None
    shift = {key: float(np.median(value)) for key, value in moved.items()}
    better = float(np.mean(moved["heat"] > moved["random"]))
    return {"moved": shift | {"better_than_random": better, "examples": len(images), "removed": REMOVED},
            "shuffled_weights": alike,
            "words": _words(settings.names[target], shift, better, alike, len(images))}


def _hottest(maps, rng):
    """Return which pixels of each map are the hottest, always as many; equal heat is ordered at random."""
    flat = maps.reshape(len(maps), -1)
    order = np.lexsort((rng.random(flat.shape), -flat), axis=1)
    chosen = np.zeros(flat.shape, bool)
    np.put_along_axis(chosen, order[:, :max(1, round(REMOVED * flat.shape[1]))], True, axis=1)
    return chosen.reshape(maps.shape)


def _encoder(settings, target):
    """Return what writes one number on the scale on which errors are counted."""
    encoding = settings.encoding

    def encode(values):
        table = np.tile(encoding.decode(np.zeros(len(encoding.names))), (len(values), 1))
        table[:, target] = values
        return encoding.encode(table)[:, target]

    return encode


def _values(network, images):
    """Return the number for each example, (n,)."""
    parts = [images[start:start + network.batch] for start in range(0, len(images), network.batch)]
    return np.concatenate([np.asarray(network.logits(network.inputs(part)), float) for part in parts])


def _words(name, shift, better, alike, count):
    """Return what the tests found, in sentences."""
    words = [f"Without the hottest {100 * REMOVED:g} % of the pixels {name} moves by {shift['heat']:.2g} of "
             f"the spread of the training values, without as many random ones by {shift['random']:.2g} "
             f"(medians of {count} examples; farther in {100 * better:.0f} % of them)."]
    if better < 0.5:
        words.append("The hottest pixels matter less than random ones: do not trust these maps.")
    if alike is None:
        return [*words, "With shuffled weights the network gives no heat: the maps depend on what it learnt."]
    verdict = ("may show the image rather than what the network learnt" if alike > ALIKE else
               "depend on what the network learnt")
    return [*words, f"Maps of the network with shuffled weights correlate by {alike:.2f} with these (1 is "
            f"the same map): the maps {verdict}."]
