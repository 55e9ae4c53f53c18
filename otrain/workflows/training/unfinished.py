"""A run directory whose training is complete and of which a later step failed: kept, and finished later."""

import json
import shutil
from contextlib import contextmanager

from otrain import __version__
from otrain.data.files.atomic import atomic_folder, require_absent, write_text
from otrain.data.files.journal import request_id
from otrain.data.files.time_written import time_written
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import OtrainError, OutputError
from otrain.workflows.progress import say

__all__ = ["require_free", "run_folder"]

MISSING = ("bundle", "predictions", "figures", "report", "run.json")


def require_free(run, *, overwrite, resume):
    """Check, before the long job, that a run directory may be written.

    Parameters
    ----------
    run : RunDirectory
    overwrite : bool
    resume : bool
        An unfinished run may be there, or a complete one, which may be what is asked for.

    Raises
    ------
    OutputError
        If a run is there and may not be replaced, or an unfinished one cannot be finished.
    """
    if run.is_unfinished and not overwrite:
        if not resume:
            raise OutputError(f"{run.path}: an unfinished run was left here. Finish it with --resume, which "
                              "does not train again, or begin anew with --overwrite.")
        if not run.checkpoint.exists():
            raise OutputError(f"{run.path}: the unfinished run cannot be finished, as its checkpoint "
                              f"{run.checkpoint.name} is gone. Its network is {run.model_keras.name}: copy "
                              "it if it is needed, and begin anew with --overwrite.")
    if not (resume and run.run_json.is_file()):
        require_absent(run.path, overwrite=overwrite or run.is_unfinished, folder=True, marker=run.markers)


@contextmanager
def run_folder(run, request, *, overwrite=False):
    """Give the `RunDirectory` to be filled, which gets its name when the block ends.

    Where the block fails once the network, its history and the split are written, these three are
    kept under that name beside ``unfinished.json``, which says what failed and what is missing.
    An older complete run stays where it is; the checkpoint alone keeps the training then.

    Parameters
    ----------
    run : RunDirectory
    request : dict
        What was asked.
    overwrite : bool
        Whether a complete run may be replaced.

    Raises
    ------
    OutputError
        If `run` exists and must not be replaced; before the block begins.
    """
    failure = None
    try:
        with atomic_folder(run.path, overwrite=overwrite or run.is_unfinished, marker=run.markers) as folder:
            building = RunDirectory(folder, called=run.name)
            try:
                yield building
            except BaseException as error:
                if not building.split_csv.is_file() or run.run_json.is_file():
                    raise
                failure = error
                _keep_network(building, error, request)
    except (OtrainError, OSError) as error:  # no room even for that: the first failure is what counts
        raise (failure or error) from None
    if failure is not None:
        say(f"the run is unfinished: the network, its history and the split are kept in {run.path}; missing: "
            f"{', '.join(MISSING)}. The same command with --resume finishes it and does not train again")
        raise failure


def _keep_network(run, error, request):
    """Remove what may be half done from a run directory, and say why it is unfinished."""
    kept = {run.model_keras, run.model_h5, run.history_csv, run.split_csv}
    for path in set(run.path.iterdir()) - kept:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    content = {
        "format": 1, "command": "otrain-train", "name": run.name, "state": "unfinished",
        "failed": f"{type(error).__name__}: {error}", "missing": list(MISSING),
        "kept": sorted(path.name for path in kept),
        "finish": "the same command with --resume; it does not train again",
        "created": time_written(),
        "otrain_version": __version__, "request_id": request_id(request),
    }
    write_text(run.unfinished_json, json.dumps(content, indent=1) + "\n")
