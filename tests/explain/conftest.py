"""Small networks, of each kind that a layer must be found in, and cutouts for them."""

import keras
import numpy as np
import pytest

from otrain.catalogue import MODELS
from otrain.models.layers.head import score_head
from otrain.models.ports import InputSpec, OutputSpec

SHAPE = (20, 20, 2)


def build(name, shape=SHAPE):
    return MODELS.load(name)([InputSpec("cutout", shape)], OutputSpec(1, "sigmoid"), seed=3)


def blocks(shape=SHAPE):
    """Return an input and its features, for networks that are put together by hand."""
    x = cutout = keras.Input(shape, name="cutout")
    for filters in (4, 6):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu",
                                kernel_initializer=keras.initializers.GlorotUniform(seed=filters))(x)
    return cutout, x


def ended(inputs, features, units=1):
    x = keras.layers.Flatten()(features) if len(features.shape) == 4 else features
    head = score_head(x, OutputSpec(units, "sigmoid" if units == 1 else "softmax"),
                      initialiser=keras.initializers.GlorotUniform(seed=9))
    return keras.Model(inputs, head)


@pytest.fixture(scope="session")
def networks():
    """Return two architectures of the catalogue by name, and a plain one."""
    return {name: build(name) for name in ("compact", "otrain-cnn")} | {"plain": ended(*blocks())}


@pytest.fixture
def cutouts():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(12, *SHAPE)).astype("f4")
    images[::2, 8:12, 8:12] += 6
    images[1::2, 3:5, 12:15, 0] += 9
    return images


@pytest.fixture
def corner_network():
    """One Dense weight per pixel: the logit of real is the sum of the 4x4 pixels in the upper left."""
    cutout = keras.Input((12, 12, 1), name="cutout")
    network = ended(cutout, keras.layers.Conv2D(1, 1, name="as_is")(cutout))
    kernel = np.zeros((12, 12))
    kernel[:4, :4] = 1
    network.get_layer("as_is").set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    network.get_layer("logits").set_weights([kernel.reshape(-1, 1), np.full(1, -8.0)])
    return network


def correlations(first, second):
    """Return Pearson's correlation of each pair of maps, without pairs of which one is constant."""
    first, second = (np.asarray(maps, float).reshape(len(maps), -1) for maps in (first, second))
    first, second = (maps - maps.mean(axis=1, keepdims=True) for maps in (first, second))
    norm = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(axis=1)[norm > 0] / norm[norm > 0]


@pytest.fixture
def correlate():
    return correlations


@pytest.fixture
def by_hand():
    """Return the functions ``blocks`` and ``ended`` of which networks are made by hand."""
    return blocks, ended
