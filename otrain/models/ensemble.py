"""Several networks of one architecture as one, trained together and answering together.

One functional graph: the input is shared, and the layers of each network have its number before their names.
Layer ``logits`` holds the logits of all networks beside each other, which is what they are taught on; behind
it they are combined, and the network ends in ``score`` as any other.
"""

import keras
import numpy as np
from keras import layers

from otrain.errors import UsageError
from otrain.models.layers.mixture import mean_logits, split_members
from otrain.models.layers.values import decoded_mixture
from otrain.models.weights import LARGEST

__all__ = ["build_ensemble", "member_seed"]


def build_ensemble(build, members, outputs, *, seed):
    """Return a network of several, uncompiled.

    Parameters
    ----------
    build : callable
        ``build(seed) -> keras.Model``, functional, with layers ``logits`` and ``score``.
    members : int
        How many, at least 2.
    outputs : OutputSpec
        The head that was asked for.
    seed : int
        The first network is that of ``build(seed)``; see `member_seed` for the others.

    Returns
    -------
    keras.Model
        Of the input of one to the score of all: the mean of the probabilities, or the moments of the
        mixture of numbers in their own units.

    Raises
    ------
    UsageError
        If all weights together are more than can be shipped, or the architecture has no such layers.
    """
    cutout, ends, name = None, [], ""
    for number in range(members):
        member = build(member_seed(seed, number))
        _require_room(member, members)
        if cutout is None:
            cutout = keras.Input(member.input_shape[1:], name=member.inputs[0].name)
            name, activation = member.name, _activation(member)
        ends.append(_on_input(member, cutout, f"member{number + 1}_"))
    logits = layers.Concatenate(axis=-1, dtype="float32", name="logits")(ends)
    parts = split_members(logits, members)
    said = (decoded_mixture(parts, outputs.encoding) if outputs.encoding else mean_logits(parts, activation))
    score = layers.Activation(activation, dtype="float32", name="score")(said)
    return keras.Model(cutout, score, name=name)


def member_seed(seed, number):
    """Return the seed of one network of several; that of the first is the seed itself.

    Examples
    --------
    >>> member_seed(7, 0), member_seed(7, 1) == member_seed(7, 1), member_seed(7, 1) == member_seed(7, 2)
    (7, True, False)
    """
    return seed if not number else int(np.random.default_rng([seed, number]).integers(2**31))


def _on_input(member, cutout, prefix):
    """Return the logits of a copy of a network on another input, its layers renamed."""
    inputs = [cutout] if isinstance(member.input, (list, tuple)) else cutout
    on_logits = keras.Model(member.input, member.get_layer("logits").output)

    def copied(operation):
        copy = type(operation).from_config(operation.get_config())
        copy.name = prefix + operation.name
        return copy

    copy = keras.models.clone_model(on_logits, input_tensors=inputs, clone_function=copied)
    copy.set_weights(on_logits.get_weights())
    return copy.outputs[0]


def _activation(member):
    names = [layer.name for layer in member.layers]
    if "logits" not in names or names[-1] != "score":
        raise UsageError(f"--ensemble: the network {member.name!r} must have a layer 'logits' and end in an "
                         f"Activation 'score'. Received: {', '.join(names[-2:])}.")
    return keras.activations.serialize(member.layers[-1].activation)


def _require_room(member, members):
    weights = member.count_params()
    if 4 * weights * members > LARGEST:
        raise UsageError(f"--ensemble {members}: {members} networks of {weights:,} weights are more than the "
                         f"{LARGEST // 4:,} that a file of weights may hold. Choose at most "
                         f"{max(1, LARGEST // 4 // weights)}, or a smaller --architecture.")
