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
from typing import NamedTuple

import numpy as np

from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.files.atomic import atomic_file, locked, require_absent, write_text
from otrain.data.files.hidden import clear
from otrain.data.files.journal import Journal
from otrain.data.files.merged import merged_folder
from otrain.data.results.size_directory import SizeDirectory
from otrain.data.subsets.nested import nested_splits
from otrain.data.subsets.split import split_cube
from otrain.data.tables.written import Field, score_table
from otrain.errors import DataError, UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import say, working
from otrain.workflows.reading.intake import default_jobs
from otrain.workflows.reading.verified_cube import open_verified
from otrain.workflows.training.architecture import chosen_channels, chosen_recipe
from otrain.workflows.training.checkpoints import resumable
from otrain.workflows.training.recipe import Recipe
from otrain.workflows.training.tensorflow import start_tensorflow

__all__ = ["SizeStudy", "optimise_dataset_size"]

FEWEST_PER_CLASS = 4  # in training; fewer than that is no training set
FIELDS = {
    "size": Field(int, "", "labels used for training and validation"),
    "repeat": Field(int, "", "which draw of labels and first weights"),
    "training": Field(int, "", "examples in training"),
    "validation": Field(int, "", "examples in validation"),
}
LAST_FIELDS = {
    "epochs": Field(int, "", "epochs trained"),
    "seconds": Field(float, "s", "wall time of the training"),
}


class SizeStudy(NamedTuple):
    """What more labels would bring.

    Parameters
    ----------
    study : dict
        ``gains`` (one table per measure, see `LearningCurve.gain`), ``runs``, ``counts`` of the test subset.
    directory : SizeDirectory
    """

    study: dict
    directory: SizeDirectory

    def __repr__(self):
        return f"<SizeStudy {self.directory.path}: {self.study['runs']} runs>"

    @property
    def path(self):
        """The folder of journal, table and figures."""
        return self.directory.path

    @property
    def notes(self):
        """Why a gain cannot be said, for each that cannot."""
        return tuple(f"{gain['measure']}: {gain['problem']}" for gain in self.study["gains"]
                     if gain["problem"])

    @property
    def exit_code(self):
        """Of otrain-optimise-dataset-size."""
        return 0

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-optimise-dataset-size", self, self.study | {"folder": str(self.path)})


def optimise_dataset_size(cube, *, out, model_path=None, model_name=None, n_sections=20, repeats=1,
                          frac=0.15, test_frac=0.15, group=None, seed=0, more_labels=None, device="auto",
                          overwrite=False, resume=False, **recipe) -> SizeStudy:
    """Train on nested parts of a data cube and fit the learning curve.

    Parameters
    ----------
    cube : path-like
        A data cube of any store, domain and task.
    out : path-like
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
        Rows with the same value in this column stay in one subset, as rows of one object do.
    seed : int
    more_labels : int, optional
        For how many further labels the gain is stated; by default as many again.
    device : {"auto", "cpu", "gpu"}
    overwrite : bool
        Begin anew, and remove the runs of an older study first.
    resume : bool
        Continue the study that lies in `out`, if there is one.
    **recipe
        See `otrain.workflows.training.recipe.Recipe`.

    Returns
    -------
    SizeStudy

    Raises
    ------
    OutputError
        If `out` holds a study, and neither `resume` nor `overwrite` is set.
    UsageError
        If the study in `out` was asked for otherwise, or the request is impossible.
    DataError
        If no size is large enough to train on.
    """
    _check(n_sections, repeats, test_frac, seed, more_labels)
    name = model_name or Path(cube).name.removesuffix(".npz").removesuffix(".h5")
    directory = SizeDirectory(Path(out).resolve(), name)
    if not resume:
        require_absent(directory.journal, overwrite=overwrite)
    with open_verified(cube) as cube, locked(directory.path, overwrite=overwrite):
        domain, task = DOMAINS.load(cube.meta["domain"]), TASKS.load(cube.meta["task"])
        answer = ANSWERS.load(domain.rules(task.name).answer or task.answer)
        lesson = task.lesson(cube.meta, cube.path)
        answer.check(cube.classes)
        recipe = chosen_recipe(recipe, domain, task, lesson)
        merit = answer.merit(cube.classes, task, domain)
        strata = answer.strata(cube)
        split = split_cube(cube, strata=strata, fewest=2 if lesson.classes else 1, frac_validation=frac,
                           frac_test=test_frac, group=group, seed=seed)
        plan = _plan(strata, split, n_sections, repeats, seed)
        if overwrite:
            _remove(directory)
        journal = Journal(directory.journal, {
            "cube": cube.identity, "frac": frac, "test_frac": test_frac, "group": group, "seed": seed,
            "recipe": Recipe.resolved(examples=len(split.train), **recipe).to_request()})
        done = _finished(directory, journal)
        _say_start(cube, split, plan, done, merit)
        start_tensorflow()  # from here on nothing that was asked for is refused
        with _counted(directory, done):
            for number, (repeat, part) in enumerate(plan, 1):
                key = len(part.train) + len(part.validation), repeat
                if key not in done:
                    keep = None if model_path is None else directory.kept_network(model_path, *key)
                    options = recipe | {"seed": seed + repeat}
                    done[key] = _run(directory, journal, key, cube, part, domain, task, merit, options,
                                     device=device, keep=keep)
                    _say_run(number, len(plan), done[key], merit)
        # Runs of an earlier call with more sizes or repeats count too.
        records = [done[key] for key in sorted(done)]
        with (working("fitting the learning curve"),
              merged_folder(directory.path, stale=directory.own_files,
                            last=directory.curve_json.name) as building):
            study = _conclude(directory, SizeDirectory(building, name), cube, split, merit, records,
                              more_labels, seed)
        return SizeStudy(study, directory)


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


def _plan(strata, split, n_sections, repeats, seed):
    """Return ``(repeat, split)`` of every run, small before large, one repeat after the other.

    Raises
    ------
    DataError
        If no part has enough examples of each class.
    """
    fractions = [i / (n_sections - 1) for i in range(1, n_sections)]
    plan, left_out, kinds = [], 0, np.unique(strata[split.train])
    for repeat in range(repeats):
        seen = set()
        for part in nested_splits(split, strata, fractions, seed=[seed, repeat]):
            size = len(part.train) + len(part.validation)
            few = _rarest(strata, part.train, len(kinds)) < FEWEST_PER_CLASS
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


def _rarest(strata, rows, kinds):
    """Return how many of some rows the rarest kind has."""
    _, counts = np.unique(strata[rows], return_counts=True)
    return counts.min() if len(counts) == kinds else 0


def _remove(directory):
    """Remove an older study: what was concluded before what it is concluded from."""
    clear(directory.curve_json)
    for pattern in directory.own_files:
        for path in directory.path.glob(pattern):
            clear(path)
    clear(directory.journal)
    clear(directory.runs)


def _finished(directory, journal):
    """Return the records of finished runs by size and repeat, without those whose logits are gone."""
    done = {(record["size"], record["repeat"]): record for record in journal.records}
    return {key: record for key, record in done.items()
            if _sha256(directory.logits(*key)) == record["logits_sha256"]}


def _run(directory, journal, key, cube, part, domain, task, merit, recipe, *, device, keep):
    """Train and judge one part, and keep the result on disk."""
    from otrain.workflows.training.size_run import train_once

    recipe = Recipe.resolved(examples=len(part.train), **recipe)
    request = {**journal.request, "labels": key[0], "repeat": key[1], "recipe": recipe.to_request()}
    # Its own checkpoint: the largest run may take hours.
    with resumable(directory.checkpoint(*key), request, {"threads": default_jobs()}, resume=True,
                   one_of_many=True) as keeper:
        training, test, facts = train_once(recipe, cube, part, domain, task,
                                           channels=chosen_channels(cube, domain.rules(task.name)),
                                           device=device, keep=keep, keeper=keeper)
    path = directory.logits(*key)
    with atomic_file(path) as temporary, open(temporary, "wb") as file:
        np.save(file, test.astype(np.float32))
    size, repeat = key
    record = {"size": size, "repeat": repeat, "training": len(part.train), "validation": len(part.validation),
              **merit.numbers(cube, part, training, test), **facts, "logits_sha256": _sha256(path)}
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


def _conclude(directory, building, cube, split, merit, records, more_labels, seed):
    """Write table, figures and learning curves into a folder that is being built; return the study."""
    fields = FIELDS | merit.fields | LAST_FIELDS
    table = {name: np.array([np.nan if record[name] is None else record[name] for record in records])
             for name in fields}
    from otrain.plots.dataset_size import fitted_curve
    from otrain.plots.style import save_figure

    with score_table(building.table_ecsv, fields, meta={"cube": cube.identity, "seed": seed}) as write:
        write(table)
    for name, figure in merit.figures(table).items():
        save_figure(building.figure(name), figure)
    raw = [np.load(directory.logits(record["size"], record["repeat"]), allow_pickle=False, mmap_mode="r")
           for record in records]
    curves = merit.curves(cube, split.test, table["size"], raw, seed=seed)
    more = more_labels or int(table["size"].max())
    truth = cube.labels[split.test]
    counts = {name: int(np.sum(truth == index)) for index, name in enumerate(cube.classes)}
    counts = counts or {"examples": len(truth)}
    study = {"schema_version": 1, "name": directory.name, "cube": cube.identity, "runs": len(records),
             "counts": {"test": counts}, "gains": [curve.gain(more) for curve in curves.values()],
             "laws": {name: curve.law and dataclasses.asdict(curve.law) for name, curve in curves.items()}}
    save_figure(building.curve_png, fitted_curve(curves[merit.drawn], more=more, words=merit.drawn_words))
    write_text(building.curve_json, json.dumps(study, indent=1, allow_nan=False) + "\n")
    return study


def _say_start(cube, split, plan, done, merit):
    planned = {(len(part.train) + len(part.validation), repeat) for repeat, part in plan}
    sizes = sorted({size for size, _ in planned})
    kept = len(planned & done.keys())
    say(f"{len(cube)} examples {'x'.join(map(str, cube.shape))}: {len(split.test)} test; {len(plan)} runs of "
        f"{sizes[0]} to {sizes[-1]} labels" + (f", {kept} of them finished before" if kept else ""))
    for missing in merit.missing(cube, split, sizes):  # said now: the runs may take hours
        say(f"note: {missing}")


def _say_run(number, runs, record, merit):
    words = "  ".join(f"{name} " + ("not defined" if record[name] is None else f"{record[name]:.4f}")
                      for name in merit.said)
    say(f"run {number}/{runs}  {record['size']} labels, repeat {record['repeat']}: {words}  "
        f"{record['seconds']:.1f} s")
