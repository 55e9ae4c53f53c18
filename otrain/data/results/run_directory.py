"""Where everything about one network lies: the only module that spells these names."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from otrain.data.files.hidden import hidden
from otrain.errors import DataError, UsageError

__all__ = ["DiagnosticsFolder", "RunDirectory"]


@dataclass(frozen=True)
class RunDirectory:
    """The folder ``<model-path>/CNN_training/<name>/`` of a trained network.

    Parameters
    ----------
    path : Path
        The folder itself; its last part is the name of the network.
    called : str, optional
        Name of the network while the folder is built under a temporary name.
    """

    path: Path
    called: str | None = None

    marker: ClassVar = "run.json"  # a folder without it is no run directory
    unfinished: ClassVar = "unfinished.json"  # in its place, where a step after the training failed
    markers: ClassVar = (marker, unfinished)

    @classmethod
    def for_model(cls, model_path, model_name):
        """Return the run directory that O'TRAIN uses for a model path and name.

        Raises
        ------
        UsageError
            If the name is not one plain name.
        """
        if not model_name or model_name.startswith(".") or Path(model_name).name != model_name:
            raise UsageError("--model-name takes a name without folders; the folder is --model-path. "
                             f"Received: {model_name!r}.")
        return cls(Path(model_path) / "CNN_training" / model_name)

    @classmethod
    def find(cls, path):
        """Return the run directory that `path` names, is a part of, or holds.

        `path` may be the folder, its ``.keras`` or ``.h5`` file, its bundle or a file of it.

        Raises
        ------
        DataError
            If no ``run.json`` is at that place, or the run is unfinished.
        """
        path = Path(path)
        for folder in (path, path.parent, path.parent.parent):
            if (folder / cls.marker).is_file():
                return cls(folder)
            if (folder / cls.unfinished).is_file():
                raise DataError(f"{folder}: this run is unfinished, {cls.unfinished} says what failed. "
                                "Finish it with the same otrain-train command and --resume, which does not "
                                "train again.")
        raise DataError(f"{path}: not a run directory of otrain-train, nor in one (no run.json).")

    @property
    def name(self):
        """Name of the network."""
        return self.called or self.path.name

    @property
    def checkpoint(self):
        """State of a training that is under way or was stopped: beside the folder."""
        return hidden(self.path, "checkpoint")

    @property
    def run_json(self):
        """What was asked, versions, hash of the cube, seeds. Written last: it makes the folder valid."""
        return self.path / self.marker

    @property
    def unfinished_json(self):
        """What failed after the training, and what is missing; never beside ``run.json``."""
        return self.path / self.unfinished

    @property
    def is_unfinished(self):
        """Whether the training is complete and a later step failed."""
        return self.unfinished_json.is_file() and not self.run_json.is_file()

    @property
    def model_keras(self):
        """The network with its normalisation."""
        return self.path / f"{self.name}.keras"

    @property
    def model_h5(self):
        """The same network under O'TRAIN's name."""
        return self.path / f"{self.name}.h5"

    @property
    def bundle(self):
        """The network as it is shipped."""
        return self.path / "bundle"

    @property
    def history_csv(self):
        """One row per epoch."""
        return self.path / "history.csv"

    @property
    def split_csv(self):
        """Subset of every example of the cube."""
        return self.path / "split.csv"

    @property
    def predictions(self):
        """Stored scores of the validation and the test subset."""
        return self.path / "predictions"

    @property
    def events(self):
        """Every event that the network found in the validation and the test subset."""
        return self.path / "events.ecsv"

    @property
    def true_events(self):
        """Every true event of the validation and the test subset, and whether it was found."""
        return self.path / "true_events.ecsv"

    @property
    def values(self):
        """Every number that the network gives for the validation and the test subset, and the true ones."""
        return self.path / "values.ecsv"

    def prediction_csv(self, subset):
        """The numbers of one subset as droulette writes them: a file name and one column a target."""
        return self.path / f"pred-{subset}.csv"

    def scored(self, key):
        """Return the folder of the scores of another cube; `key` names cube and network."""
        return self.predictions / key

    @property
    def report_json(self):
        """The judgement in numbers."""
        return self.path / "report.json"

    @property
    def report_html(self):
        """The judgement as one page."""
        return self.path / "report.html"

    @property
    def plots(self):
        """Figures that O'TRAIN did not have."""
        return self.path / "plots"

    @property
    def loss_png(self):
        """Loss against epoch, O'TRAIN's name."""
        return self.path / f"{self.name}_loss_vs_epochs.png"

    @property
    def accuracy_png(self):
        """Accuracy against epoch, O'TRAIN's name."""
        return self.path / f"{self.name}_accuracy_vs_epochs.png"

    def published_png(self, name):
        """Return the place of a figure of the validation subset under O'TRAIN's name."""
        return self.path / f"{name}.png"

    @property
    def validation_cube(self):
        """The validation subset as a data cube, O'TRAIN's name (labels one-hot)."""
        return self.path / "validation_set" / "datacube" / "cube_validation.npz"

    def images(self, outcome):
        """Return the folder of cutouts of one outcome: ``FP FN TP TN``."""
        return _images(self.path / "validation_set", outcome)


@dataclass(frozen=True)
class DiagnosticsFolder:
    """The folder ``<path-diagnostics>`` of otrain-diagnostics.

    Parameters
    ----------
    path : Path
    """

    path: Path

    marker: ClassVar = "report.json"  # moved last where files have to be moved one by one
    # What an earlier run may have left that the next one need not write again.
    own_files: ClassVar = tuple(f"*classified/images_{outcome}/{name}" for outcome in ("FP", "FN", "TP", "TN")
                                for name in ("cutout_[0-9]*.png", "contact_sheet.png"))

    @property
    def report_json(self):
        """The judgement in numbers."""
        return self.path / self.marker

    @property
    def report_html(self):
        """The judgement as one page."""
        return self.path / "report.html"

    @property
    def events(self):
        """Every event that was found."""
        return self.path / "events.ecsv"

    @property
    def true_events(self):
        """Every true event, and whether it was found."""
        return self.path / "true_events.ecsv"

    @property
    def values(self):
        """Every number that the network gives, and the true ones."""
        return self.path / "values.ecsv"

    def images(self, outcome):
        """Return the folder of cutouts of one outcome: ``FP FN TP TN``."""
        return _images(self.path, outcome)


def _images(folder, outcome):
    kind = "misclassified" if outcome in ("FP", "FN") else "well_classified"
    return folder / kind / f"images_{outcome}"
