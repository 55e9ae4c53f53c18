"""A convolution or two for pulses."""

import keras
from keras import layers

from otrain.models.layers.head import score_head, seed_stream

__all__ = ["build_pulse_net"]


def build_pulse_net(inputs, outputs, *, normalise="none", dropout=0.0, seed=None):
    """Return a small network with global pooling, uncompiled."""
    (pulse,) = inputs
    seeds = seed_stream(seed)
    x = volts = keras.Input(pulse.shape, name=pulse.name)
    for filters in (4, 8):
        x = layers.Conv1D(filters, 7, padding="same", activation="relu",
                          kernel_initializer=keras.initializers.HeNormal(seed=next(seeds)))(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(volts, score_head(x, outputs), name="pulse_net")


build_pulse_net.axes, build_pulse_net.gives = ("time", "channel"), "example"
