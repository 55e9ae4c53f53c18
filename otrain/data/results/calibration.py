"""How the logits of a network become scores: a calibration and the expected share of reals.

Only numpy: bundles apply it without scikit-learn, and `otrain.evaluation.calibration`
fits it.

Convention: a binary network has one logit per example, the log odds of real,
shape (N,); a network of K > 2 classes has logits of shape (N, K).
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, fields

import numpy as np

from otrain.data.results.settings import identity_of, is_share, require_settings
from otrain.errors import IntegrityError, UsageError

__all__ = ["METHODS", "Calibration", "ScoreSettings", "log_odds", "prior_shift", "sigmoid", "softmax"]

METHODS = ("none", "temperature", "isotonic")


def sigmoid(x):
    """Return ``1 / (1 + exp(-x))`` without overflow, in float64."""
    x = np.asarray(x, float)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def softmax(x):
    """Return the softmax over the last axis without overflow, in float64."""
    x = np.asarray(x, float)
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def log_odds(p):
    """Return ``log(p / (1 - p))``: the inverse of `sigmoid`; infinite at 0 and 1."""
    p = np.asarray(p, float)
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log1p(-p)


def prior_shift(ratio, prior):
    """Return what is added to a log odds when reals are rarer, or more common, than in training.

    A score is right for the share of reals among the examples on which it was
    calibrated. Where the classes themselves look the same but their shares
    differ, Bayes' rule only adds a constant to the log odds (Saerens et al. 2002,
    Neural Computation 14, 21).

    Parameters
    ----------
    ratio : float
        Reals per bogus expected in the data to score, > 0 (0.001: one in a thousand).
    prior : float
        Share of reals that the scores presuppose, between 0 and 1.

    Returns
    -------
    float
        ``log(ratio) - log(prior / (1 - prior))``; zero if both say the same.

    Raises
    ------
    UsageError
        If `ratio` is not a positive number or `prior` not inside (0, 1).

    Examples
    --------
    >>> round(prior_shift(0.001, 0.5), 3)
    -6.908
    """
    if not (ratio > 0 and math.isfinite(ratio)):
        raise UsageError(f"the ratio of real to bogus must be a positive number. Received: {ratio!r}")
    if not 0 < prior < 1:
        raise UsageError(f"the share of reals behind the scores is {prior!r}: no ratio of real to bogus can "
                         "be corrected for. Train on both classes, or score without --prob-ratio.")
    return math.log(ratio) - float(log_odds(prior))


@dataclass(frozen=True)
class Calibration:
    """A monotone map from logits to scores.

    Parameters
    ----------
    method : str
        ``none`` (the plain sigmoid or softmax), ``temperature`` (logits divided by
        one number first) or ``isotonic`` (a rising table; binary networks only).
    temperature : float
        Divisor of the logits; above 1 the network was too sure of itself.
    knots, values : tuple of float
        Table of ``isotonic``: logits, rising, and the score at each; linear between
        them, constant beyond.
    examples : int
        Size of the validation subset that it was fitted on.
    note : str
        Why it is not what was asked for, if so.
    """

    method: str = "none"
    temperature: float = 1.0
    knots: tuple[float, ...] = ()
    values: tuple[float, ...] = ()
    examples: int = 0
    note: str = ""

    def __post_init__(self):
        problem = _problem(self)
        if problem:
            raise IntegrityError(f"the calibration cannot be used: {problem}.")

    def log_odds(self, logits):
        """Return the calibrated log odds of real of binary logits, both of shape (N,)."""
        logits = np.asarray(logits, float)
        if self.method == "isotonic":
            return log_odds(np.interp(logits, self.knots, self.values))
        return logits / self.temperature

    def apply(self, logits, *, shift=0.0):
        """Return the scores of logits.

        Parameters
        ----------
        logits : (N,) or (N, ..., K) ndarray
            Log odds of real, or one logit per class; a last axis of one beside others holds
            the log odds of a map. NaN gives NaN.
        shift : float
            Added to the log odds of binary logits: `prior_shift`.

        Returns
        -------
        float64 ndarray
            Of the same shape: probability of real, or of each class.
        """
        logits = np.asarray(logits, float)
        if logits.ndim == 1 or (logits.ndim > 2 and logits.shape[-1] == 1):
            return sigmoid(self.log_odds(logits) + shift)
        if self.method == "isotonic" or shift:
            raise UsageError("isotonic calibration and a ratio of real to bogus need a network of two "
                             f"classes. Received: logits of shape {logits.shape}.")
        return softmax(logits / self.temperature)

    @property
    def identity(self):
        """SHA-256 of the map itself, whatever it was fitted on."""
        essence = {"method": self.method, "temperature": self.temperature,
                   "knots": self.knots, "values": self.values}
        return hashlib.sha256(json.dumps(essence, sort_keys=True).encode()).hexdigest()

    def to_dict(self):
        """Return plain types, for a bundle or a report."""
        return asdict(self) | {"knots": list(self.knots), "values": list(self.values)}

    @classmethod
    def from_dict(cls, table):
        """Return the calibration that `to_dict` described.

        Raises
        ------
        IntegrityError
            If a key is unknown or a value impossible.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(table, dict) or table.keys() - known:
            raise IntegrityError(f"the calibration has unknown entries. Known: {', '.join(sorted(known))}. "
                                 f"Received: {table!r:.200}")
        try:
            return cls(**table | {key: tuple(map(float, table[key]))
                                  for key in ("knots", "values") if key in table})
        except (TypeError, ValueError) as error:
            if isinstance(error, IntegrityError):
                raise
            raise IntegrityError(f"the calibration cannot be read: {error}.") from None


def _problem(calibration):
    """Say what is impossible about a calibration; empty if nothing is."""
    if calibration.method not in METHODS:
        return f"method {calibration.method!r} is none of {', '.join(METHODS)}"
    if not (isinstance(calibration.temperature, (int, float)) and 0 < calibration.temperature < math.inf):
        return f"the temperature must be a positive number, not {calibration.temperature!r}"
    if calibration.method != "isotonic":
        return "" if calibration.temperature == 1 or calibration.method == "temperature" else (
            "without calibration the temperature must be 1")
    knots, values = np.asarray(calibration.knots, float), np.asarray(calibration.values, float)
    if len(knots) != len(values) or len(knots) < 1:
        return f"{len(knots)} knots for {len(values)} values"
    if not (np.isfinite(knots).all() and (np.diff(knots) > 0).all()):
        return "the knots must rise"
    if not ((values >= 0).all() and (values <= 1).all() and (np.diff(values) >= 0).all()):
        return "the values must rise from 0 to 1 at most"
    return ""


@dataclass(frozen=True)
class ScoreSettings:
    """What turns the logits of a network into scores and calls: a part of the bundle.

    Parameters
    ----------
    calibration : Calibration
    train_prior : float or None
        Share of class 1 that the scores presuppose; None where it is not known, or for more than two classes.
    threshold : float
        Score from which an example of two classes is called class 1.
    thresholds : tuple of dict
        Rows of `otrain.evaluation.thresholds.threshold_table`.
    """

    calibration: Calibration = field(default_factory=Calibration)
    train_prior: float | None = None
    threshold: float = 0.5
    thresholds: tuple[dict, ...] = ()

    kind = "scores"

    def to_dict(self):
        """Return plain types for ``bundle.json``."""
        return {"kind": self.kind, "calibration": self.calibration.to_dict(), "train_prior": self.train_prior,
                "threshold": self.threshold, "thresholds": list(self.thresholds)}

    @classmethod
    def from_dict(cls, values):
        """Return the settings that `to_dict` described.

        Raises
        ------
        IntegrityError
            If they cannot be.
        """
        require_settings(values, cls.kind, {
            "calibration": None, "train_prior": lambda value: value is None or is_share(value),
            "threshold": is_share,
            "thresholds": lambda rows: isinstance(rows, list) and all(isinstance(row, dict) for row in rows)})
        return cls(Calibration.from_dict(values["calibration"]), values["train_prior"],
                   float(values["threshold"]), tuple(values["thresholds"]))

    @property
    def identity(self):
        """SHA-256 of everything that turns a logit into a score."""
        return identity_of({"map": self.calibration.identity, "train_prior": self.train_prior})
