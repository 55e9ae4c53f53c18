"""How much the width changes with each voltage."""

import numpy as np

__all__ = ["steepness"]


def steepness(network, batch, towards, *, seed=0):
    """Return the absolute slope of the width in each sample, (n, L)."""
    import tensorflow as tf

    volts = network.image_of(network.inputs(batch))
    with tf.GradientTape() as tape:
        tape.watch(volts)
        total = tf.reduce_sum(network.logits([volts]))
    return np.abs(tape.gradient(total, volts).numpy()).max(axis=-1)
