"""The scores of a cube's subsets as files, so that nothing is predicted twice."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from otrain.data.files.atomic import atomic_folder, require_absent
from otrain.data.tables.written import Field, score_table
from otrain.errors import DataError, IntegrityError

__all__ = ["Predictions"]

FORMAT = 1
TABLE, MANIFEST = "predictions.npz", "predictions.json"
COLUMN = "column_"  # keeps the names of columns apart from our own


@dataclass
class Predictions:
    """What a network said about the examples of a cube.

    Parameters
    ----------
    columns : dict of str to (N,) ndarray
        The columns of the cube.
    labels : (N,) int ndarray
        True class, -1 where it is not known.
    logits : (N,) or (N, K) float ndarray
        Before calibration: log odds of real, or one logit per class; (N, L, K) float32 for maps.
    scores : (N,) or (N, K) float ndarray
        Calibrated probability of real, or of each class; of the surest event for maps, (N,).
    subset : (N,) str ndarray
        ``training``, ``validation`` or ``test``.
    meta : dict
        Plain types: classes, model and calibration identity, ...

    Raises
    ------
    DataError
        If a length differs.
    """

    columns: dict
    labels: np.ndarray
    logits: np.ndarray
    scores: np.ndarray
    subset: np.ndarray
    meta: dict = field(default_factory=dict)

    def __post_init__(self):
        self.labels = np.asarray(self.labels, np.int64)
        # Maps have a thousand times more logits than examples: single precision is enough for them.
        self.logits = np.asarray(self.logits, float if np.ndim(self.logits) < 3 else np.float32)
        self.scores = np.asarray(self.scores, float)
        self.subset = np.asarray(self.subset, str)
        self.columns = {name: np.asarray(values) for name, values in self.columns.items()}
        for name, values in {"logits": self.logits, "scores": self.scores, "subset": self.subset,
                             **self.columns}.items():
            if len(values) != len(self.labels):
                raise DataError(f"`{name}` must have one entry per example. "
                                f"Received: {len(values)} entries for {len(self.labels)} examples.")

    def __len__(self):
        return len(self.labels)

    def of_subset(self, name):
        """Return the predictions of one subset."""
        return self.take(self.subset == name)

    def take(self, rows):
        """Return the predictions of some rows: their numbers, or one bool for each."""
        return Predictions({column: values[rows] for column, values in self.columns.items()},
                           self.labels[rows], self.logits[rows], self.scores[rows], self.subset[rows],
                           self.meta)

    def save(self, folder, *, overwrite=False):
        """Write a folder with the arrays and a description with their hash, whole or not at all.

        Raises
        ------
        OutputError
            If `folder` exists and `overwrite` is false.
        """
        require_absent(folder, overwrite=overwrite, folder=True, marker=MANIFEST)
        arrays = {"labels": self.labels, "logits": self.logits, "scores": self.scores, "subset": self.subset}
        arrays |= {COLUMN + name: values for name, values in self.columns.items()}
        with atomic_folder(folder, overwrite=overwrite, marker=MANIFEST) as temporary:
            np.savez(temporary / TABLE, **arrays)
            digest = _sha256(temporary / TABLE)
            manifest = {"format": FORMAT, "examples": len(self), "sha256": digest, "meta": self.meta}
            text = json.dumps(manifest, indent=1, allow_nan=False)
            (temporary / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder):
        """Read what `save` wrote.

        Raises
        ------
        DataError
            If there are no predictions at that place.
        IntegrityError
            If a file changed, or is of another format.
        """
        folder = Path(folder)
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            if manifest["format"] != FORMAT or manifest["sha256"] != _sha256(folder / TABLE):
                raise IntegrityError(f"{folder}: the stored predictions changed since they were written, or "
                                     "are of another format. Run otrain-train again.")
            with np.load(folder / TABLE, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            own = {name: arrays.pop(name) for name in ("labels", "logits", "scores", "subset")}
        except FileNotFoundError:
            raise DataError(f"{folder}: no stored predictions. "
                            "Give the predictions folder of a run directory.") from None
        except (ValueError, KeyError, TypeError, BadZipFile) as error:
            raise IntegrityError(f"{folder}: the stored predictions cannot be read ({error!s:.120}). "
                                 "Run otrain-train again.") from None
        return cls({name.removeprefix(COLUMN): values for name, values in arrays.items()},
                   meta=manifest["meta"], **own)

    def export(self, path, *, format="ecsv", fields=None):
        """Write one table for people and other programs.

        Parameters
        ----------
        path : path-like
            Replaced if it exists.
        format : str
            ``ecsv``, ``csv``, ``parquet``, ``votable`` or ``dat``.
        fields : dict of str to Field, optional
            Units and meanings of the columns, e.g. ``domain.columns``.
        """
        fields = fields or {}
        columns = dict(self.columns) | {"subset": self.subset, "label": self.labels}
        columns |= _by_class("logit", self.logits) | _by_class("score", self.scores)
        described = {name: fields.get(name) or Field(_kind(values)) for name, values in columns.items()}
        meta = {key: value for key, value in self.meta.items() if isinstance(value, (str, int, float))}
        with score_table(path, described, format=format, meta=meta) as write:
            write(columns)


def _by_class(name, values):
    if values.ndim == 1:
        return {name: values}
    return {f"{name}_{index}": column for index, column in enumerate(values.T)}


def _kind(values):
    return {"f": float, "b": bool, "i": int, "u": int}.get(values.dtype.kind, str)


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
