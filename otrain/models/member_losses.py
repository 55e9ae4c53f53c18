"""Loss and metrics of several networks that are trained together, each as if it were alone."""

import keras
from keras import ops

from otrain.models.layers.mixture import mean_logits, split_members

__all__ = ["MemberLoss", "MixtureMetric"]

_registered = keras.saving.register_keras_serializable(package="otrain")


@_registered
class MemberLoss(keras.losses.Loss):
    """The mean of the losses of several networks, whose answers stand beside each other.

    Its gradients are those of the sum: every network is taught as it would be alone, whatever the optimiser
    makes of the size of a gradient.

    Parameters
    ----------
    loss : dict
        Configuration of the loss of one network.
    members : int
    name : str
    """

    def __init__(self, loss, members, name="member_loss", **kwargs):
        super().__init__(name=name, **kwargs)
        self.loss, self.members = keras.losses.get(loss), members

    def __call__(self, y_true, y_pred, sample_weight=None):
        """Return the loss of targets and of answers (N, ..., members * units)."""
        parts = split_members(ops.convert_to_tensor(y_pred, dtype=self.dtype), self.members)
        total = sum(self.loss(y_true, part, sample_weight) for part in parts)
        return ops.stop_gradient(total / self.members - total) + total

    def call(self, y_true, y_pred):
        """Return the loss with all weights 1."""
        return self(y_true, y_pred)

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "loss": keras.losses.serialize(self.loss), "members": self.members}


@_registered
class MixtureMetric(keras.metrics.Metric):
    """A metric of what several networks say together.

    Parameters
    ----------
    metric : dict
        Configuration of the metric of one network.
    members : int
    activation : {"sigmoid", "softmax", "linear"}
        What makes scores of the logits of one.
    """

    def __init__(self, metric, members, activation, **kwargs):
        metric = keras.metrics.get(metric)
        super().__init__(**{"name": metric.name, **kwargs})
        self.metric, self.members, self.activation = metric, members, activation

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Take the targets and the answers of all networks, beside each other on the last axis."""
        parts = split_members(ops.convert_to_tensor(y_pred), self.members)
        self.metric.update_state(y_true, mean_logits(parts, self.activation), sample_weight)

    def result(self):
        """Return the metric."""
        return self.metric.result()

    def reset_state(self):
        """Forget the examples."""
        self.metric.reset_state()

    def get_config(self):
        """Return the parameters, to be stored."""
        return {**super().get_config(), "metric": keras.metrics.serialize(self.metric),
                "members": self.members, "activation": self.activation}
