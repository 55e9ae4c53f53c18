"""Fit the map from logits to scores on the validation subset, with scikit-learn."""

from dataclasses import replace

import numpy as np

from otrain.data.results.calibration import METHODS, Calibration, log_odds
from otrain.errors import DataError, UsageError

__all__ = ["Calibration", "fit_calibration"]

# Below these numbers the fit follows the noise: (examples, examples of the rarest class).
ENOUGH = {"temperature": (25, 5), "isotonic": (200, 50)}
TEMPERATURES = (0.05, 20.0)  # beyond, the fit says more about the subset than about the network


def fit_calibration(logits, labels, method="temperature"):
    """Return the calibration that suits a validation subset.

    A subset that is too small, has one class only, or is separated without error
    cannot tell how sure a network should be. The calibration then is a simpler
    one (isotonic -> temperature -> none) and its `note` says why.

    Parameters
    ----------
    logits : (N,) or (N, K) ndarray
        Log odds of real, or one logit per class, all finite.
    labels : (N,) int ndarray
        Index of the true class.
    method : str
        ``temperature`` (order of the scores and its ties are kept), ``isotonic``
        (any rising curve; binary only; makes ties) or ``none``.

    Returns
    -------
    Calibration

    Raises
    ------
    UsageError
        If `method` is unknown, or isotonic is asked for more than two classes.
    DataError
        If the arrays do not match or a logit is not finite.
    """
    logits, labels = np.asarray(logits, float), np.asarray(labels, int)
    _check(logits, labels, method)
    if method == "none":
        return Calibration(examples=len(labels))
    problem = _too_little(logits, labels, method)
    if problem and method == "isotonic":
        simpler = fit_calibration(logits, labels)
        note = f"isotonic calibration was not possible: {problem}. {simpler.note}"
        return replace(simpler, note=note.strip())
    if problem:
        return Calibration(examples=len(labels), note=f"scores are not calibrated: {problem}.")
    return (_fit_isotonic if method == "isotonic" else _fit_temperature)(logits, labels)


def _check(logits, labels, method):
    if method not in METHODS:
        raise UsageError(f"unknown calibration {method!r}. Known: {', '.join(METHODS)}.")
    if method == "isotonic" and logits.ndim == 2:
        raise UsageError("isotonic calibration needs two classes. "
                         f"Received: logits of shape {logits.shape}. Choose temperature.")
    if len(logits) != len(labels):
        raise DataError(f"`labels` must have one entry per logit. "
                        f"Received: {len(labels)} entries for {len(logits)} examples.")
    if not np.isfinite(logits).all():
        raise DataError(f"{np.sum(~np.isfinite(logits))} of {logits.size} logits are not finite: "
                        "the network cannot be calibrated.")


def _too_little(logits, labels, method):
    """Say why the subset cannot carry the fit; empty if it can."""
    counts = np.bincount(labels, minlength=2 if logits.ndim == 1 else logits.shape[1])
    if len(counts) == 2 and counts.min() == 0:
        return (f"the validation subset has one class only ({counts[0]} of the first, {counts[1]} of the "
                "second)")
    total, rarest = ENOUGH[method]
    if counts.sum() < total or counts.min() < rarest:
        return (f"the validation subset is too small ({' + '.join(map(str, counts))} examples, needed are "
                f"{total} and {rarest} of each class)")
    if method == "temperature" and _separated(logits, labels):
        return "the validation subset is separated without error, so any temperature would do"
    return ""


def _separated(logits, labels):
    """Tell whether the likelihood has no maximum at a finite temperature."""
    if logits.ndim == 1:
        # One temperature, no offset: the fit runs away only if zero separates the classes.
        return bool(np.all((logits > 0) == (labels == 1)))
    return bool(np.all(logits.argmax(axis=1) == labels))


def _fit_temperature(logits, labels):
    """Fit one divisor by maximum likelihood (Guo et al. 2017, arXiv:1706.04599)."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator

    columns = logits[:, None] if logits.ndim == 1 else logits
    network = _logits_as_estimator(np.unique(labels))
    fitted = CalibratedClassifierCV(FrozenEstimator(network), method="temperature").fit(columns, labels)
    # The slope of the log odds is read off close to zero, where a score still has all its digits.
    step = np.zeros((1, columns.shape[1]))
    step[0, -1] = 0.01
    share = fitted.predict_proba(step)[0]
    slope = (log_odds(share[1]) if logits.ndim == 1 else np.log(share[-1] / share[0])) / 0.01
    low, high = TEMPERATURES
    temperature = float(np.clip(1 / max(slope, 1e-12), low, high))
    note = "" if low < temperature < high else f"the temperature was held at its bound, {temperature:g}."
    return Calibration("temperature", temperature, examples=len(labels), note=note)


def _logits_as_estimator(classes):
    """Return a scikit-learn classifier whose decision values are its input."""
    from sklearn.base import BaseEstimator, ClassifierMixin

    class Logits(ClassifierMixin, BaseEstimator):
        def fit(self, x, y):
            return self

        def decision_function(self, x):
            return x[:, 0] if x.shape[1] == 1 else x

        def predict(self, x):
            return self.classes_[(x[:, 0] > 0).astype(int) if x.shape[1] == 1 else x.argmax(axis=1)]

    network = Logits()
    network.classes_ = classes
    return network


def _fit_isotonic(logits, labels):
    """Fit a rising table; its ends stay off 0 and 1, which no finite subset can prove."""
    from sklearn.isotonic import IsotonicRegression

    floor = 1 / (len(labels) + 2)
    fitted = IsotonicRegression(y_min=floor, y_max=1 - floor, out_of_bounds="clip").fit(logits, labels)
    knots, first = np.unique(fitted.X_thresholds_, return_index=True)
    return Calibration("isotonic", knots=tuple(map(float, knots)),
                       values=tuple(map(float, fitted.y_thresholds_[first])), examples=len(labels))
