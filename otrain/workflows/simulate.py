"""Write simulated examples, with their truth, as folders of files."""

import json
import platform
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy

from otrain import __version__
from otrain.catalogue import SIMULATORS
from otrain.data.files.atomic import atomic_folder, locked, require_absent
from otrain.data.files.scattered import scattered_outputs
from otrain.errors import UsageError
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress, say
from otrain.workflows.reading.intake import default_jobs

__all__ = ["Simulation", "simulate"]

RECIPE = "simulate.json"  # its presence says that a folder is one of ours


@dataclass(frozen=True)
class Simulation:
    """What was written.

    Parameters
    ----------
    path : Path
        The folder, or the first of several places.
    kinds : dict
        Number of examples of each kind.
    words : str
        The same in words.
    domain : str
    notes : tuple of str
        What the user has to know.
    further : tuple of Path
        The other places.
    """

    path: Path
    kinds: dict
    words: str
    domain: str = "transients"
    notes: tuple = ()
    exit_code: int = 0
    further: tuple = ()

    def to_dict(self):
        """Return what ``--json`` prints."""
        return document("otrain-simulate", self, {"domain": self.domain, "kinds": self.kinds})

    def __str__(self):
        return f"wrote {self.words} to {', '.join(map(str, (self.path, *self.further)))}"


def simulate(out=None, *, domain="transients", jobs=None, overwrite=False, command=(),
             **request) -> Simulation:
    """Write a folder of simulated examples.

    Besides the files and the truth that the domain writes, ``out/simulate.json`` says
    how they were made. The folder appears whole or not at all.

    Parameters
    ----------
    out : path-like, optional
        May be left out where the request of a domain says itself where each piece goes.
    domain : str
        What is simulated, by its name in SIMULATORS.
    jobs : int, optional
        Worker processes, where the domain uses them; by default one per core. The result is the same.
    overwrite : bool
        Replace `out` if it exists and was written by this function.
    command : sequence of str
        The command line, for ``simulate.json``.
    **request
        What is to be made: the parameters of `check` of the domain's simulator.

    Returns
    -------
    Simulation

    Raises
    ------
    OutputError
        If `out` exists and `overwrite` is false, or it was not written by this function,
        or cannot be written.
    UsageError
        If the domain is unknown or the request cannot be met.
    """
    simulator = SIMULATORS.load(domain)
    request = simulator.check(**request)
    pieces = None if out is not None else _pieces(simulator, request)
    with _destination(out, pieces, overwrite) as folder, progress("simulating") as update:
        kinds, words, *notes = simulator.write(folder, request, update=update,
                                               jobs=default_jobs() if jobs is None else jobs)
        for home in _homes(folder, pieces):
            _write_recipe(home / RECIPE, command, domain, kinds, request)
    first, *further = [Path(out)] if pieces is None else [piece.path for piece in pieces.values()]
    done = Simulation(first, kinds, words, domain, tuple(notes), further=tuple(further))
    say(f"otrain-simulate: {done}")
    for note in notes:
        say(f"otrain-simulate: note: {note}")
    return done


def _pieces(simulator, request):
    """Return where each piece goes, as there is no folder for all."""
    if simulator.outputs is None:
        raise UsageError("not given: --out, the folder for what is simulated.")
    return simulator.outputs(request)


@contextmanager
def _destination(out, pieces, overwrite):
    """Give the folder to write into, or what stands for it; see `scattered_outputs`."""
    if pieces is not None:
        with scattered_outputs({name: (piece.path, piece.folder) for name, piece in pieces.items()},
                               overwrite=overwrite, marker=RECIPE) as folder:
            yield folder
        return
    require_absent(out, overwrite=overwrite, folder=True, marker=RECIPE)
    with locked(out, overwrite=overwrite), atomic_folder(out, overwrite=overwrite, marker=RECIPE) as folder:
        yield folder


def _homes(folder, pieces):
    """Return the folders that tell how their content was made."""
    return [folder] if pieces is None else [folder / name for name, piece in pieces.items() if piece.folder]


def _write_recipe(path, command, domain, kinds, request):
    """Write what would make the same examples again."""
    recipe = {
        "command": shlex.join(command), "domain": domain, "request": request, "kinds": kinds,
        "versions": {"otrain": __version__, "numpy": np.__version__, "scipy": scipy.__version__,
                     "python": platform.python_version()},
    }
    path.write_text(json.dumps(recipe, indent=2) + "\n", encoding="utf-8")
