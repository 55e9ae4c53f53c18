"""Where the results of one study of the number of labels lie, and under which names."""

import glob
from dataclasses import dataclass
from pathlib import Path

from otrain.data.files.hidden import hidden

__all__ = ["SizeDirectory"]


@dataclass(frozen=True)
class SizeDirectory:
    """The folder that otrain-optimise-dataset-size writes.

    Parameters
    ----------
    path : Path
        The folder itself.
    name : str
        First part of the names of figures and tables.
    """

    path: Path
    name: str

    @property
    def journal(self):
        """What was asked, and one line for each finished run."""
        return self.path / "runs.jsonl"

    @property
    def runs(self):
        """Logits of the test subset, one file for each run."""
        return self.path / "runs"

    def logits(self, labels, repeat):
        """Return the file with the test logits of one run, by its number of labels and repeat."""
        return self.runs / f"{labels}_{repeat}.npy"

    def checkpoint(self, labels, repeat):
        """Return the folder with the state of a training that is under way, by its labels and repeat."""
        return hidden(self.runs / f"{labels}_{repeat}", "checkpoint")

    def figure(self, stem):
        """Return the file of a figure: ``scores``, ``gap`` or ``loss`` against size, O'TRAIN's names."""
        name = {"scores": "scores_dataset_size", "gap": "ecart_accuracy_size",
                "loss": "loss_dataset_size"}.get(stem, stem)
        return self.path / f"{self.name}_{name}.png"

    @property
    def curve_png(self):
        """The fitted learning curve."""
        return self.path / f"{self.name}_learning_curve.png"

    @property
    def own_files(self):
        """Patterns of what a study concludes: figures, table and curves, not the runs behind them."""
        return tuple(f"{glob.escape(self.name)}_{ending}" for ending in (
            "scores_dataset_size.png", "ecart_accuracy_size.png", "loss_dataset_size.png",
            "learning_curve.*", "dataset_size.ecsv"))

    @property
    def table_ecsv(self):
        """One row for each run."""
        return self.path / f"{self.name}_dataset_size.ecsv"

    @property
    def curve_json(self):
        """The fitted learning curves and what more labels would bring."""
        return self.path / f"{self.name}_learning_curve.json"

    def kept_network(self, model_path, labels, repeat):
        """Return the ``.keras`` file in which the network of one run is kept, below the model path."""
        name = f"{self.name}_{labels}_{repeat}"
        return Path(model_path) / "CNN_training" / name / f"{name}.keras"
