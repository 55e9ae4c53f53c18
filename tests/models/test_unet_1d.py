import numpy as np
import pytest

from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.unet_1d import build_unet


def network(shape=(96, 2), **options):
    return build_unet([InputSpec("cutout", shape)], OutputSpec(1, "sigmoid"), **{"seed": 1, "depth": 3} | options)


@pytest.mark.parametrize("length", [48, 49, 53])
@pytest.mark.parametrize("stride", [1, 3])
def test_any_length_is_taken(length, stride):
    curves = np.random.default_rng(0).normal(size=(2, length, 2)).astype("f4")
    assert network((length, 2), stride=stride)(curves).shape == (2, length, 1)


def test_number_of_parameters_is_that_of_its_blocks():
    kernel, f, expected = 7, 4, 0
    for level, before in enumerate((3, f, 2 * f)):
        filters = f * 2**level
        expected += kernel * (before * filters + filters**2) + 4 * filters
    for filters in (f, 2 * f):
        expected += 2 * filters * 2 * filters + 2 * filters  # doubling, with a bias for each of both points
        expected += kernel * (2 * filters * filters + filters**2) + 4 * filters
    expected += f + 1
    trained = network(depth=3, features=f).trainable_weights
    assert sum(int(np.prod(w.shape)) for w in trained) == expected


def test_depth_of_one_is_a_single_block():
    assert not [layer for layer in network(depth=1).layers if "pooling" in layer.name]
