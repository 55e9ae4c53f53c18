"""Many trainings, one for each combination of some values, and one table that says which is best.

Each run is an otrain-train of its own, with its configuration, its log and its network in a numbered folder.
What a finished run is the result of is written last, so that a batch can be stopped at any time and
continued.
"""

import json
from typing import NamedTuple

from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.cubes.datacube import open_cube
from otrain.data.files.atomic import locked, require_absent, write_text
from otrain.data.files.hidden import clear
from otrain.data.files.journal import parsed, request_id
from otrain.data.files.toml_text import toml_text
from otrain.data.results.batch_directory import BatchDirectory
from otrain.domains.grid import grid_of
from otrain.errors import UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress, say
from otrain.workflows.reading.made_cube import made_cube
from otrain.workflows.training.architecture import chosen_recipe
from otrain.workflows.training.batch_table import Trained, best_of, write_batch_table
from otrain.workflows.training.child import train_in_child, wait_for_other
from otrain.workflows.training.recipe import Recipe

__all__ = ["Batch", "batch"]


class Batch(NamedTuple):
    """What a batch of trainings left behind.

    Parameters
    ----------
    summary : dict
        ``runs finished failed``, ``measure`` by which the table is sorted, and ``best``: its first row.
    directory : BatchDirectory
    notes : tuple of str
    exit_code : int
        That of the first run that failed; 1 where a signal ended it.
    """

    summary: dict
    directory: BatchDirectory
    notes: tuple = ()
    exit_code: int = 0

    def __repr__(self):
        return f"<Batch {self.path}: {self.summary['finished']} of {self.summary['runs']} runs>"

    @property
    def path(self):
        """The table of all runs."""
        return self.directory.table_csv

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-batch", self, self.summary | {"table": str(self.path)})


def batch(train, *, dirbase="run%%", overwrite=False, resume=False) -> Batch:
    """Train once for each combination of some values, and write one table of all runs, the best first.

    Parameters
    ----------
    train : dict or list of GridRun
        Keywords of `otrain.train`, and in ``array`` lists of values by such names:
        ``{"cube": "night.npz", "epochs": 20, "array": {"dropout": [0.1, 0.3]}}``.
    dirbase : str
        Path of the folders of the runs; ``%%`` in it stands for their number.
    overwrite : bool
        Begin anew, and remove the runs that lie there first.
    resume : bool
        Continue the batch that lies there, if there is one: finished runs are not trained again.

    Returns
    -------
    Batch

    Raises
    ------
    OutputError
        If there is a folder of that name, and neither `resume` nor `overwrite` is set.
    UsageError
        If a run in such a folder was asked for otherwise or is of another data cube, or a combination is
        impossible.
    DataError
        If there is no such data cube.
    """
    runs = grid_of(train) if isinstance(train, dict) else list(train)
    if unnamed := [run for run in runs if not run.cube]:
        raise UsageError(f"no data cube is named for {_words(unnamed[0]) or 'the training'}. Add cube.")
    directory = BatchDirectory(dirbase, len(runs))
    numbers = range(1, len(runs) + 1)
    texts = {number: toml_text(run.tables_for(directory.folder(number), in_folder=True))
             for number, run in zip(numbers, runs, strict=True)}
    _require_free(directory, texts, overwrite=overwrite, resume=resume)
    with locked(directory.table_csv, overwrite=overwrite):
        _make_cubes(runs)
        identities, merit = _checked(runs)
        requests = {number: request_id({"config": texts[number], "cube": identities[run.cube]})
                    for number, run in zip(numbers, runs, strict=True)}
        if overwrite:
            _remove(directory, numbers)
        _require_same_cubes(directory, runs, requests)
        for number, text in texts.items():
            directory.folder(number).mkdir(parents=True, exist_ok=True)
            write_text(directory.config(number), text)
        trained = _train_all(directory, runs, requests)
        measure, rows = best_of(trained, merit.said[0])
        write_batch_table(directory.table_csv, rows)
    return _outcome(directory, measure, rows, trained)


def _words(run):
    return ", ".join(f"{name} {value}" for name, value in run.swept.items())


def _require_free(directory, texts, *, overwrite, resume):
    """Refuse what lies there, before anything is done.

    Raises
    ------
    OutputError, UsageError
    """
    require_absent(directory.table_csv, overwrite=overwrite or resume, folder=False)
    for number, text in texts.items():
        folder, config = directory.folder(number), directory.config(number)
        require_absent(folder, overwrite=overwrite or resume, folder=True, marker=config.name)
        if overwrite:
            network = directory.run(number)
            require_absent(network.path, overwrite=True, folder=True, marker=network.markers)
        if config.exists() and not overwrite and config.read_text(encoding="utf-8", errors="replace") != text:
            raise UsageError(f"{config}: is of another request. Ask for the same again, choose another "
                             "dirbase, or begin anew with --overwrite.")


def _make_cubes(runs):
    """Make every cube that is to be made, once."""
    for request in {run.cube: run.made_from for run in runs if run.made_from}.values():
        made_cube(**request)


def _checked(runs):
    """Return the identity of every cube and the merit of the first; refuse what cannot be trained."""
    identities, merit = {}, None
    for path in dict.fromkeys(run.cube for run in runs):
        with open_cube(path) as cube:
            domain, task = DOMAINS.load(cube.meta["domain"]), TASKS.load(cube.meta["task"])
            answer = ANSWERS.load(domain.rules(task.name).answer or task.answer)
            answer.check(cube.classes)
            for run in runs:
                if run.cube == path:
                    _check_recipe(run, domain, task, task.lesson(cube.meta, cube.path))
            identities[path] = cube.identity
            merit = merit or answer.merit(cube.classes, task, domain)
    return identities, merit


def _check_recipe(run, domain, task, lesson):
    recipe = {name: value for name, value in run.asked.items() if name in Recipe.__dataclass_fields__}
    augment = recipe.get("augment")
    if augment is not None:
        names = [augment] if isinstance(augment, str) else augment
        recipe["augment"] = tuple(name for name in names if name != "none")
    try:
        chosen_recipe(recipe, domain, task, lesson)
    except UsageError as error:
        raise UsageError(f"{_words(run)}: {error}" if run.swept else str(error)) from None


def _remove(directory, numbers):
    """Remove the networks of an older batch, once nobody writes them; their marks of an end go first."""
    for number in numbers:
        clear(directory.finished(number))
    for number in numbers:
        run = directory.run(number)
        wait_for_other(run.path)
        clear(run.checkpoint)
        clear(run.path)


def _require_same_cubes(directory, runs, requests):
    """Refuse to go on with finished runs of other data: their files state the same words.

    Raises
    ------
    UsageError
    """
    for number, run in enumerate(runs, 1):
        made = _marker(directory, number).get("request_id")
        if isinstance(made, str) and made != requests[number]:
            raise UsageError(f"{directory.folder(number)}: was trained on another data cube than {run.cube} "
                             "is now. Put that one back, choose another dirbase, or begin anew with "
                             "--overwrite.")


def _train_all(directory, runs, requests):
    """Train what is not finished, one run after the other; return `Trained` of each."""
    trained = []
    with progress("training") as update:
        for number, run in enumerate(runs, 1):
            name, words = directory.folder(number).name, _words(run)
            done = _finished(directory, number, requests[number])
            if done is None:
                say(f"run {number}/{len(runs)}  {name}  {words}")
                wait_for_other(directory.run(number).path)
                code = train_in_child(directory.config(number), directory.log(number),
                                      on_wait=lambda before=number - 1: update(before, len(runs)))
                done = _result(directory, number, requests[number], code)
                trained.append(Trained(name, run.swept, *done))
                say(f"run {number}/{len(runs)}  {name}  {trained[-1].words}")
            else:
                trained.append(Trained(name, run.swept, *done))
                say(f"run {number}/{len(runs)}  {name}  finished before")
            update(number, len(runs))
    return trained


def _marker(directory, number):
    """Return what a finished run says of itself; empty where none is finished."""
    path = directory.finished(number)
    marker = parsed(path.read_bytes()) if path.is_file() else None
    return marker if isinstance(marker, dict) else {}


def _finished(directory, number, request):
    """Return 0, the report and the seconds of a run that is finished and was asked for so, else None."""
    marker, run = _marker(directory, number), directory.run(number)
    if not run.run_json.is_file() or not run.report_json.is_file():
        return None
    report = parsed(run.report_json.read_bytes())
    if not isinstance(report, dict):
        return None
    same = marker.get("request_id") == request and marker.get("model_id") == report.get("model_id")
    return (0, report, _seconds(run)) if same else None


def _result(directory, number, request, code):
    """Keep what a finished run is the result of; return its exit code, report and seconds."""
    run = directory.run(number)
    if code:
        last = directory.log(number).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        say(f"{directory.log(number)}: {last[-1] if last else 'empty'}")
        return code, {}, float("nan")
    report = json.loads(run.report_json.read_text(encoding="utf-8"))
    write_text(directory.finished(number),
               json.dumps({"request_id": request, "model_id": report["model_id"]}) + "\n")
    return 0, report, _seconds(run)


def _seconds(run):
    facts = parsed(run.run_json.read_bytes())
    return float(facts.get("seconds", "nan")) if isinstance(facts, dict) else float("nan")


def _outcome(directory, measure, rows, trained):
    """Return the outcome: counts, the best run, and what failed."""
    failed = [one for one in trained if one.code]
    best = None
    if measure is not None:
        first = rows[0]
        best = {"run": first.name, "values": {name: str(value) for name, value in first.swept.items()},
                "validation": first.validation(measure), "test": first.value("test", measure),
                "model_id": first.report.get("model_id")}
    notes = [f"{one.name} failed: {one.words}. What it said is in {directory.log(number)}."
             for number, one in enumerate(trained, 1) if one.code]
    if measure is None and len(failed) < len(trained):
        notes.append("the reports state no number for validation; the table is in the order of the runs.")
    code = 0 if not failed else 1 if not 0 < failed[0].code < 128 else failed[0].code
    summary = {"runs": len(trained), "finished": len(trained) - len(failed), "failed": len(failed),
               "measure": measure, "best": best}
    return Batch(summary, directory, tuple(notes), code)
