"""Candidate files, or a data cube, to a table of scores."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from otrain import __version__
from otrain.catalogue import DOMAINS
from otrain.data.atomic import locked, require_absent
from otrain.data.hidden import hidden
from otrain.data.listing import require_source
from otrain.data.quarantine import Tally, write_quarantine
from otrain.data.score_table import FORMATS, score_table, window_arrays
from otrain.data.work_log import EVERY, WorkLog
from otrain.errors import DataError, IntegrityError, OtrainError, OutputError, UsageError
from otrain.registry import nearest
from otrain.workflows._account import Account, contents_of, continued
from otrain.workflows._early import watching
from otrain.workflows._intake import default_jobs, intake
from otrain.workflows._network import open_network
from otrain.workflows._progress import progress, say
from otrain.workflows._score_tables import ENDINGS, layout
from otrain.workflows._score_windows import Asking, cube_windows, file_windows, is_cube, scoring_recipe
from otrain.workflows._unseen import Unseen

__all__ = ["Inference", "infer"]

NAME, EVENTS = "infer_results", "events"


@dataclass(frozen=True)
class Inference:
    """What scoring left behind.

    Parameters
    ----------
    path : Path
        The table.
    tally : Tally
        What became of every input.
    classes : Counter
        Number of examples called each class.
    quarantine : Path or None
        Table of the rejected inputs, if there are any.
    model_id, calibration_id : str
        What gave the scores.
    threshold : float
    notes : tuple of str
        What a person must know before using the scores.
    injected : otrain.workflows._injection.Injected, optional
        What became of transits that were put into the light curves.
    unseen : dict
        By column the examples outside what the network was trained on: ``judged outside unseen`` and
        ``low high`` or ``values`` of the training.
    """

    path: Path
    tally: Tally
    classes: Counter
    quarantine: Path | None
    model_id: str
    calibration_id: str
    threshold: float
    notes: tuple[str, ...]
    injected: object | None = None
    unseen: dict = field(default_factory=dict)


def infer(cutouts, model, *, prob_ratio=None, format=None, out=None, threshold=None, uncertainty=None,
          jobs=None, engine="local", ray_address=None, reader=None, mapping=None, domain=None,
          normalise=None, seed=0, overwrite=False, resume=False, checkpoint_every=EVERY, maps=True,
          inject=None, inject_depths=None, inject_durations=None, **preparation):
    """Score candidates with a trained network, or find the events in light curves, and write one table.

    Parameters
    ----------
    cutouts : path-like or iterable of path-like
        Folder (``true/`` and ``false/``, or flat), single file, data cube, or paths.
    model : path-like
        Run directory, bundle, ``.keras`` or ``.h5``.
    prob_ratio : float, optional
        Reals per bogus expected in the data; by default scores presuppose the share of
        reals of the training cube.
    format : str, optional
        ``dat`` as O'TRAIN wrote it (the default), ``ecsv`` (of events), ``csv``, ``parquet`` or ``votable``.
    out : path-like, optional
        The table, whose ending says the format; by default ``infer_results.<format>`` in the folder of
        the cutouts, or ``events.<format>`` in the current folder.
    threshold : float, optional
        Score from which an example is called real; by default that of the network.
    uncertainty : int, optional
        Number of passes with random dropout behind a column ``uncertainty``.
    jobs : int, optional
        Worker processes; by default one per core.
    engine, ray_address
        As for `otrain.workflows._intake.intake`; a data cube is read in this process.
    reader, mapping, domain
        Instead of what is recognised.
    normalise : {"none", "l2", "robust"}, optional
        What is done to the pixels before a network without a bundle, which does not say what it
        was trained on; by default nothing.
    seed : int
        Of the dropout of `uncertainty`.
    overwrite : bool
    resume : bool
        Go on where a process that was asked for the same was stopped or killed.
    checkpoint_every : float
        Seconds of work that a power cut may cost.
    maps : bool
        Whether the probability of every point is written beside the table of events.
    inject : int, optional
        Events of each depth and duration that are put into copies of the light curves, to see which of
        them are found.
    inject_depths, inject_durations : sequence of float, optional
        [ppm] and [h]; by default those of `otrain.workflows._injection`.
    **preparation
        Values in place of those of the recipe of the network, e.g. ``pad=True``.

    Returns
    -------
    Inference

    Raises
    ------
    OutputError
        If the table exists and `overwrite` is false, or unfinished work is there and neither
        `resume` nor `overwrite` is set.
    DataError
        If no usable candidate is there.
    IntegrityError
        If the network is damaged or refused, or gives a score that is not finite.
    """
    _require_possible(cutouts, threshold, uncertainty, format, out)
    inject = _injections(inject, seed, depths=inject_depths, durations=inject_durations)
    network = open_network(model, normalise=normalise)
    searches = network.events is not None
    format = _format(format, out, "ecsv" if searches else "dat")
    path = _output(cutouts, format, out, EVENTS if searches else NAME)
    require_absent(path, overwrite=overwrite, folder=False)
    chosen = DOMAINS.load(domain or network.domain)
    crew = _crew(cutouts, jobs, engine, ray_address)
    changes = _changes(preparation, chosen)
    if searches:
        _require_events(format, threshold, prob_ratio, uncertainty)
        return _infer_events(path, cutouts, network, chosen, format=format, threshold=threshold, crew=crew,
                             reader=reader, maps=maps, overwrite=overwrite, resume=resume,
                             every=checkpoint_every, inject=inject, model=model, changes=changes)
    if inject is not None:
        raise UsageError("--inject is for networks that find events in light curves; this one gives one "
                         "score an example. Leave it out.")
    threshold = _checked_threshold(network.threshold if threshold is None else threshold)
    score = _scorer(network, prob_ratio, uncertainty, format, seed)
    fields, fill = layout(format, chosen, network, threshold=threshold, uncertainty=bool(uncertainty))
    account, rejected = Account(), path.with_name(f"{path.name}.quarantine.ecsv")
    log = WorkLog(hidden(path, "progress"), _request(
        cutouts, network, format=format, threshold=threshold, prob_ratio=prob_ratio, uncertainty=uncertainty,
        reader=reader, mapping=mapping and os.fspath(mapping), domain=chosen.name, preparation=changes,
        seed=seed),
        every=checkpoint_every)
    with locked(path, beside=[rejected.name], overwrite=overwrite), \
            continued(log, account, resume=resume, overwrite=overwrite), progress("scoring") as on_progress, \
            score_table(path, fields, format=format, meta=_meta(network, threshold, prob_ratio)) as write:
        for window in log.parts():
            write(window)
        unseen = Unseen(getattr(network, "seen", {}), account.unseen)
        for images, columns in _windows(cutouts, chosen, network, account, on_progress, crew=crew,
                                        reader=reader, mapping=mapping, changes=changes,
                                        uncertainty=bool(uncertainty)):
            scores, spread = score(images)
            window = window_arrays(fill(columns, scores, spread), fields)
            account.classes.update(_called(scores, threshold, network.classes))
            unseen.add(columns)
            account.unseen = unseen.state()
            log.add(window, account.state())
            write(window)
        # Before the table: where that is, everything is.
        write_quarantine(rejected, account.quarantine)
        if not account.tally.kept:
            raise DataError(_nothing(cutouts, account.tally, rejected if account.quarantine else None))
    return Inference(path, account.tally, account.classes, rejected if account.quarantine else None,
                     network.identity, network.calibration_id, threshold,
                     (*_notes(network), *unseen.notes(), *account.tally.notes),
                     unseen=unseen.to_dict())


def _require_possible(cutouts, threshold, uncertainty, format, out):
    """Refuse what needs no network to be refused: one that comes as a Keras file takes long to open."""
    if format is not None:
        _require_format(format)
    _format(format, out, "dat")
    if out is not None and not Path(out).parent.is_dir():
        raise OutputError(f"{out}: there is no folder {os.fspath(Path(out).parent)!r}. Make it, or choose "
                          "another place.")
    if threshold is not None:
        _checked_threshold(threshold)
    if uncertainty is not None and uncertainty < 2:
        raise UsageError(f"--uncertainty needs at least 2 passes. Received: {uncertainty}")
    require_source(cutouts)


def _request(cutouts, network, **asked):
    """Return what decides the content of a table."""
    source = os.fsdecode(cutouts) if isinstance(cutouts, (str, os.PathLike)) else "a list of files"
    return {"cutouts": source, "model_id": network.identity, "calibration_id": network.calibration_id,
            "otrain_version": __version__, **asked, **contents_of(asked, "mapping")}


def _changes(preparation, domain):
    """Return what is asked of the preparation besides the recipe of the network; refuse what is unknown."""
    known = {*domain.preparation.make_recipe(), *domain.preparation.options.values()}
    for name in preparation:
        if name not in known:
            raise UsageError(f"--{name.replace('_', '-')} does not concern {domain.name}."
                             f"{nearest(name, known)}")
    return preparation


def _injections(repeats, seed, **sizes):
    """Return the events that are to be put into light curves, None for none."""
    given = {name: tuple(values) for name, values in sizes.items() if values is not None}
    if repeats is None:
        if given:
            raise UsageError("--inject-depths and --inject-durations say what --inject N puts into light "
                             "curves. Add --inject.")
        return None
    from otrain.workflows._injection import Injections

    return Injections(repeats, seed=seed, **given)


def _require_events(format, threshold, prob_ratio, uncertainty):
    """Refuse what is for one score an example."""
    for flag, value in (("--prob-ratio", prob_ratio), ("--uncertainty", uncertainty)):
        if value is not None:
            raise UsageError(f"{flag} is for one score an example; this network finds events in light "
                             "curves. Leave it out.")
    if format == "dat":
        raise UsageError("infer_results.dat has no columns for events. Choose --format ecsv.")
    if threshold is not None:
        _checked_threshold(threshold)


def _infer_events(path, cutouts, network, domain, *, format, threshold, crew, reader, maps, overwrite, resume,
                  every, inject, model, changes):
    """Find the events of light curves; see `infer`."""
    from otrain.workflows._infer_events import EventSearcher, cube_examples, maps_path
    from otrain.workflows._injection import injections_path, recover_injections

    source = cutouts if isinstance(cutouts, (str, os.PathLike)) else list(cutouts)
    is_ours = is_cube(source) and reader is None and _is_cube_of(source, domain)
    if inject is not None:
        _require_injectable(source, domain, is_ours, path, overwrite=overwrite or resume)
    account, rejected = Account(), path.with_name(f"{path.name}.quarantine.ecsv")
    log = WorkLog(hidden(path, "progress"), _request(
        cutouts, network, format=format, threshold=threshold, reader=reader, domain=domain.name,
        preparation=changes, maps=maps), every=every)
    with locked(path, beside=[maps_path(path).name, rejected.name], overwrite=overwrite), \
            continued(log, account, resume=resume, overwrite=overwrite), progress("searching") as on_progress:
        searcher, injected = EventSearcher(network, domain, threshold=threshold), None
        if inject is not None:
            # Before the table: where that is, everything is.
            injected = recover_injections(
                injections_path(path), source, network, domain, searcher, inject, reader=reader, model=model,
                crew=crew, meta=_meta(network, threshold, None), on_progress=on_progress, changes=changes)
        if is_ours:
            examples = cube_examples(source, domain, account, on_progress)
        else:
            recipe = domain.series.overlapping(domain.preparation.make_recipe() | network.recipe | changes)
            examples = intake(source, domain, recipe, reader=reader, tally=account.tally,
                              quarantine=account.quarantine, on_progress=on_progress, place=account.place,
                              **crew)
        classes = searcher.write(path, examples, log, account, format=format, maps=maps,
                                 meta=_meta(network, threshold, None),
                                 nothing=lambda: _nothing(cutouts, account.tally, rejected
                                                          if account.quarantine else None))
    return Inference(path, account.tally, classes, rejected if account.quarantine else None,
                     network.identity, network.calibration_id, threshold, tuple(account.tally.notes),
                     injected)


def _require_injectable(source, domain, is_cube, path, *, overwrite):
    """Refuse what no transit can be put into, before the long job."""
    from otrain.workflows._injection import injections_path

    if domain.series is None or domain.series.injection is None:
        raise UsageError(f"--inject is not known for the domain {domain.name!r}. Leave it out.")
    if is_cube:
        raise UsageError(f"{os.fsdecode(source)}: --inject needs light curves as they were read; those of a "
                         "data cube are scaled already. Give the files that the cube was made from.")
    table = injections_path(path)
    for place in (table, table.with_suffix(".png")):
        require_absent(place, overwrite=overwrite, folder=False)


def _is_cube_of(path, domain):
    """Tell whether a file is a data cube of a domain; a light curve may lie in an ``.npz`` as well."""
    from otrain.workflows._cubes import open_verified

    try:
        with open_verified(path, verified=False) as cube:
            return cube.meta["domain"] == domain.name
    except OtrainError:
        return False


def _output(cutouts, format, out, name):
    """Return where the table goes: that of O'TRAIN into the folder of the cutouts, as it always did."""
    if out is not None:
        return Path(out)
    if name == EVENTS or not isinstance(cutouts, (str, os.PathLike)):
        return Path(name + ENDINGS[format])
    name += ENDINGS[format]
    inside = os.path.isdir(cutouts) and not is_cube(cutouts)  # a cube folder is closed
    return Path(cutouts) / name if inside else Path(cutouts).parent / name


def _format(asked, out, default):
    """Return the format of the table: what is asked for, or what the ending of its name says."""
    ending = "" if out is None else Path(out).suffix.lower()
    told = next((name for name, own in ENDINGS.items() if own == ending), None)
    if asked is not None and told not in (None, asked):
        raise UsageError(f"{out}: the ending says {told}, --format says {asked}. Leave one of them out, or "
                         "choose another name.")
    if asked is None and ending and told is None:
        raise UsageError(f"{out}: the ending {ending!r} says no format. Known: "
                         f"{', '.join(ENDINGS.values())}. Choose one of them, or give --format.")
    return asked or told or default


def _require_format(format):
    if format not in FORMATS:
        raise UsageError(f"unknown table format {format!r}.{nearest(format, FORMATS)} "
                         f"Known: {', '.join(FORMATS)}.")


def _checked_threshold(threshold):
    if not 0 <= threshold <= 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    return float(threshold)


def _scorer(network, prob_ratio, uncertainty, format, seed):
    """Return ``score(images) -> (scores, spread or None)``, once the request is known to be possible."""
    network.shift(prob_ratio)
    if uncertainty and format == "dat":
        raise UsageError("infer_results.dat has no column for the uncertainty. Choose --format ecsv.")

    def score(images):
        if uncertainty:
            scores, spread = network.scores_and_uncertainty(images, uncertainty, seed=seed,
                                                            prob_ratio=prob_ratio)
        else:
            scores, spread = network.scores(images, prob_ratio), None
        if not np.isfinite(scores).all():
            raise IntegrityError(f"the network {network.name!r} gives scores that are not finite. "
                                 "Train it again, or export it with otrain.")
        return scores, spread

    return score


def _windows(cutouts, domain, network, account, on_progress, *, crew, reader, mapping, changes, uncertainty):
    """Yield the examples of a source as ``(images or Answers, columns)``."""
    recipe = scoring_recipe(domain, network, changes)
    if is_cube(cutouts) and reader is None and mapping is None:
        from otrain.workflows._cubes import open_verified

        with open_verified(cutouts) as cube:
            for note in cube.notes:
                say(f"note: {note}")
            yield from cube_windows(cube, domain, network, account.tally, account.quarantine, on_progress,
                                    recipe=recipe, place=account.place)
        return
    if not isinstance(cutouts, (str, os.PathLike)):
        cutouts = list(cutouts)
    finish = None
    if (crew["workers"] or crew["engine"] != "local") and Asking.can_ask(network):
        threads = max(1, default_jobs() // crew["workers"]) if crew["engine"] == "local" else 1
        finish = Asking(network, uncertainty, threads)
    examples = intake(cutouts, domain, recipe, reader=reader, mapping=mapping, tally=account.tally,
                      quarantine=account.quarantine, on_progress=watching(on_progress, account),
                      finish=finish,
                      place=account.place, **crew)
    yield from file_windows(examples, domain, network, account.tally, account.quarantine)


def _crew(cutouts, jobs, engine, ray_address):
    """Return who reads the files, as options of `intake`."""
    if jobs is None and engine == "local":
        # One file is read in one worker all the same: a broken one may kill its process.
        alone = isinstance(cutouts, (str, os.PathLike)) and os.path.isfile(cutouts)
        jobs = 1 if alone else default_jobs()
    return {"workers": jobs, "engine": engine, "ray_address": ray_address}


def _called(scores, threshold, classes):
    called = (scores >= threshold).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
    return Counter({name: int(np.sum(called == index)) for index, name in enumerate(classes)})


def _meta(network, threshold, prob_ratio):
    meta = {"model": network.name, "model_id": network.identity, "calibration_id": network.calibration_id}
    if threshold is not None:
        meta["threshold"] = threshold
    return meta if prob_ratio is None else meta | {"prob_ratio": prob_ratio}


def _nothing(cutouts, tally, rejected):
    where = os.fsdecode(cutouts) if isinstance(cutouts, (str, os.PathLike)) else "the list of files"
    return (f"{where}: no usable candidate ({tally})." + (f" See {rejected}." if rejected else ""))


def _notes(network):
    note = getattr(network, "note", "")
    return (note,) if note else ()
