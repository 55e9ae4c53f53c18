"""How good a network becomes with how many labels, and what more of them would bring.

Networks are trained on nested parts of the training and validation subsets and
judged on one fixed test subset. Every finished run is kept at once, so that
the study can be stopped at any time and continued.
"""

import dataclasses
import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from otrain.catalogue import DOMAINS, MODELS, TASKS
from otrain.data.atomic import atomic_file, locked, require_absent, write_text
from otrain.data.hidden import clear
from otrain.data.journal import Journal
from otrain.data.nested import nested_splits
from otrain.data.score_table import Field, score_table
from otrain.data.size_directory import SizeDirectory
from otrain.data.split import split_cube
from otrain.errors import DataError, UsageError
from otrain.evaluation.learning_curve import MEASURES, learning_curve, what_is_missing
from otrain.workflows._checkpoints import resumable
from otrain.workflows._cubes import open_verified
from otrain.workflows._intake import default_jobs
from otrain.workflows._progress import say
from otrain.workflows._recipe import Recipe
from otrain.workflows._tensorflow import start_tensorflow

__all__ = ["optimise_dataset_size"]

FEWEST_PER_CLASS = 4  # in training; fewer than that is no training set
FIELDS = {
    "size": Field(int, "", "labels used for training and validation"),
    "repeat": Field(int, "", "which draw of labels and first weights"),
    "training": Field(int, "", "examples in training"),
    "validation": Field(int, "", "examples in validation"),
    "mcc": Field(float, "", "Matthews correlation, test"),
    "f1": Field(float, "", "F1 of real, test"),
    "accuracy": Field(float, "", "accuracy, test"),
    "training_accuracy": Field(float, "", "accuracy of the finished network, training"),
    "gap": Field(float, "", "training minus test accuracy"),
    "loss": Field(float, "", "cross-entropy, test [nat]"),
    "training_loss": Field(float, "", "cross-entropy, training [nat]"),
    "false_negatives": Field(float, "", "share of reals lost at 1 % false positives, test"),
    "epochs": Field(int, "", "epochs trained"),
    "seconds": Field(float, "s", "wall time of the training"),
}
MEASURED = {"error": "the share of wrong calls",
            "false_negatives": "the false negatives at 1 % false positives"}
DRAWN, WORDS = "false_negatives", "Reals lost at 1 % false positives"


def optimise_dataset_size(cube, *, outdir, model_path=None, model_name=None, n_sections=20, repeats=1,
                          frac=0.15, test_frac=0.15, group=None, seed=0, more_labels=None, device="auto",
                          overwrite=False, resume=False, **recipe):
    """Train on nested parts of a data cube and fit the learning curve.

    Parameters
    ----------
    cube : path-like
        A data cube of two classes, of any store.
    outdir : path-like
        Where journal, figures, table and curve are written.
    model_path : path-like, optional
        Where the network of every run is kept; by default none is.
    model_name : str, optional
        First part of the file names; by default the name of the cube.
    n_sections : int
        The labels are divided into as many sizes less one: ``n * i / (n_sections - 1)``.
    repeats : int
        Runs of each size, each with another draw of labels and other first weights.
    frac, test_frac : float
        Fractions of the examples for validation and test; the largest run trains on what
        otrain-train would.
    group : str, optional
        Column of which no value may straddle subsets, besides the object.
    seed : int
    more_labels : int, optional
        For how many further labels the gain is stated; by default as many again.
    device : {"auto", "cpu", "gpu"}
    overwrite : bool
        Begin anew, and remove the runs of an older study first.
    resume : bool
        Continue the study that lies in `outdir`, if there is one.
    **recipe
        See `otrain.workflows._recipe.Recipe`.

    Returns
    -------
    study : dict
        ``gains`` (one table per measure, see `LearningCurve.gain`), ``runs``, ``counts`` of the test subset.
    directory : SizeDirectory

    Raises
    ------
    OutputError
        If `outdir` holds a study, and neither `resume` nor `overwrite` is set.
    UsageError
        If the study in `outdir` was asked for otherwise, or the request is impossible.
    DataError
        If no size is large enough to train on.
    """
    _check(n_sections, repeats, test_frac, seed, more_labels)
    name = model_name or Path(cube).name.removesuffix(".npz").removesuffix(".h5")
    directory = SizeDirectory(Path(outdir).resolve(), name)
    if not resume:
        require_absent(directory.journal, overwrite=overwrite)
    with open_verified(cube) as cube, locked(directory.path, overwrite=overwrite):
        domain, task = DOMAINS.load(cube.meta["domain"]), TASKS.load(cube.meta["task"])
        recipe = _recipe(cube, domain, task, recipe)
        split = split_cube(cube, frac_validation=frac, frac_test=test_frac, group=group, seed=seed)
        plan = _plan(cube.labels, split, n_sections, repeats, seed)
        if overwrite:
            _remove(directory)
        journal = Journal(directory.journal, {
            "cube": cube.identity, "frac": frac, "test_frac": test_frac, "group": group, "seed": seed,
            "recipe": dataclasses.asdict(Recipe.resolved(examples=len(split.train), **recipe))})
        done = _finished(directory, journal)
        _say_start(cube, split, plan, done)
        start_tensorflow()  # from here on nothing that was asked for is refused
        with _counted(directory, done):
            for number, (repeat, part) in enumerate(plan, 1):
                key = len(part.train) + len(part.validation), repeat
                if key not in done:
                    keep = None if model_path is None else directory.kept_network(model_path, *key)
                    options = recipe | {"seed": seed + repeat}
                    done[key] = _run(directory, journal, key, cube, part, domain, task, options,
                                     device=device, keep=keep)
                    _say_run(number, len(plan), done[key])
        # Runs of an earlier call with more sizes or repeats count too.
        records = [done[key] for key in sorted(done)]
        return _conclude(directory, cube, split, records, more_labels, seed), directory


def _check(n_sections, repeats, test_frac, seed, more_labels):
    """Refuse impossible requests before anything is read."""
    if n_sections < 2:
        raise UsageError(f"--n-sections must be at least 2. Received: {n_sections}.")
    if repeats < 1:
        raise UsageError(f"--repeats must be at least 1. Received: {repeats}.")
    if test_frac <= 0:
        raise UsageError("--test-frac must be positive: every size is judged on one test subset. "
                         f"Received: {test_frac}.")
    if seed < 0:
        raise UsageError(f"--seed must not be negative. Received: {seed}.")
    if more_labels is not None and more_labels < 1:
        raise UsageError(f"--more-labels must be at least 1. Received: {more_labels}.")


def _recipe(cube, domain, task, recipe):
    """Check names before the long job, and fill in what depends on the domain."""
    if task.maps:
        raise UsageError(f"{cube.path}: a learning curve is drawn for one class an example, not for events "
                         "in light curves. Make cubes from folders of fewer stars, train on each "
                         "with otrain-train, and judge each with otrain-diagnostics on one cube of other "
                         "stars.")
    if len(cube.classes) != 2:
        raise UsageError(f"{cube.path}: a learning curve is drawn for two classes. "
                         f"Received: {', '.join(cube.classes)}.")
    recipe = {name: value for name, value in recipe.items() if value is not None}
    recipe = {"architecture": domain.rules(task.name).model, **recipe}
    MODELS.require(recipe["architecture"])
    return recipe


def _plan(labels, split, n_sections, repeats, seed):
    """Return ``(repeat, split)`` of every run, small before large, one repeat after the other.

    Raises
    ------
    DataError
        If no part has enough examples of each class.
    """
    fractions = [i / (n_sections - 1) for i in range(1, n_sections)]
    plan, left_out = [], 0
    for repeat in range(repeats):
        seen = set()
        for part in nested_splits(split, labels, fractions, seed=[seed, repeat]):
            size = len(part.train) + len(part.validation)
            few = np.bincount(labels[part.train], minlength=2).min() < FEWEST_PER_CLASS
            if not few and size not in seen:
                plan.append((repeat, part))
            left_out += few and not repeat
            seen.add(size)
    if not plan:
        raise DataError(f"no size has {FEWEST_PER_CLASS} examples of each class to train on: there are "
                        f"{len(split.train)} for training. Add examples.")
    if left_out:
        say(f"{left_out} of {len(fractions)} sizes have fewer than {FEWEST_PER_CLASS} examples of a class "
            "to train on and are left out")
    return plan


def _remove(directory):
    """Remove the runs of an older study; the journal first, so that it never names what is gone."""
    clear(directory.journal)
    clear(directory.runs)


def _finished(directory, journal):
    """Return the records of finished runs by size and repeat, without those whose logits are gone."""
    done = {(record["size"], record["repeat"]): record for record in journal.records}
    return {key: record for key, record in done.items()
            if _sha256(directory.logits(*key)) == record["logits_sha256"]}


def _run(directory, journal, key, cube, part, domain, task, recipe, *, device, keep):
    """Train and judge one part, and keep the result on disk."""
    from otrain.workflows._size_run import facts_of_run, train_once

    recipe = Recipe.resolved(examples=len(part.train), **recipe)
    request = {**journal.request, "labels": key[0], "repeat": key[1], "recipe": dataclasses.asdict(recipe)}
    # Its own checkpoint: the largest run may take hours.
    with resumable(directory.checkpoint(*key), request, {"threads": default_jobs()}, resume=True) as keeper:
        training, test, facts = train_once(recipe, cube, part, domain, task,
                                           channels=list(range(cube.shape[-1])), device=device, keep=keep,
                                           keeper=keeper)
    path = directory.logits(*key)
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        np.save(file, test.astype(np.float32))
    size, repeat = key
    record = {"size": size, "repeat": repeat, "training": len(part.train), "validation": len(part.validation),
              **facts_of_run(cube.labels, part, training, test), **facts, "logits_sha256": _sha256(path)}
    journal.append(record)
    return record


@contextmanager
def _counted(directory, done):
    """Say what is kept when the work is stopped or fails."""
    try:
        yield
    except BaseException:
        say(f"{len(done)} finished runs are kept in {directory.path}; --resume continues after them")
        raise


def _sha256(path):
    """Return the hash of a file, empty if there is none."""
    if not path.is_file():
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _conclude(directory, cube, split, records, more_labels, seed):
    """Write table, figures and learning curves; return the study."""
    from otrain.plots.dataset_size import fitted_curve, gap_by_size, loss_by_size, scores_by_size
    from otrain.plots.style import save_figure

    table = {name: np.array([np.nan if record[name] is None else record[name] for record in records])
             for name in FIELDS}
    with score_table(directory.table_ecsv, FIELDS, meta={"cube": cube.identity, "seed": seed}) as write:
        write(table)
    for path, draw in ((directory.scores_png, scores_by_size), (directory.gap_png, gap_by_size),
                       (directory.loss_png, loss_by_size)):
        save_figure(path, draw(table))
    logits = np.stack([np.load(directory.logits(record["size"], record["repeat"]), allow_pickle=False)
                       for record in records])
    truth = cube.labels[split.test]
    curves = {measure: learning_curve(table["size"], truth, logits, measure=measure, seed=seed)
              for measure in MEASURES}
    more = more_labels or int(table["size"].max())
    counts = {name: int(np.sum(truth == index)) for index, name in enumerate(cube.classes)}
    study = {"schema_version": 1, "name": directory.name, "cube": cube.identity, "runs": len(records),
             "counts": {"test": counts}, "gains": [curve.gain(more) for curve in curves.values()],
             "laws": {name: curve.law and dataclasses.asdict(curve.law) for name, curve in curves.items()}}
    save_figure(directory.curve_png, fitted_curve(curves[DRAWN], more=more, words=WORDS))
    write_text(directory.curve_json, json.dumps(study, indent=1, allow_nan=False) + "\n")
    return study


def _say_start(cube, split, plan, done):
    planned = {(len(part.train) + len(part.validation), repeat) for repeat, part in plan}
    sizes = sorted({size for size, _ in planned})
    kept = len(planned & done.keys())
    say(f"{len(cube)} examples {'x'.join(map(str, cube.shape))}: {len(split.test)} test; {len(plan)} runs of "
        f"{sizes[0]} to {sizes[-1]} labels" + (f", {kept} of them finished before" if kept else ""))
    for measure in MEASURES:  # said now: the runs may take hours
        if missing := what_is_missing(sizes, cube.labels[split.test], measure):
            say(f"note: what more labels would do to {MEASURED[measure]} will not be said, the figures are "
                f"drawn all the same: that {missing}")


def _say_run(number, runs, record):
    def text(name):
        return "not defined" if record[name] is None else f"{record[name]:.4f}"

    say(f"run {number}/{runs}  {record['size']} labels, repeat {record['repeat']}: "
        f"accuracy {text('accuracy')}  mcc {text('mcc')}  "
        f"lost at 1 % false positives {text('false_negatives')}  {record['seconds']:.1f} s")
