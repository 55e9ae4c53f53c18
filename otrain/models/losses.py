"""Losses per point of a curve or pixel of an image, from logits, in which masked points do not exist.

Keras multiplies a finished loss by the weights, so that a NaN target stays NaN and a
Dice overlap counts masked points. Here the weights come first: a point of
weight 0 is replaced before anything is computed, and means are over the weights.
"""

import keras
from keras import ops

from otrain.errors import UsageError

__all__ = ["PointCrossentropy", "PointDice", "PointSum", "build_loss"]

_registered = keras.saving.register_keras_serializable(package="otrain")


def build_loss(config):
    """Return a Keras loss, ours or Keras' own, from ``{"class_name": ..., "config": {...}}``."""
    return keras.losses.get(config)


class _PointLoss(keras.losses.Loss):
    """A loss of logits that is given the weights of the points.

    Called with targets ``(N, ..., units)``, logits of the same shape and weights
    ``(N, ...)``, of points, or ``(N,)``, of examples; without weights all are 1.
    """

    def __call__(self, y_true, y_pred, sample_weight=None):
        logits = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        targets = ops.convert_to_tensor(y_true, dtype=self.dtype)
        if sample_weight is None:
            weights = ops.ones_like(logits[..., :1])
        else:
            weights = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            while len(weights.shape) < len(logits.shape):
                weights = weights[..., None]
            weights = weights * ops.ones_like(logits[..., :1])
        counts = weights > 0
        # Replaced, not multiplied: NaN times 0 is NaN, in the value and in the gradient.
        return self.masked(ops.where(counts, targets, 0.0), ops.where(counts, logits, 0.0),
                           ops.where(counts, weights, 0.0))

    def call(self, y_true, y_pred):
        """Return the loss with all weights 1."""
        return self(y_true, y_pred)


@_registered
class PointCrossentropy(_PointLoss):
    """Mean cross-entropy over the weights of the points, focal and weighted by class if asked.

    Parameters
    ----------
    positive_weight : float or list of float
        Factor of the points of class 1 (of one sigmoid unit), or of all classes but the
        first; a list gives one for each of these.
    gamma : float
        Points are weighted by ``(1 - p) ** gamma``, p the probability given to the truth
        (Lin et al. 2017, https://arxiv.org/abs/1708.02002, eq. 4); 0: not at all.
    name : str
    """

    def __init__(self, positive_weight=1.0, gamma=0.0, name="point_crossentropy", **kwargs):
        super().__init__(name=name, **kwargs)
        several = [positive_weight] if isinstance(positive_weight, (int, float)) else list(positive_weight)
        if not all(value > 0 for value in several) or gamma < 0:
            raise UsageError("`positive_weight` must be positive and `gamma` not negative. "
                             f"Received: {positive_weight!r} and {gamma!r}.")
        self.positive_weight, self.gamma = positive_weight, gamma

    def masked(self, targets, logits, weights):
        """Return the loss of targets and logits (N, ..., units) and weights (N, ..., 1), all finite."""
        if logits.shape[-1] == 1:
            # softplus(-z) and softplus(z): -log of the probability of class 1 and of class 0.
            targets = ops.concatenate([1.0 - targets, targets], axis=-1)
            surprise = ops.concatenate([ops.softplus(logits), ops.softplus(-logits)], axis=-1)
        else:
            surprise = -ops.log_softmax(logits, axis=-1)
        if self.gamma:
            # A floor: the derivative of a power below 1 is infinite at 0.
            surprise = surprise * ops.power(ops.maximum(-ops.expm1(-surprise), 1e-7), self.gamma)
        loss = ops.sum(targets * self._factors(targets.shape[-1]) * surprise, axis=-1, keepdims=True)
        return ops.sum(loss * weights) / ops.maximum(ops.sum(weights), 1e-7)

    def _factors(self, classes):
        factors = self.positive_weight
        factors = [factors] * (classes - 1) if isinstance(factors, (int, float)) else list(factors)
        if len(factors) != classes - 1:
            raise UsageError("`positive_weight` needs one number, or one for each of the "
                             f"{classes - 1} classes after the first. Received: {self.positive_weight!r}.")
        return ops.convert_to_tensor([1.0, *factors], dtype=self.dtype)

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "positive_weight": self.positive_weight, "gamma": self.gamma}


@_registered
class PointDice(_PointLoss):
    """One minus the soft Dice overlap of probabilities and targets, over all points of the batch.

    Over the batch and not per curve: most curves have no event, and the overlap of
    nothing with nothing says little. Of several classes the first, which
    fills nearly every curve, is left out; the others have equal shares.

    Parameters
    ----------
    smooth : float
        Added above and below, in points.
    name : str

    References
    ----------
    Milletari et al. 2016, https://arxiv.org/abs/1606.04797, without the squares.
    """

    def __init__(self, smooth=1.0, name="point_dice", **kwargs):
        super().__init__(name=name, **kwargs)
        if not smooth > 0:
            raise UsageError(f"`smooth` must be positive. Received: {smooth!r}.")
        self.smooth = smooth

    def masked(self, targets, logits, weights):
        """Return the loss of targets and logits (N, ..., units) and weights (N, ..., 1), all finite."""
        if logits.shape[-1] == 1:
            probabilities = ops.sigmoid(logits)
        else:
            probabilities, targets = ops.softmax(logits, axis=-1)[..., 1:], targets[..., 1:]
        points = tuple(range(len(logits.shape) - 1))
        both = ops.sum(weights * probabilities * targets, axis=points)
        either = ops.sum(weights * (probabilities + targets), axis=points)
        return 1.0 - ops.mean((2.0 * both + self.smooth) / (either + self.smooth))

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "smooth": self.smooth}


@_registered
class PointSum(_PointLoss):
    """The sum of several losses.

    Parameters
    ----------
    terms : list of dict
        Configurations of losses of this module.
    name : str
    """

    def __init__(self, terms, name="point_sum", **kwargs):
        super().__init__(name=name, **kwargs)
        self.terms = [build_loss(term) for term in terms]
        if not self.terms or not all(isinstance(term, _PointLoss) for term in self.terms):
            raise UsageError(f"`terms` must be losses per point. Received: {terms!r}.")

    def masked(self, targets, logits, weights):
        """Return the loss of targets and logits (N, ..., units) and weights (N, ..., 1), all finite."""
        return sum(term.masked(targets, logits, weights) for term in self.terms)

    def get_config(self):
        """Return the parameters, to be stored."""
        terms = [{"class_name": f"otrain>{type(term).__name__}", "config": term.get_config()}
                 for term in self.terms]
        return {**super().get_config(), "terms": terms}
