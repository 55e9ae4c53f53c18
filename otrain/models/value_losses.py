"""Losses and metrics of encoded numbers and their errors, in which unknown numbers do not exist.

A network gives K means, perhaps K log variances s behind them, and perhaps the K (K - 1) / 2
entries of a triangle that makes a covariance of them. A target that is not known is NaN: it
is replaced before anything is computed, and means are over the known ones.
"""

import keras
from keras import ops

from otrain.errors import UsageError

__all__ = ["CorrelatedSurprise", "GaussianSurprise", "MeanOffset", "SquaredOffset", "ValueR2",
           "split_answers"]

_registered = keras.saving.register_keras_serializable(package="otrain")

STEEPEST = 1e3  # of an entry of the triangle: correlations up to 1 - 5e-7
LARGEST_LOG_VARIANCE = 20.0  # standard deviations from 5e-5 to 2e4 widths of the training values


def split_answers(answers, count):
    """Return K means, K log variances or None, and the triangle or None, of answers (N, units)."""
    log_variances = triangle = None
    if answers.shape[-1] > count:
        log_variances = ops.clip(answers[:, count:2 * count], -LARGEST_LOG_VARIANCE, LARGEST_LOG_VARIANCE)
    if answers.shape[-1] > 2 * count:
        triangle = ops.clip(answers[:, 2 * count:], -STEEPEST, STEEPEST)
    return answers[:, :count], log_variances, triangle


class _ValueLoss(keras.losses.Loss):
    """A loss of targets ``(N, K)``, NaN where not known, and answers ``(N, units)``; weights ``(N,)``."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        answers = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        targets = ops.convert_to_tensor(y_true, dtype=self.dtype)
        known = ops.isfinite(targets)
        weights = ops.cast(known, self.dtype)
        if sample_weight is not None:
            rows = ops.reshape(ops.convert_to_tensor(sample_weight, dtype=self.dtype), (-1, 1))
            weights = weights * rows
        # Replaced, not multiplied: NaN times 0 is NaN, in the value and in the gradient.
        return self.known(ops.where(known, targets, 0.0), answers, weights)

    def call(self, y_true, y_pred):
        """Return the loss with all weights 1."""
        return self(y_true, y_pred)


def _mean(values, weights):
    return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1e-7)


@_registered
class SquaredOffset(_ValueLoss):
    """Mean of ``(target - mean)**2`` over the known numbers.

    Parameters
    ----------
    name : str
    """

    def __init__(self, name="squared_offset", **kwargs):
        super().__init__(name=name, **kwargs)

    def known(self, targets, answers, weights):
        """Return the loss of targets and means (N, K) and weights (N, K), all finite."""
        return _mean(ops.square(targets - answers[:, :targets.shape[-1]]), weights)


@_registered
class GaussianSurprise(_ValueLoss):
    """Mean of ``(s + (target - mean)**2 exp(-s)) / 2``: minus the log density, but for a constant.

    With `beta` above 0 its gradients are those of beta-NLL: each number's times ``exp(s)**beta``,
    so that numbers which are hard to tell at first are still learnt. Its value stays that
    of the plain loss, because the weighted one is smallest for a variance of exp(-3) that fits, and would
    choose a worse epoch than the last.

    Parameters
    ----------
    beta : float
        0: plain; 0.5: recommended; 1: means are learnt as by the squared offset.
    name : str

    References
    ----------
    Seitzer et al. 2022, https://arxiv.org/abs/2203.09168, equation 4.
    """

    def __init__(self, beta=0.5, name="gaussian_surprise", **kwargs):
        super().__init__(name=name, **kwargs)
        if not 0 <= beta <= 1:
            raise UsageError(f"`beta` must lie between 0 and 1. Received: {beta!r}.")
        self.beta = beta

    def known(self, targets, answers, weights):
        """Return the loss of targets (N, K), answers (N, 2 K) and weights (N, K), all finite."""
        means, log_variances, _ = split_answers(answers, targets.shape[-1])
        surprise = 0.5 * (log_variances + ops.square(targets - means) * ops.exp(-log_variances))
        if self.beta:
            weighted = ops.stop_gradient(ops.exp(self.beta * log_variances)) * surprise
            surprise = ops.stop_gradient(surprise - weighted) + weighted
        return _mean(surprise, weights)

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "beta": self.beta}


@_registered
class CorrelatedSurprise(_ValueLoss):
    """Minus the log density of K numbers with correlated errors, divided by K, but for a constant.

    The covariance is ``L L'`` with ``L = diag(exp(s / 2)) M``, M a lower triangle with ones
    on its diagonal, filled row by row. An example counts only if all its numbers are known.

    Parameters
    ----------
    name : str

    References
    ----------
    Dorta et al. 2018, https://arxiv.org/abs/1802.07079, for images.
    """

    def __init__(self, name="correlated_surprise", **kwargs):
        super().__init__(name=name, **kwargs)

    def known(self, targets, answers, weights):
        """Return the loss of targets (N, K), answers (N, 2 K + K (K - 1) / 2) and weights (N, K)."""
        count = targets.shape[-1]
        means, log_variances, triangle = split_answers(answers, count)
        offsets = (targets - means) * ops.exp(-0.5 * log_variances)
        solved = [offsets[:, :1]]  # forward substitution: M solved = offsets
        for row in range(1, count):
            first = row * (row - 1) // 2
            before = ops.concatenate(solved, axis=-1) * triangle[:, first:first + row]
            solved.append(offsets[:, row:row + 1] - ops.sum(before, axis=-1, keepdims=True))
        squares = ops.square(ops.concatenate(solved, axis=-1))
        surprise = 0.5 * ops.mean(log_variances + squares, axis=-1)
        return _mean(surprise, ops.min(weights, axis=-1))


class _ValueMetric(keras.metrics.Metric):
    """A metric of the K means among answers, over the known numbers."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take targets (N, K), NaN where not known, answers (N, units) and weights (N,)."""
        targets = ops.convert_to_tensor(y_true, dtype=self.dtype)
        weights = ops.cast(ops.isfinite(targets), self.dtype)
        if sample_weight is not None:
            rows = ops.reshape(ops.convert_to_tensor(sample_weight, dtype=self.dtype), (-1, 1))
            weights = weights * ops.cast(rows > 0, self.dtype)
        targets = ops.where(ops.isfinite(targets), targets, 0.0)
        means = ops.convert_to_tensor(y_pred, dtype=self.dtype)[:, :targets.shape[-1]]
        self.add(targets, means, weights)


@_registered
class MeanOffset(_ValueMetric):
    """Mean of ``|target - mean|`` over the known numbers."""

    def __init__(self, name="mae", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def add(self, targets, means, weights):
        """Add the numbers of a batch."""
        self.total.assign_add(ops.sum(ops.absolute(targets - means) * weights))
        self.count.assign_add(ops.sum(weights))

    def result(self):
        """Return the mean; 0 of nothing."""
        return self.total / ops.maximum(self.count, 1.0)


@_registered
class ValueR2(_ValueMetric):
    """Share of the variance that is explained, ``1 - sum (target - mean)**2 / sum (target - average)**2``.

    The mean over the numbers of which at least two values are known.

    Parameters
    ----------
    count : int
        K.
    name : str
    """

    def __init__(self, count, name="r2", dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.numbers = count
        self.known, self.left, self.sums, self.squares = (
            self.add_weight(shape=(count,), name=name, initializer="zeros")
            for name in ("known", "left", "sums", "squares"))

    def add(self, targets, means, weights):
        """Add the numbers of a batch."""
        self.known.assign_add(ops.sum(weights, axis=0))
        self.left.assign_add(ops.sum(ops.square(targets - means) * weights, axis=0))
        self.sums.assign_add(ops.sum(targets * weights, axis=0))
        self.squares.assign_add(ops.sum(ops.square(targets) * weights, axis=0))

    def result(self):
        """Return the mean over the numbers; 0 if none is known twice."""
        spread = self.squares - ops.square(self.sums) / ops.maximum(self.known, 1.0)
        counts = ops.cast((self.known > 1) & (spread > 1e-6), self.dtype)
        explained = 1.0 - self.left / ops.maximum(spread, 1e-6)
        return ops.sum(explained * counts) / ops.maximum(ops.sum(counts), 1.0)

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "count": self.numbers}
