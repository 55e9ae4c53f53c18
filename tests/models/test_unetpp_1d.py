import keras
import numpy as np
import pytest

from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.unetpp_1d import build_unetpp


def network(shape=(96, 2), **options):
    return build_unetpp([InputSpec("cutout", shape)], OutputSpec(1, "sigmoid"), **{"seed": 1, "depth": 3} | options)


@pytest.mark.parametrize("length", [48, 49, 53])
@pytest.mark.parametrize("stride", [1, 3])
def test_any_length_is_taken(length, stride):
    curves = np.random.default_rng(0).normal(size=(2, length, 2)).astype("f4")
    assert network((length, 2), stride=stride)(curves).shape == (2, length, 1)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_every_place_above_the_diagonal_has_a_block(depth):
    dropouts = [layer for layer in network(depth=depth).layers if isinstance(layer, keras.layers.SpatialDropout1D)]
    assert len(dropouts) == depth * (depth + 1) // 2


def test_last_block_of_a_level_takes_all_before_it():
    # Depth 3: on the first level block 2 takes blocks 0 and 1 and the block below, each `features` wide.
    convolutions = [layer for layer in network(depth=3, features=4).layers if isinstance(layer, keras.layers.Conv1D)]
    assert max(layer.input.shape[-1] for layer in convolutions if layer.output.shape[-1] == 4
               and layer.kernel_size == (7,)) == 12
