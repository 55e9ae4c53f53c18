"""A data cube to a trained, calibrated and exported network.

Split by object, feed, fit while watching the weights, calibrate on validation,
judge on test, export the bundle, write the report: everything appears in one
run directory, whole or not at all; where a step after the training fails, the
network stays there in an unfinished run that ``resume`` finishes.
"""

import dataclasses
import datetime
import json
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import numpy as np

from otrain import __version__
from otrain.answers.answer import Replies
from otrain.bundle.format import settings_identity
from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.cubes.meta import target_channels
from otrain.data.files.atomic import locked, require_room, write_text
from otrain.data.files.journal import request_id
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.data.subsets.given_split import given_split
from otrain.data.subsets.split import split_cube
from otrain.errors import UsageError
from otrain.evaluation.column_ranges import outside_ranges, training_ranges
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress, say, working
from otrain.workflows.reading.intake import default_jobs
from otrain.workflows.reading.verified_cube import open_verified
from otrain.workflows.training.architecture import chosen_channels, chosen_recipe, encoding_for
from otrain.workflows.training.checkpoints import EVERY, finished_report, resumable
from otrain.workflows.training.hosts import Hosts, fit_on_hosts
from otrain.workflows.training.recipe import Recipe
from otrain.workflows.training.tensorflow import start_tensorflow
from otrain.workflows.training.unfinished import require_free, run_folder
from otrain.workflows.training.versions import package_versions

__all__ = ["Training", "train"]

OTHER_BYTES = 32 << 20  # of a run directory besides its validation cube, about


def train(cube, *, model_path=".", model_name=None, frac=0.15, test_frac=0.15, group=None,
          subset_column=None, threshold=0.5, night=10_000, channels=None, calibration=None, seed=0,
          deterministic=False, device="auto", hosts=None, host_index=0, overwrite=False, resume=False,
          checkpoint_every=EVERY, asked=None, **recipe) -> "Training":
    """Train a network on a data cube and write its run directory.

    Parameters
    ----------
    cube : path-like
        A data cube of any store.
    model_path, model_name : path-like, str
        The run directory is ``<model_path>/CNN_training/<model_name>``; by default
        the name of the cube without its ending.
    frac, test_frac : float
        Fractions of the examples for validation and test.
    group : str, optional
        Rows with the same value in this column stay in one subset, as rows of one object do.
    subset_column : str, optional
        Column of the cube that says of each row whether it is for training, validation or test, instead of
        the fractions.
    threshold : float
        Score from which an example is called real, in counts and figures.
    night : int
        Candidates of one night, for the false alarms that the report states.
    channels : sequence of str, optional
        Names of the channels to use, in this order; by default those of the domain, else all.
    calibration : {"temperature", "isotonic", "conformal", "none"}, optional
        By default the first of the answer: ``temperature`` for classes, ``isotonic`` for events,
        ``conformal`` for numbers.
    seed : int
        Of split, weights, order, augmentation and dropout.
    deterministic : bool
        The same weights, bit by bit, for the same seed on the same machine.
    device : {"auto", "cpu", "gpu"}
    hosts : str, optional
        ``host:port`` of every host that takes part, separated by commas; each starts the same training
        with its own `host_index`.
    host_index : int
        Place of this host in `hosts`. Only 0 writes a run directory.
    overwrite : bool
        Replace an older run directory, once the new one is complete, and give up an unfinished run.
    resume : bool
        Go on where a process that was asked for the same was stopped or killed.
    checkpoint_every : float
        Seconds of training between two checkpoints.
    asked : dict, optional
        What the command line said, for ``run.json``.
    **recipe
        ``architecture epochs batch_size learning_rate weight_decay optimizer scheduler
        patience dropout normalise augment class_weight precision ensemble accumulate scaling
        first_weights``, see `Recipe`.

    Returns
    -------
    Training

    Raises
    ------
    OutputError
        If the run directory exists and `overwrite` is false, or the folder is none, or another
        process writes it, or an unfinished run is there and neither `resume` nor `overwrite` is set.
    DataError
        If the cube has too few examples to split.
    IntegrityError
        If weights or losses are no longer finite after an epoch.
    """
    if not 0 < threshold < 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    name = model_name or Path(cube).name.removesuffix(".npz").removesuffix(".h5")
    run = RunDirectory.for_model(model_path, name)
    hosts = Hosts.parsed(hosts, host_index, batch_size=recipe.get("batch_size"), deterministic=deterministic,
                         resume=resume and not (host_index == 0 and run.checkpoint.exists()))
    leads = hosts is None or hosts.leads
    if leads:
        require_free(run, overwrite=overwrite, resume=resume)
    with open_verified(cube) as cube, locked(run.path, overwrite=overwrite) if leads else nullcontext():
        task, domain = TASKS.load(cube.meta["task"]), DOMAINS.load(cube.meta["domain"])
        rules, lesson = domain.rules(task.name), task.lesson(cube.meta, cube.path)
        answer, chosen = ANSWERS.load(rules.answer or task.answer), chosen_channels(cube, rules, channels)
        calibration = calibration or answer.calibrations[0]
        answer.check(cube.classes, calibration=calibration, threshold=threshold)
        recipe = chosen_recipe(recipe, domain, task, lesson)
        parts = {"strata": answer.strata(cube), "fewest": 2 if lesson.classes else 1}
        split = given_split(cube, subset_column, **parts) if subset_column else split_cube(
            cube, **parts, frac_validation=frac, frac_test=test_frac, group=group, seed=seed)
        recipe = Recipe.resolved(examples=len(split.train), seed=seed, **recipe)
        request, surroundings = _request(
            cube, recipe, deterministic, frac=frac, test_frac=test_frac, group=group, threshold=threshold,
            **({"subset_column": subset_column} if subset_column else {}),
            night=night, channels=channels, calibration=calibration, device=device,
            hosts=hosts and len(hosts.names))
        if resume and (report := finished_report(run, request)) is not None:
            return Training(report, run)
        require_room(run.path, 4 * int(np.prod(cube.shape)) * len(split.validation) + OTHER_BYTES)
        _say_start(cube, split, recipe)
        if resume and not run.checkpoint.exists():
            say("no checkpoint: beginning at the beginning")
        part = {"channels": chosen, "on_epoch": _say_epoch}
        start_tensorflow()  # from here on nothing that was asked for is refused
        from otrain.workflows.training.fitting import compute, fit
        from otrain.workflows.training.run_files import write_network, write_run_json

        if not leads:
            fit_on_hosts(hosts, recipe, cube, split, task, device=device, **part)
            return Training(None, run)
        with (resumable(run.checkpoint, request, surroundings, resume=resume, overwrite=overwrite,
                        every=checkpoint_every) as keeper,
              run_folder(run, request, overwrite=overwrite) as building):
            with compute(device, seed=seed, deterministic=deterministic):
                network, history = (
                    fit(recipe, cube, split, task, augmentations=rules.changes, keeper=keeper, **part)
                    if hosts is None else
                    fit_on_hosts(hosts, recipe, cube, split, task, device=device, keeper=keeper, **part))
            write_network(building, network, history, cube, split)
            facts = _facts(building, network, cube, split, history, recipe, chosen)
            with working("judging and exporting"):
                report = _judge(building, network, cube, split, task, answer, domain, recipe, channels=chosen,
                                threshold=threshold, calibration=calibration, night=night, facts=facts)
            write_run_json(building, asked=asked or {}, recipe=dataclasses.asdict(recipe), cube=cube,
                           split=split, report=report, seconds=keeper.seconds, request=request_id(request))
    return Training(report, run)


def _request(cube, recipe, deterministic, **asked):
    """Return what decides the result of a run, and what else has a part in its last bits."""
    surroundings = {"threads": 1 if deterministic else default_jobs(), "versions": package_versions()}
    request = {"cube": cube.identity, "deterministic": deterministic, "recipe": recipe.to_request(),
               **asked}
    # The same bits are promised: what could change them must be the same.
    return (request | surroundings if deterministic else request), surroundings


def _facts(run, network, cube, split, history, recipe, channels):
    """Return what a report says besides scores."""
    return {
        "name": run.name, "otrain_version": __version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cube_counts": cube.meta.get("counts") or {}, "history": history, "versions": package_versions(),
        "seeds": {"seed": recipe.seed}, "channels": [cube.channels[c] for c in channels],
        "column_ranges": outside_ranges(_training_ranges(cube, split.train), cube.columns_of(split.test)),
        "class_weight": recipe.class_weight, **_ensemble(recipe, network),
        "trained_on": {name: int(np.sum(cube.labels[split.train] == index))
                       for index, name in enumerate(cube.classes)} or {"examples": len(split.train)},
    }


def _ensemble(recipe, network):
    """Return what is said of a network of several: how many, and the parameters of all."""
    if recipe.ensemble == 1:
        return {}
    return {"ensemble": recipe.ensemble, "parameters": int(network.count_params())}


def _judge(run, network, cube, split, task, answer, domain, recipe, *, channels, threshold, calibration,
           night, facts):
    """Settle on validation, judge on test, and write what follows from it: bundle, replies, report."""
    from otrain.bundle.export import export_bundle
    from otrain.workflows.training.alarm import measure_alarm
    from otrain.workflows.training.run_files import write_validation_cube

    encoding = encoding_for(recipe, task, cube, split.train)
    replies = _replies(network, cube, split, task, channels, encoding)
    with progress(answer.title) as on_progress:
        settled = answer.settle(replies, domain, task, calibration=calibration, threshold=threshold,
                                class_weight=recipe.class_weight, on_progress=on_progress)
    predictions = replies.predictions
    predictions.scores = np.asarray(settled.scores, float)
    predictions.meta["calibration"] = settings_identity(settled.settings.to_dict())
    judgement = answer.judge(replies, settled.settings, domain, task, facts, seed=recipe.seed,
                             material=settled.material, asked={"night": night})
    report, alarm = judgement.report, None
    if getattr(answer, "alarm", False):  # not every answer of a plug-in says
        alarm, report["alarm"] = measure_alarm(network, cube, split, channels=channels, seed=recipe.seed)
    bundle = export_bundle(
        network, run.bundle, cube_meta=_meta_for(cube, channels), name=run.name, settings=settled.settings,
        encoding=encoding,
        golden_images=replies.read_images(_spread(len(replies), answer.golden)),
        seen=report.get("column_ranges"), alarm=alarm, versions=report["versions"], ensemble=recipe.ensemble,
        facts={"counts": report["counts"], "metrics": report["metrics"].get("test", {}),
               "architecture": network.name, "seed": recipe.seed, "notes": report["notes"],
               "alarm": report.get("alarm"), **_ensemble(recipe, network),
               **answer.card(settled.settings, cube.classes)})
    report["model_id"] = bundle.identity
    predictions.save(run.predictions)
    write_validation_cube(run, cube, split.validation, channels=channels)
    answer.write_run(run, judgement, network, domain, task, seed=recipe.seed)
    write_text(run.report_json, json.dumps(report, indent=1, allow_nan=False) + "\n")
    return report


def _replies(network, cube, split, task, channels, encoding):
    """Return what the network says of validation and test."""
    from otrain.workflows.training.fitting import logits_of

    rows = np.concatenate([split.validation, split.test])
    subset = np.repeat(["validation", "test"], [len(split.validation), len(split.test)])
    raw = logits_of(network, cube, rows, task, channels=channels)
    nothing = np.full(len(rows), np.nan)
    predictions = Predictions(columns=cube.columns_of(rows), labels=cube.labels[rows], logits=raw,
                              scores=nothing, subset=subset,
                              meta={"classes": list(cube.classes), "cube": cube.identity,
                                    **({"encoding": encoding} if encoding else {})})
    return Replies(cube, rows, list(channels), predictions, encoding)


def _meta_for(cube, channels):
    """Return the meta of the cube as its network needs it: the channels that it gets."""
    names = [cube.channels[c] for c in channels]
    meta = cube.meta | {"channels": names}
    if target_channels(cube.meta):  # files are prepared with every channel, of which the network takes some
        return meta
    return meta | {"recipe": cube.meta["recipe"] | {"channels": names}}


def _training_ranges(cube, rows):
    """Return the ranges of the columns of the training subset, one column at a time."""
    return {name: entry for column in cube.columns
            for name, entry in training_ranges(cube.columns_of(rows, [column])).items()}


def _spread(count, most):
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(int))


def _say_start(cube, split, recipe):
    batches = f"{recipe.accumulate} x {recipe.batch_size}" if recipe.accumulate > 1 else recipe.batch_size
    say(f"{len(cube)} examples {'x'.join(map(str, cube.shape))}: {len(split.train)} training, "
        f"{len(split.validation)} validation, {len(split.test)} test; {recipe.architecture}, "
        f"batches of {batches}, learning rate {recipe.learning_rate:g}, {recipe.precision}")
    for note in filter(None, (split.note, *cube.notes)):
        say(f"note: {note}")


def _say_epoch(epoch, epochs, logs):
    watched = "  ".join(f"{name} {value:.4f}" for name, value in logs.items()
                        if name.startswith("val_") and name != "val_loss")
    say(f"epoch {epoch}/{epochs}  loss {logs['loss']:.4f}  val_loss {logs['val_loss']:.4f}  {watched}  "
        f"{logs['seconds']:.1f} s")


class Training(NamedTuple):
    """What a training left behind.

    Parameters
    ----------
    report : dict or None
        As in ``report.json``; None on a host other than the first, which writes nothing.
    run : RunDirectory
    """

    report: dict | None
    run: RunDirectory

    def __repr__(self):
        return f"<Training {self.run.path}>"

    @property
    def path(self):
        """The run directory."""
        return self.run.path

    @property
    def notes(self):
        """What a reader of the rates must know."""
        return tuple(self.report["notes"]) if self.report else ()

    @property
    def exit_code(self):
        """Of otrain-train."""
        return 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        report = self.report or {"counts": {}, "metrics": {}}
        return document("otrain-train", self, {
            "name": self.run.name, "model_id": report.get("model_id"),
            "bundle": str(self.run.bundle) if self.report else None,
            "counts": report["counts"], "metrics": report["metrics"]})
