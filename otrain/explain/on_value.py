"""A network that gives several numbers, asked about one of them: what the explainers can work on."""

import keras

from otrain.errors import UsageError

__all__ = ["on_value"]


def on_value(model, index):
    """Return a network that gives one of the numbers of another.

    Parameters
    ----------
    model : keras.Model
        One input; ends in a linear Activation ``score`` of ``(N, units)``.
    index : int
        Of the number.

    Returns
    -------
    keras.Model
        Output ``(N, 1)``. It shares the weights of `model` and is explained by ``CutNetwork``: class 1 is
        what raises the number, class 0 what lowers it.

    Raises
    ------
    UsageError
        If the network gives no numbers.
    """
    score = model.layers[-1]
    linear = score.name == "score" and keras.activations.serialize(score.activation) == "linear"
    if not linear or len(score.output.shape) != 2 or len(model.inputs) != 1:
        raise UsageError("only a network that ends in numbers for each example can be asked about one of "
                         f"them. Received: {score.name!r} of shape {tuple(score.output.shape[1:])}.")
    # A graph of its own around the network: in a process that has only loaded it, Keras gives
    # new operations the names that the network's have.
    example = keras.Input(model.input_shape[1:], name="cutout")
    raw = keras.Model(model.inputs[0], score.input, name="network")(example)
    return keras.Model(example, keras.layers.Activation("linear", name="score")(raw[:, index:index + 1]))
