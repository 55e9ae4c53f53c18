"""Heat along light curves: which points a network looks at when it finds, misses or invents an event."""

import numpy as np

from otrain.answers.answer import Explained, silent
from otrain.answers.events.judgement import Judged
from otrain.answers.events.search import NETWORK, look_for_events
from otrain.answers.same_network import require_same_on_points
from otrain.data.results.heat_maps import write_heat_maps
from otrain.errors import DataError, UsageError
from otrain.plots.curve_gallery import heated_curve
from otrain.plots.style import save_figure
from otrain.registry import nearest

__all__ = ["explain_events"]

AROUND = 5.0  # durations to either side that are drawn
LEAST = 1.5  # d
NEAR = 1.0  # durations from the centre: heat within is at the event


def explain_events(folder, model, replies, settings, domain, task, *, count, threshold, method, seed,
                   layer=None, towards=None, on_progress=silent):
    """Draw the heat of found, missed and false events, and write it point by point.

    Parameters
    ----------
    folder : HeatMapDirectory
    model : keras.Model
        Scores each point.
    replies : Replies
    settings : EventSettings
    domain : Domain
    task : Task
    count : int
        Events of each outcome, drawn by `seed`.
    threshold : float
        Probability from which an event is announced.
    method : str
        Name in the catalogue of explainers.
    seed : int
    layer : str, optional
    towards : str, optional
        Class of the events; by default the first of the network.
    on_progress : callable

    Returns
    -------
    Explained

    Raises
    ------
    DataError
        If there is no event.
    IntegrityError
        If the network is not the one that gave the maps.
    """
    from otrain.explain.network import CutNetwork
    from otrain.explain.on_points import on_points

    kinds, cube = list(replies.cube.classes[1:]), replies.cube
    if towards is not None and towards not in kinds:
        raise UsageError(f"no event is of the class {towards!r}.{nearest(towards, kinds)} "
                         f"Known: {', '.join(kinds)}.")
    kind = towards or kinds[0]
    index = kinds.index(kind) + 1
    network = CutNetwork(on_points(model), layer)
    found = look_for_events(cube, replies.rows, replies.subset, replies.raw, task, domain,
                            search=settings.search, baselines=())
    events = _outcomes(found, replies.predictions, settings.search, kind, index, threshold, count, seed)
    how = {"method": method, "seed": seed}
    some = np.unique(events["row"])[:4]
    require_same_on_points(network, replies.read_images(some), replies.predictions.logits[some])
    heat, points = _explain(network, replies.read_images, cube, replies.rows, events, index, how,
                            on_progress)
    _draw(folder, cube, replies.rows, events, heat, task, kind)
    columns = {name: replies.columns[name][events["row"]] for name in ("candid", "file")
               if name in replies.columns}
    write_heat_maps(folder.maps_npz, [heat], heat.shape, {
        "row": replies.rows[events["row"]], "score": events["score"], "t0": events["t0"],
        "duration": events["duration"], "outcome": events["outcome"],
        "towards": np.full(len(heat), index)} | columns)
    return Explained({
        "counts": {name: int(np.sum(events["outcome"] == name)) for name in ("TP", "FP", "FN")},
        "threshold": threshold, "layer": network.layer, "map_shape": network.map_shape, "class": kind,
        "words": _words(heat, points, kind)})


def _outcomes(found, predictions, search, kind, index, threshold, count, seed):
    """Return events of each outcome: ``row t0 duration score outcome``, in the order of the outcomes."""
    truth, events = found.truth, found.events[NETWORK, kind]
    judged = Judged(events, truth, truth["kind"] == index, predictions.subset, predictions.labels == 0,
                    score=search.statistic)
    calibrate = search.kinds[kind].calibration.apply
    score = calibrate(judged.score)
    missed = judged.wanted & ~(np.nan_to_num(calibrate(judged.found_score), nan=-1) >= threshold)
    announced = score >= threshold
    parts, rng = [], np.random.default_rng(seed)
    for outcome, table, some, known in (
            ("TP", events, announced & judged.true, score),
            ("FP", events, announced & ~judged.true & ~judged.ignored, score),
            ("FN", truth, missed, calibrate(judged.found_score))):
        places = np.flatnonzero(some)
        places = np.sort(rng.choice(places, min(count, len(places)), replace=False))
        parts.append({name: table[name][places] for name in ("row", "t0", "duration")}
                     | {"score": known[places], "outcome": np.full(len(places), outcome)})
    chosen = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if not len(chosen["row"]):
        raise DataError(f"no {kind} event is found or missed, so there is nothing to explain. "
                        "Lower --threshold, or raise --n_random.")
    return chosen


def _explain(network, read_images, cube, rows, events, index, how, on_progress):
    """Return the heat (n, L) of each event, and which points are near its centre (n, L); NaN: no value."""
    from otrain.explain.explain import explain

    heat, near = [], []
    for start in range(0, len(events["row"]), network.batch):
        some = slice(start, start + network.batch)
        part = {name: values[some] for name, values in events.items()}
        away = np.abs(_times(cube, rows[part["row"]]) - part["t0"][:, None]) * 24
        inside = (away <= part["duration"][:, None] / 2).astype(np.float32)
        heat.append(explain(network, [read_images(part["row"]), inside], np.full(len(inside), index), **how))
        near.append(np.where(np.isfinite(away), away <= NEAR * part["duration"][:, None], np.nan))
        on_progress(min(some.stop, len(events["row"])), len(events["row"]))
    return np.concatenate(heat), np.concatenate(near)


def _times(cube, rows):
    """Return the time of each point [d]; NaN where it has no value."""
    images, start = cube.read(rows), np.asarray(cube.columns_of(rows, ["time_start"])["time_start"], float)
    time = images[..., cube.channels.index("time")].astype(float) + start[:, None]
    return np.where(np.isfinite(images[..., 0]), time, np.nan)


def _draw(folder, cube, rows, events, heat, task, kind):
    for outcome in ("TP", "FP", "FN"):
        folder.images(outcome).mkdir()
        for number, place in enumerate(np.flatnonzero(events["outcome"] == outcome).tolist()):
            row, t0, duration = (events[name][place] for name in ("row", "t0", "duration"))
            time, example = _times(cube, rows[[row]])[0], cube.read(rows[[row]])[0]
            columns = {name: values[0] for name, values in cube.columns_of(rows[[row]]).items()}
            part = np.abs(time - t0) <= max(LEAST, AROUND * duration / 24)
            score = events["score"][place]
            words = f"{columns.get('candid', '')}, day {t0:.2f}\nheat for {kind}, " + (
                "not found" if np.isnan(score) else f"p = {score:.3f}")
            figure = heated_curve(time[part], example[part, 0] * float(columns.get("scale", 1)) * 1e6,
                                  heat[place][part], t0=t0, label=example[part, task.answer_channel(cube)],
                                  title=words)
            save_figure(folder.images(outcome) / f"curve_CAM_{number}.png", figure)


def _words(heat, near, kind):
    """Say how much of the heat lies at the events."""
    total = np.nansum(np.where(np.isfinite(near), heat, np.nan), axis=1)
    share = np.nansum(heat * np.nan_to_num(near), axis=1) / np.maximum(total, 1e-30)
    points = np.nanmean(near, axis=1)
    return [f"{100 * np.median(share):.0f} % of the heat lies within one duration of the centre of the "
            f"{kind} event, where {100 * np.median(points):.1f} % of the points are (medians of "
            f"{len(heat)} events)."]
