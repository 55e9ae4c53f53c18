"""One class for each point of a series: head, loss, targets, and the judgement by events.

A map of probabilities is not what anybody asks for: the events in it are. They are
found, matched with the true ones and counted; the map itself is judged point by point
beside that.
"""

from dataclasses import dataclass

import numpy as np

from otrain.data.targets import Targets
from otrain.errors import DataError, UsageError
from otrain.evaluation.events import class_log_odds, find_events
from otrain.models.loss_names import LOSSES, loss_config
from otrain.models.ports import OutputSpec

__all__ = ["TASK", "SegmentationTask"]


@dataclass(frozen=True)
class SegmentationTask:
    """What is asked of the network: the class of each point of a series.

    Class 0 is the continuum; the others are what events are made of.

    Parameters
    ----------
    name : str
        Key in the catalogue.
    calibrations : tuple of str
        Methods that turn the log odds of an event into a probability, the default first.
    losses : tuple of str
        Names that `loss` knows, alone or joined by ``+``, the default first.
    maps : bool
        Whether the network answers with a map instead of one class for each example.
    """

    name: str = "segmentation"
    calibrations: tuple[str, ...] = ("isotonic", "temperature", "none")
    losses: tuple[str, ...] = tuple(LOSSES)
    maps: bool = True

    def head(self, classes):
        """Return the head for classes by name: one sigmoid for two, a softmax for more.

        Raises
        ------
        DataError
            If there are fewer than two.
        """
        if len(classes) < 2:
            raise DataError(f"a segmentation needs at least two classes. Received: {list(classes)}.")
        return OutputSpec(1, "sigmoid") if len(classes) == 2 else OutputSpec(len(classes), "softmax")

    def loss(self, units, name=None):
        """Return the Keras loss on logits, as its configuration; see `otrain.models.losses`.

        Raises
        ------
        UsageError
            If there is no loss of that name.
        """
        return loss_config(name or self.losses[0])

    def metrics(self, units):
        """Return the Keras metrics on logits, as configurations: the overlap of each kind of event."""
        if units == 1:
            return [{"class_name": "BinaryIoU", "config": {
                "name": "iou", "target_class_ids": [1], "threshold": 0.0, "dtype": "float32"}}]
        return [{"class_name": "OneHotIoU", "config": {
            "name": "iou", "num_classes": units, "target_class_ids": list(range(1, units)),
            "dtype": "float32"}}]

    def targets(self, cube, rows, units, *, class_weight="none", reference=None):
        """Return what the network should answer to rows of a cube.

        Parameters
        ----------
        cube : DataCube
            One of its channels holds the class of each point, NaN where it is not known.
        rows : (n,) int ndarray
        units : int
            Outputs of the network for each point.
        class_weight : str
            ``none``; classes of points are weighed by the loss.
        reference : ignored

        Returns
        -------
        Targets
            Of shape (..., units). The weight of a point is 0 where its class is not known or the
            first channel has no value, else 1.

        Raises
        ------
        DataError
            If the cube has no class for each point.
        UsageError
            If other weights are asked for.
        """
        if class_weight != "none":
            raise UsageError(f"--class-weight {class_weight} is for one class an example. "
                             "Choose --loss weighted-bce, focal or dice.")
        answer = self.answer_channel(cube)
        shape = tuple(cube.shape[:-1])

        def of(examples, places):
            return _encoded(examples[..., answer], examples[..., 0], units)

        return Targets((*shape, units), shape, of)

    def answer_channel(self, cube):
        """Return the index of the channel with the class of each point.

        Raises
        ------
        DataError
            If there is none.
        """
        for target in cube.meta["targets"]:
            if target.get("channel") in cube.channels:
                return cube.channels.index(target["channel"])
        raise DataError(f"{cube.path}: no channel of the cube says which class each point has. Make it from "
                        "labelled light curves, or with --labels TABLE of ephemerides.")

    def decode(self, logits):
        """Return the logits of maps as they are, (N, ..., units) float32."""
        return np.asarray(logits, np.float32)

    def class_maps(self, logits, kind):
        """Return probability and log odds of one class against all others at each point.

        Parameters
        ----------
        logits : (N, L, units) ndarray
        kind : int
            Index of the class, from 1.

        Returns
        -------
        probability, log_odds : (N, L) ndarray
        """
        logits = np.asarray(logits)
        odds = logits[..., 0].astype(float) if logits.shape[-1] == 1 else class_log_odds(logits, kind)
        return 1 / (1 + np.exp(-np.clip(odds, -80, 80))), odds

    def find(self, logits, kind, time, valid, *, segment=None, **options):
        """Return the events of one class in some maps, as `otrain.evaluation.events.find_events` does.

        Parameters
        ----------
        logits : (N, L, units) ndarray
        kind : int
            Index of the class, from 1.
        time, valid, segment : (N, L) ndarray
        **options
            ``floor join bridge gap near``.
        """
        probability, odds = self.class_maps(logits, kind)
        return find_events(probability, time, valid, log_odds=odds, segment=segment, **options)


def _encoded(classes, image, units):
    """Return targets (n, ..., units) and weights (n, ...) of the classes of points."""
    known = np.isfinite(classes) & np.isfinite(image)
    index = np.where(known, classes, 0).astype(np.int64)
    if units == 1:
        targets = (index > 0).astype(np.float32)[..., None]
    else:
        targets = np.eye(units, dtype=np.float32)[index]
    return targets, known.astype(np.float32)


TASK = SegmentationTask()
