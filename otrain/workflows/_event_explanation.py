"""Heat along light curves: which points a network looks at when it finds, misses or invents an event."""

import json
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.catalogue import DOMAINS, TASKS
from otrain.data.atomic import atomic_folder
from otrain.data.datacube import open_cube
from otrain.data.heat_maps import HeatMapDirectory, write_heat_maps
from otrain.errors import DataError, IntegrityError, UsageError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork
from otrain.explain.on_points import on_points
from otrain.plots.curve_gallery import heated_curve
from otrain.plots.style import save_figure
from otrain.tasks.event_report import Judged
from otrain.workflows._map_judgement import NETWORK, look_for_events
from otrain.workflows._network import open_network
from otrain.workflows._progress import progress
from otrain.workflows._scored import scored

__all__ = ["explain_events"]

AROUND = 5.0  # durations to either side that are drawn
LEAST = 1.5  # d
NEAR = 1.0  # durations from the centre: heat within is at the event
SAME_LOGIT = 1e-2  # between the stored logits and those of the Keras network, relative above 1


def explain_events(target, model, cube_path, model_path, *, n_random, threshold, how, layer=None,
                   overwrite=False, store=None):
    """Draw the heat of found, missed and false events, and write it point by point.

    Parameters
    ----------
    target : HeatMapDirectory
    model : keras.Model
        Scores each point.
    cube_path, model_path : path-like
    n_random : int
        Events of each outcome, drawn by the seed.
    threshold : float
        Probability from which an event is announced.
    how : dict
        ``method seed``.
    layer : str, optional
    overwrite : bool
    store : path-like, optional
        Keeps the maps where there is no run directory to keep them.

    Returns
    -------
    content : dict
        As in ``explanation.json``.
    notes : list of str

    Raises
    ------
    UsageError
        If the network does not say how events are found in its maps.
    DataError
        If there is no event.
    IntegrityError
        If the network is not the one that gave the maps.
    """
    bundle = None if Path(model_path).is_file() else open_network(model_path)
    if getattr(bundle, "events", None) is None:
        raise UsageError(f"{model_path}: does not say how events are found in the maps of the network. "
                         "Give the run directory of otrain-train.")
    predictions, read_images, context = scored(cube_path, model_path, store=store)
    network = CutNetwork(on_points(model), layer)
    task, domain, kind = TASKS.load(context["task"]), DOMAINS.load(context["domain"]), bundle.classes[1]
    with open_cube(cube_path) as cube:
        rows = read_images.rows
        found = look_for_events(cube, rows, predictions.subset, predictions.logits, task, domain,
                                search=bundle.events, baselines=())
        events = _outcomes(found, predictions, bundle.events, kind, threshold, n_random, how["seed"])
        _check_same_network(network, read_images, predictions, np.unique(events["row"])[:4])
        with atomic_folder(target.path, overwrite=overwrite, marker=target.explanation_json.name) as folder:
            building = HeatMapDirectory(folder)
            heat, points = _explain(network, read_images, cube, rows, events, how)
            _draw(building, cube, rows, events, heat, task, kind)
            columns = {name: predictions.columns[name][events["row"]] for name in ("candid", "file")
                       if name in predictions.columns}
            write_heat_maps(building.maps_npz, [heat], heat.shape, {
                "row": rows[events["row"]], "score": events["score"], "t0": events["t0"],
                "duration": events["duration"], "outcome": events["outcome"],
                "towards": np.ones(len(heat), int)} | columns)
            content = {
                "schema_version": 1, **how, "counts": {name: int(np.sum(events["outcome"] == name))
                                                       for name in ("TP", "FP", "FN")},
                "threshold": threshold, "layer": network.layer, "map_shape": network.map_shape,
                "n_random": n_random, "otrain_version": __version__, "class": kind,
                "words": _words(heat, points, kind),
                **{key: context[key] for key in ("name", "model_id", "cube", "notes")}}
            building.explanation_json.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n",
                                                 encoding="utf-8")
    return content, context["notes"]


def _outcomes(found, predictions, search, kind, threshold, count, seed):
    """Return events of each outcome: ``row t0 duration score outcome``, in the order of the outcomes."""
    truth, events = found.truth, found.events[NETWORK, kind]
    judged = Judged(events, truth, truth["kind"] == 1, predictions.subset, predictions.labels == 0,
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


def _check_same_network(network, read_images, predictions, rows):
    """Compare the stored maps, averaged over their points, with those of the network that is explained."""
    curves = read_images(rows)
    weights = np.isfinite(curves[..., 0]).astype(np.float32)
    got = np.asarray(network.logits(network.inputs([curves, weights]))).reshape(len(rows), -1)
    stored = np.asarray(predictions.logits[rows], float)
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1e-6)
    expected = (stored * weights[..., None]).sum(axis=1) / total
    if expected.shape[1] == 2:
        expected = expected[:, 1:] - expected[:, :1]
    difference = np.abs(got - expected) / np.maximum(1, np.abs(expected))
    if not (difference < SAME_LOGIT).all():
        raise IntegrityError("the Keras file and the bundle beside it are not the same network: their logits "
                             f"differ by {np.max(difference):.2g}. Train again, or move the file elsewhere.")


def _explain(network, read_images, cube, rows, events, how):
    """Return the heat (n, L) of each event, and which points are near its centre (n, L); NaN: no value."""
    heat, near = [], []
    with progress("explaining") as on_progress:
        for start in range(0, len(events["row"]), network.batch):
            some = slice(start, start + network.batch)
            part = {name: values[some] for name, values in events.items()}
            away = np.abs(_times(cube, rows[part["row"]]) - part["t0"][:, None]) * 24
            inside = (away <= part["duration"][:, None] / 2).astype(np.float32)
            heat.append(explain(network, [read_images(part["row"]), inside],
                                np.ones(len(inside), int), **how))
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
