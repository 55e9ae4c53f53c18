"""Where the runs of a batch of trainings lie, and under which names."""

import re
from dataclasses import dataclass
from pathlib import Path

from otrain.data.results.run_directory import RunDirectory
from otrain.errors import UsageError

__all__ = ["BatchDirectory"]

DIGITS = 3  # of the number of a run, at least


@dataclass(frozen=True)
class BatchDirectory:
    """The numbered folders that otrain-batch writes, and the table beside them.

    Parameters
    ----------
    dirbase : str
        Path of the folders; ``%%`` in its last part stands for the number of a run.
    count : int
        How many runs there are.

    Raises
    ------
    UsageError
        If the last part of the path is no name, or has several places for a number, or another part has one.
    """

    dirbase: str
    count: int

    def __post_init__(self):
        path = Path(self.dirbase)
        if len(re.findall("%+", path.name)) != 1 or "%" in str(path.parent) or path.name.startswith("."):
            raise UsageError("dirbase must be the name of a folder with %% where the number of a run is to "
                             f"stand, as run%%. Received: {self.dirbase!r}.")

    def folder(self, number):
        """Return the folder of a run, counted from 1."""
        path = Path(self.dirbase)
        digits = str(number).zfill(max(DIGITS, len(str(self.count))))
        return path.with_name(re.sub("%+", digits, path.name))

    def config(self, number):
        """Return the configuration of the otrain-train of one run."""
        return self.folder(number) / "ml.toml"

    def log(self, number):
        """Return what the otrain-train of one run has said."""
        return self.folder(number) / "train.log"

    def finished(self, number):
        """Return the file that says of which request a run is the result; written last."""
        return self.folder(number) / "finished.json"

    def run(self, number):
        """Return the run directory of the network of one run."""
        folder = self.folder(number)
        return RunDirectory.for_model(folder, folder.name)

    @property
    def table_csv(self):
        """One row for each run."""
        path = Path(self.dirbase)
        return path.with_name((re.sub("%+", "", path.name).strip("-_. ") or "batch") + ".csv")
