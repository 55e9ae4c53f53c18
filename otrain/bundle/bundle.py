"""A trained network as it is shipped: opened, verified and used for scoring without Keras."""

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from otrain.bundle.dropout_head import DropoutHead, read_arrays
from otrain.bundle.format import (
    ALARM,
    GOLDEN,
    HEAD,
    MAX_BYTES,
    MODEL,
    SETTINGS,
    answered_names,
    read_manifest,
)
from otrain.bundle.onnx_graph import check_graph
from otrain.bundle.outputs import Answers
from otrain.bundle.parity import SCORE, difference_beyond_rounding
from otrain.bundle.runtime import runtime_identity
from otrain.bundle.session import Session
from otrain.bundle.unscored import unscored
from otrain.data.results.alarm import Alarm
from otrain.data.results.calibration import Calibration, prior_shift
from otrain.data.results.settings import canonical_json, sha256_of
from otrain.errors import IntegrityError, UsageError

__all__ = ["Bundle"]


@dataclass(frozen=True, repr=False)
class Bundle:
    """A verified bundle. Use `Bundle.open`.

    Parameters
    ----------
    path : Path
        Its folder.
    manifest : dict
        The checked ``bundle.json``.
    content : dict of str to bytes
        The verified files that scoring needs.
    """

    path: Path
    manifest: dict
    content: dict

    @classmethod
    def open(cls, path):
        """Open a bundle; every file must have the size and the SHA-256 that ``bundle.json`` states.

        Raises
        ------
        IntegrityError
            If a file is missing, changed or says what no bundle may say.
        """
        path = Path(path)
        manifest = read_manifest(path)
        content = {name: _verified(path / name, entry) for name, entry in manifest["files"].items()}
        return cls(path, manifest, content)

    def __repr__(self):
        return (f"<Bundle {self.name}: {self.domain}, {self.task}, {'x'.join(map(str, self.shape))} "
                f"({', '.join(self.channels)}) to {', '.join(answered_names(self.manifest))}>")

    @property
    def is_verified(self):
        """Whether this bundle was verified before, by this ONNX Runtime on such a processor."""
        return _marker(self.manifest).exists()

    def verify(self):
        """Check the graph and score the golden examples again; done on first use by itself.

        The processor that made the bundle rounds differently: what is allowed is what
        `difference_beyond_rounding` allows at the export. A marker in the cache folder
        (``$XDG_CACHE_HOME/otrain``) remembers which bundle was verified with which ONNX Runtime
        on which kind of processor.

        Returns
        -------
        Session

        Raises
        ------
        IntegrityError
            If the graph or the alarm is refused, the logits differ from their record by more than rounding,
            or the scores are not what the calibration makes of the logits.
        """
        where = str(self.path / MODEL)
        check_graph(self.content[MODEL], where)
        session = self._open_session()
        _ = self.alarm  # an alarm that cannot be is refused here
        golden = read_arrays(self.content[GOLDEN], str(self.path / GOLDEN), limit=2 * MAX_BYTES[GOLDEN])
        if golden.keys() - {"scores"} != {"images", "logits"}:
            raise IntegrityError(f"{self.path / GOLDEN}: must hold images, logits and scores.")
        logits, _ = session.run(golden["images"])
        parity, beyond = difference_beyond_rounding(
            golden["logits"], logits, self.content[MODEL],
            lambda content: self._open_session(content).run(golden["images"])[0], self.manifest["encoding"])
        if beyond:
            raise IntegrityError(f"{where}: the golden examples score further from their record than "
                                 f"rounding takes them: {parity} (allowed: {SCORE:g} in a score). "
                                 "Do not use this bundle with this ONNX Runtime.")
        # The calibration is double precision; what it does to rounding is not the network's fault.
        if "scores" in golden and not np.allclose(self.calibration.apply(golden["logits"]), golden["scores"],
                                                  rtol=0, atol=SCORE):
            raise IntegrityError(f"{self.path / GOLDEN}: the scores are not what the calibration makes of "
                                 "the logits. Copy the bundle again.")
        _leave(_marker(self.manifest))
        return session

    def _open_session(self, content=None):
        return Session(content or self.content[MODEL], self.shape, self.manifest["batch"],
                       str(self.path / MODEL))

    def __reduce__(self):  # without what this process has opened
        return Bundle, (self.path, self.manifest, self.content)

    @property
    def identity(self):
        """Model id: SHA-256 over network, preparation, channels and classes."""
        return self.manifest["model_id"]

    @property
    def calibration_id(self):
        """SHA-256 over everything that turns a raw reply into what a user reads."""
        return self.manifest["calibration_id"]

    @property
    def name(self):
        """Name of the network."""
        return self.manifest["name"]

    @property
    def domain(self):
        """Name of the domain whose files it scores."""
        return self.manifest["domain"]

    @property
    def recipe(self):
        """How a file must be prepared, for the domain's door."""
        return self.manifest["recipe"]

    @property
    def channels(self):
        """Names of the channels, in order."""
        return tuple(self.manifest["channels"])

    @property
    def classes(self):
        """Names of the classes in label order."""
        return tuple(self.manifest["classes"])

    @property
    def shape(self):
        """Shape of one prepared example."""
        return tuple(self.manifest["input"]["shape"])

    @property
    def task(self):
        """Name of what is asked of the network."""
        return self.manifest["task"]

    @property
    def answer(self):
        """Kind of its replies: the name of an answer in the catalogue."""
        return self.manifest["answer"]["kind"]

    @cached_property
    def settings(self):
        """What turns a raw reply into what a user reads; plain types for an answer of another package."""
        known = SETTINGS.get(self.answer)
        return self.manifest["answer"] if known is None else known.from_dict(self.manifest["answer"])

    @property
    def seen(self):
        """Ranges of the columns of the training examples; empty where they are not known."""
        return self.manifest.get("seen", {})

    @property
    def threshold(self):
        """Score from which an example is called class 1, or an event is announced, unless asked otherwise."""
        return float(self.manifest["answer"].get("threshold", 0.5))

    @property
    def thresholds(self):
        """Rows of the threshold table; empty where a reply is no score."""
        return self.manifest["answer"].get("thresholds", [])

    @property
    def calibration(self):
        """The map from logits to scores; the plain one where a reply is no score."""
        return getattr(self.settings, "calibration", None) or Calibration()

    @cached_property
    def _session(self):
        return self._open_session() if _marker(self.manifest).exists() else self.verify()

    @cached_property
    def _head(self):
        if self.manifest["head"] is None:
            raise UsageError(f"{self.path}: no uncertainty: {self.manifest['head_note']}. "
                             "Score without --uncertainty.")
        where = str(self.path / HEAD)
        arrays = read_arrays(self.content[HEAD], where, limit=2 * MAX_BYTES[HEAD])
        return DropoutHead.from_arrays(self.manifest["head"], arrays, where)

    @cached_property
    def alarm(self):
        """What tells examples that are unlike those of the training, an `Alarm`; None without."""
        if "alarm" not in self.manifest:
            return None
        where = str(self.path / ALARM)
        arrays = read_arrays(self.content[ALARM], where, limit=MAX_BYTES[ALARM])
        return Alarm.from_arrays(self.manifest["alarm"], arrays, self.shape, where)

    @property
    def alarm_id(self):
        """SHA-256 of the alarm; empty without."""
        return self.manifest["files"].get(ALARM, {}).get("sha256", "")

    def shift(self, prob_ratio):
        """Return what an expected ratio of real to bogus adds to the log odds; 0 for None."""
        if prob_ratio is None:
            return 0.0
        prior = getattr(self.settings, "train_prior", None)
        if prior is None:
            raise UsageError(f"{self.path}: the share of reals in training is not recorded, so no ratio of "
                             "real to bogus can be corrected for. Score without --prob-ratio.")
        return prior_shift(prob_ratio, prior)

    def answers(self, images, *, features=False, unlikeness=False, threads=None):
        """Return what the network says of prepared images, before any calibration.

        Parameters
        ----------
        images : (N, ..., C) float32 ndarray or Answers
            `Answers` are returned as they are, here and wherever a bundle takes images.
        features : bool
            Whether features are needed.
        unlikeness : bool
            Whether the distance from the training is needed: for a bundle with an `alarm`.
        threads : int, optional
            Batches that are computed at once; by default as many as there are cores.

        Returns
        -------
        Answers
        """
        if isinstance(images, Answers):
            return images
        logits, known = self._session.run(images, features=features or unlikeness, threads=threads)
        distance = self.alarm.of_images(images, known) if unlikeness else None
        return Answers(logits, known if features else None, distance)

    def logits(self, images):
        """Return the logits of prepared images: (N,) log odds of real, or (N, K)."""
        return self.answers(images).logits

    def features(self, images):
        """Return what the network knows of each image before its last layers, (N, F)."""
        return self.answers(images, features=True).features

    def scores(self, images, prob_ratio=None):
        """Return calibrated probabilities of real, (N,), or of each class, (N, K).

        Parameters
        ----------
        images : (N, ..., C) float32 ndarray
            Prepared examples.
        prob_ratio : float, optional
            Reals per bogus expected among the data; by default as in training.

        Returns
        -------
        ndarray
            NaN for an image without a single value.
        """
        return unscored(images, self.calibration.apply(self.logits(images), shift=self.shift(prob_ratio)))

    def scores_and_uncertainty(self, images, passes=32, *, seed=0, prob_ratio=None):
        """Return scores, and the standard deviation of each over passes with random dropout.

        Both are NaN for an image without a single value.

        Raises
        ------
        UsageError
            If the network has no dropout in front of its last dense layers.
        """
        head, shift = self._head, self.shift(prob_ratio)
        answers = self.answers(images, features=True)
        drawn = head.logits(answers.features.astype(float), passes, seed)
        spread = np.std([self.calibration.apply(z, shift=shift) for z in drawn], axis=0)
        scores = self.calibration.apply(answers.logits, shift=shift)
        return unscored(images, scores), unscored(images, spread)

    def uncertainty(self, images, passes=32, seed=0):
        """Return the standard deviation of the score over passes with random dropout."""
        return self.scores_and_uncertainty(images, passes, seed=seed)[1]


def _verified(path, entry):
    """Return the bytes of a file of the bundle, if they are what the description says."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size == entry["bytes"] else None
    except OSError as error:
        raise IntegrityError(f"{path}: cannot be read ({error.strerror}). Copy the bundle again.") from None
    if content is None or hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise IntegrityError(f"{path}: not the file that bundle.json describes ({size} bytes, expected "
                             f"{entry['bytes']}, or another hash). Copy the bundle again.")
    return content


def _marker(manifest):
    """Return where it is remembered that this bundle was verified by this ONNX Runtime."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "otrain" / "verified" / sha256_of(canonical_json(manifest) + runtime_identity())


def _leave(marker):
    """Remember a verification; where the cache cannot be written it is simply done again."""
    try:
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError:
        pass
