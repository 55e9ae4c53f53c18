"""A network that scores each point, or pixel, asked about some together: what the explainers can work on."""

import keras
from keras import ops

from otrain.errors import UsageError

__all__ = ["on_points"]


def on_points(model):
    """Return a network whose logit is the mean logit over the points that are asked about.

    The mean, and not the highest point: all points of an event are to be
    explained, and its gradient does not jump from one to another.

    Parameters
    ----------
    model : keras.Model
        One input, a curve ``(L, C)`` or an image ``(H, W, C)``; ends in an Activation ``score`` of
        ``(N, L, units)`` or ``(N, H, W, units)``.

    Returns
    -------
    keras.Model
        Inputs: the curves or images, and ``points`` ``(N, L)`` or ``(N, H, W)``, weights that are 1 at the
        points of the event (or at all that are valid) and 0 elsewhere. Output ``(N, units)``. It shares
        the weights of `model` and is explained by ``CutNetwork``, with ``[curves, points]`` as batch.

    Raises
    ------
    UsageError
        If the network does not score points.
    """
    score = model.layers[-1]
    if score.name != "score" or len(score.output.shape) not in (3, 4) or len(model.inputs) != 1:
        raise UsageError("only a network that ends in a score for each point or pixel can be asked about "
                         f"points. Received: {score.name!r} of shape {tuple(score.output.shape[1:])}.")
    # A graph of its own around the network: in a process that has only loaded it, Keras gives
    # new operations the names that the network's have.
    curve = keras.Input(model.input_shape[1:], name="cutout")
    points = keras.Input(model.input_shape[1:-1], name="points")
    raw = keras.Model(model.inputs[0], score.input, name="network")(curve)
    weights = points[..., None]
    axes = tuple(range(1, len(raw.shape) - 1))
    mean = ops.sum(raw * weights, axis=axes) / ops.maximum(ops.sum(weights, axis=axes), 1e-6)
    return keras.Model([curve, points], keras.layers.Activation(score.activation, name="score")(mean))
