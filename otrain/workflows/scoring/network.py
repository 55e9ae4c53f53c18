"""The network behind a path: its bundle where there is one, else Keras."""

import hashlib
import math
from functools import cached_property
from pathlib import Path

import numpy as np

from otrain.bundle.bundle import Bundle
from otrain.bundle.format import BATCH, MANIFEST, MODEL
from otrain.bundle.unscored import unscored
from otrain.catalogue import ANSWERS
from otrain.data.results.calibration import Calibration, ScoreSettings
from otrain.data.results.run_directory import RunDirectory
from otrain.engine.local import Done, run_restartable
from otrain.errors import DataError, IntegrityError, UsageError

__all__ = ["KerasNetwork", "open_network"]

PROOF_MEMORY = 1 << 30  # bytes that scoring the golden examples of a new bundle may take
PROOF_FACTOR = 256  # and this many times a batch of its examples: feature maps
PROOF_TIME = 120.0  # s
# What a legacy file does not say: the names of its images, by their number.
USUAL_CHANNELS = {1: ("difference",), 2: ("science", "template"), 3: ("science", "template", "difference")}


def open_network(path, *, normalise=None):
    """Return what scores: a `Bundle`, or a `KerasNetwork` for a file without one.

    Parameters
    ----------
    path : path-like
        A run directory, a bundle or a file of it, or a ``.keras`` or ``.h5`` file; beside
        the file of a run directory its bundle is found. A network that is open already is given back.
    normalise : {"none", "l2", "robust"}, optional
        What is done to the pixels before a network without a bundle; by default nothing.

    Raises
    ------
    UsageError
        If `normalise` is given for a bundle, which normalises by itself.
    DataError
        If nothing of that kind is there.
    IntegrityError
        If it is damaged or refused.
    """
    if isinstance(path, (Bundle, KerasNetwork)):
        return path
    path = Path(path)
    bundle = _bundle_of(path)
    if bundle is not None:
        if normalise is not None:
            raise UsageError(f"{bundle}: --normalise is for networks without a bundle; this one normalises "
                             f"by itself. Received: {normalise!r}. Score without --normalise.")
        return _proved(bundle)
    if path.is_file() and path.suffix in (".keras", ".h5", ".hdf5"):
        return KerasNetwork(path, normalise=normalise or "none")
    if path.is_dir() and RunDirectory(path).is_unfinished:
        RunDirectory.find(path)  # says so
    raise DataError(f"{path}: {'no network here' if path.exists() else 'there is no such file or folder'}. "
                    "Give a run directory of otrain-train, a bundle, or a .keras or .h5 file.")


def _proved(path):
    """Return a bundle; one that is new here is first verified in a worker that it may kill."""
    bundle = Bundle.open(path)
    if not bundle.is_verified:
        memory = PROOF_MEMORY + PROOF_FACTOR * BATCH * 4 * math.prod(bundle.shape)
        (_, result), = run_restartable(_verify, [path], workers=1, timeout=PROOF_TIME, memory=memory)
        if not isinstance(result, Done):
            raise IntegrityError(f"{path}: refused, its golden examples could not be scored: {result.words} "
                                 f"Allowed: {memory >> 20} MiB and {PROOF_TIME:g} s.")
    if isinstance(bundle.settings, dict):  # those of an answer that only its own package can read
        vars(bundle)["settings"] = ANSWERS.load(bundle.answer).settings(bundle.settings)
    return bundle


def _verify(path):
    Bundle.open(path).verify()


def _bundle_of(path):
    """Return the folder of the bundle that belongs to a path, or None."""
    if path.name in (MANIFEST, MODEL):
        path = path.parent
    for folder in (path, path / "bundle"):
        if (folder / MANIFEST).is_file():
            return folder
    try:
        bundle = RunDirectory.find(path).bundle
    except DataError:
        return None
    return bundle if path.is_file() and path.parent == bundle.parent and bundle.is_dir() else None


class KerasNetwork:
    """A ``.keras`` or ``.h5`` file without a bundle, with what a bundle says guessed or absent.

    Its scores are not calibrated, and its images are named by their number.

    Parameters
    ----------
    path : Path
    normalise : {"none", "l2", "robust"}
        What is done to the pixels before the network, as `otrain.models.layers.normalise` does
        it, without a mask. A pixel without a value becomes 0, except by ``none``.
    """

    threshold, thresholds = 0.5, ()
    domain = "transients"
    task = "classification"
    answer = "scores"
    settings = ScoreSettings()

    def __init__(self, path, normalise="none"):
        from otrain.workflows.training.tensorflow import start_tensorflow

        start_tensorflow()
        from otrain.bundle.export import logit_model
        from otrain.models.load import load_network

        self._network = logit_model(load_network(path))
        self._path, self._normalise = path, normalise
        self.name = path.stem
        self.shape = tuple(self._network.input_shape[1:])
        if None in self.shape or len(self.shape) != 3:
            raise UsageError(f"{path}: without a bundle the network must take images of one size. Received: "
                             f"{self.shape}. Give the run directory of otrain-train, or its bundle.")
        if normalise != "none":
            self._network = _normalised(self._network, self.shape, normalise)
        classes = self._network.output_shape[0][1:]
        self.classes = tuple(f"class_{n}" for n in range(classes[0])) if classes else ("bogus", "real")
        number = self.shape[-1]
        self.channels = USUAL_CHANNELS.get(number, tuple(f"channel_{n}" for n in range(number)))
        self.calibration = Calibration()
        self.calibration_id = ""

    def __repr__(self):
        shape = "x".join(map(str, self.shape))
        return (f"<KerasNetwork {self.name}: {shape} ({', '.join(self.channels)}) to "
                f"{', '.join(self.classes)}, not calibrated>")

    @property
    def recipe(self):
        """The channels in their usual order, cut to the size of the network."""
        return {"kind": "cutout", "size": self.shape[0], "channels": list(self.channels), "pad": False,
                "nonfinite": "fill"}

    @property
    def note(self):
        """What a person must know before using the scores."""
        given = ("given as they are (see --normalise)" if self._normalise == "none"
                 else f"normalised by {self._normalise}")
        return (f"{self._path.name} has no bundle: scores are not calibrated, pixels are {given}, and "
                f"the images are taken to be {', '.join(self.channels)}.")

    @cached_property
    def identity(self):
        """SHA-256 of the file, and of what is done to the pixels before it."""
        with open(self._path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        if self._normalise != "none":
            digest.update(f"normalise {self._normalise}".encode())
        return digest.hexdigest()

    def shift(self, prob_ratio):
        """Refuse a ratio of real to bogus: the share of reals in training is not known."""
        if prob_ratio is None:
            return 0.0
        raise UsageError(f"{self._path}: the share of reals in training is not recorded, so no ratio of real "
                         "to bogus can be corrected for. Score without --prob-ratio.")

    def logits(self, images):
        """Return the logits of prepared images, in batches of one size."""
        parts = []
        for start in range(0, len(images), BATCH):
            batch = images[start:start + BATCH]
            full = np.zeros((BATCH, *self.shape), np.float32)
            full[:len(batch)] = batch
            parts.append(np.asarray(self._network(full, training=False)[0], float)[:len(batch)])
        return np.concatenate(parts)

    def scores(self, images, prob_ratio=None):
        """Return scores of prepared images, (N,) or (N, K), not calibrated."""
        return unscored(images, self.calibration.apply(self.logits(images), shift=self.shift(prob_ratio)))

    def scores_and_uncertainty(self, images, passes=32, *, seed=0, prob_ratio=None):
        """Refuse: dropout without a bundle is not offered."""
        raise UsageError(f"{self._path}: no uncertainty without a bundle, which otrain-train writes. "
                         "Score without --uncertainty.")


def _normalised(network, shape, method):
    """Return a network that normalises its images first."""
    import keras

    from otrain.models.layers.normalise import normalise

    image = keras.Input(shape)
    return keras.Model(image, network(normalise(image, method, mask=False)))
