import math

import pytest

from otrain.errors import DataError, UsageError
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.resnet import build_resnet50, build_wide_resnet50_2
from otrain.models.weights import LARGEST


@pytest.mark.parametrize(("build", "count"), [(build_resnet50, 25_557_032),
                                              (build_wide_resnet50_2, 68_883_240)])
def test_weights_are_as_many_as_torchvision_has_and_may_be_loaded(build, count):
    model = build([InputSpec("cutout", (32, 32, 3))], OutputSpec(1000, "softmax"), normalise="none")
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == count
    assert model.count_params() * 4 < LARGEST


@pytest.mark.parametrize("depth", [14, 26])
def test_depth_counts_the_layers_with_a_kernel(depth):
    model = build_resnet50([InputSpec("cutout", (32, 32, 1))], OutputSpec(2, "linear"), depth=depth, features=4)
    shortcuts = 4
    assert sum(hasattr(layer, "kernel") for layer in model.layers) == depth + shortcuts
    assert model.get_layer("features").output.shape[-1] == 4 * 2**3 * 4


@pytest.mark.parametrize(("option", "said"), [({"depth": 51}, "one of 14, 26, 50, 101, 152. Received: 51"),
                                              ({"features": 0}, "above 0. Received: 0"),
                                              ({"features": 2.5}, "whole number above 0. Received: 2.5")])
def test_option_that_no_network_has_is_refused(option, said):
    with pytest.raises(UsageError, match=said):
        build_resnet50([InputSpec("cutout", (32, 32, 1))], OutputSpec(1, "sigmoid"), **option)


def test_three_by_three_convolution_halves_the_map():
    model = build_resnet50([InputSpec("cutout", (33, 40, 1))], OutputSpec(2, "linear"))
    halving = [layer.kernel_size for layer in model.layers if getattr(layer, "strides", 1) == (2, 2)
               and hasattr(layer, "kernel_size")]
    assert halving == [(7, 7), (3, 3), (3, 3), (3, 3)]
    assert model.output_shape == (None, 2)


def test_too_small_an_image_is_refused():
    with pytest.raises(DataError, match=r"resnet50 halves the image five times.*31x40"):
        build_resnet50([InputSpec("cutout", (31, 40, 1))], OutputSpec(1, "sigmoid"))
