import math

import pytest

from otrain.errors import DataError
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.resnet import build_resnet50, build_wide_resnet50_2


@pytest.mark.parametrize(("build", "count"), [(build_resnet50, 25_557_032),
                                              (build_wide_resnet50_2, 68_883_240)])
def test_weights_to_train_are_as_many_as_torchvision_has(build, count):
    model = build([InputSpec("cutout", (32, 32, 3))], OutputSpec(1000, "softmax"), normalise="none")
    assert sum(math.prod(weight.shape) for weight in model.trainable_weights) == count


def test_three_by_three_convolution_halves_the_map():
    model = build_resnet50([InputSpec("cutout", (33, 40, 1))], OutputSpec(2, "linear"))
    halving = [layer.kernel_size for layer in model.layers if getattr(layer, "strides", 1) == (2, 2)
               and hasattr(layer, "kernel_size")]
    assert halving == [(7, 7), (3, 3), (3, 3), (3, 3)]
    assert model.output_shape == (None, 2)


def test_too_small_an_image_is_refused():
    with pytest.raises(DataError, match=r"resnet50 halves the image five times.*31x40"):
        build_resnet50([InputSpec("cutout", (31, 40, 1))], OutputSpec(1, "sigmoid"))
