import json

import keras
import numpy as np
import pytest
from keras import applications
from keras.src.applications import convnext, resnet

from otrain.catalogue import MODELS
from otrain.errors import DataError
from otrain.models.allowed import check_config
from otrain.models.applications import build_application
from otrain.models.planning import planning
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.weights import LARGEST

FAMILY = MODELS.families["keras"].members
TOO_LARGE = {"ConvNeXtLarge", "ConvNeXtXLarge"}
SIDE = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}
QUICK = ("ConvNeXtTiny", "MobileNetV2")
UNSCALED = ("ConvNeXt", "EfficientNetV2", "MobileNetV3")


def build(name, side=32, units=1000, channels=3, normalise="none", **options):
    head = OutputSpec(units, "softmax" if units > 1 else "sigmoid")
    return build_application(name, [InputSpec("cutout", (side, side, channels))], head, normalise=normalise, **options)


def theirs(name, side=32, channels=3):
    """Return the network as Keras builds it."""
    unscaled = {"include_preprocessing": False} if name.startswith(UNSCALED) else {}
    return getattr(applications, name)(include_top=False, weights=None, input_shape=(side, side, channels),
                                       pooling="avg", **unscaled)


def small_convnext(**options):
    return convnext.ConvNeXt(depths=[2, 1, 1, 1], projection_dims=[4, 8, 8, 12], name="small", **options)


def small_resnet(**options):
    def stages(x):
        for stage, (blocks, stride) in enumerate(((2, 1), (1, 2), (1, 2))):
            x = resnet.stack_residual_blocks_v1(x, 4 * 2**stage, blocks, stride1=stride, name=f"stage{stage}")
        return x

    return resnet.ResNet(stages, preact=False, use_bias=True, name="small", **options)


def planned(name, **options):
    """Return a network of which only the configuration is there: no numbers."""
    with planning():
        return build(name, **options)


def learning_layers(network):
    """Return the layers with weights, in the order of their names, which Keras may have counted on from others."""
    def order(layer):
        stem, _, number = layer.name.rpartition("_")
        return (stem, int(number)) if number.isdecimal() else (layer.name, -1)

    return sorted((layer for layer in network._flatten_layers(include_self=False)
                   if layer.weights and not isinstance(layer, keras.Sequential)), key=order)


def take_weights(ours, others):
    """Give two networks the same random weights."""
    rng = np.random.default_rng(0)
    mine = [layer for layer in learning_layers(ours) if layer.name != "logits"]
    for layer, same in zip(learning_layers(others), mine, strict=True):
        values = [np.abs(rng.normal(1, 0.1, weight.shape)) if "variance" in weight.name
                  else rng.normal(0, np.prod(weight.shape[:-1]) ** -0.5, weight.shape) for weight in layer.weights]
        layer.set_weights(values)
        same.set_weights([value.reshape(weight.shape) for value, weight in zip(values, same.weights, strict=True)])


def test_family_is_all_of_keras_applications_but_the_two_largest():
    builders = {name for name in dir(applications) if name[0].isupper()}
    assert set(FAMILY) == builders - TOO_LARGE and len(FAMILY) == len(set(FAMILY))


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow)
                                            for name in FAMILY if name not in QUICK)])
def test_network_has_the_weights_of_keras_and_may_be_saved(name):
    side = SIDE.get(name, 32)
    network = planned(name, side=side)
    with planning():
        expected = theirs(name, side).count_params()
    assert network.count_params() - network.get_layer("logits").count_params() == expected - scaling(name)
    assert 4 * network.count_params() < LARGEST
    check_config(json.loads(network.to_json()))


def scaling(name):
    """Numbers that Keras keeps for the scaling of 8-bit pixels: mean, variance and count of 3 channels."""
    return 7 if name.startswith("EfficientNetB") else 0


def test_torchvision_counts_the_same_weights():
    # reference: torchvision's table of weights, convnext_tiny and mobilenet_v2
    assert planned("ConvNeXtTiny").count_params() == 28_589_128
    network = planned("MobileNetV2")
    assert sum(int(np.prod(weight.shape)) for weight in network.trainable_weights) == 3_504_872


@pytest.mark.parametrize(("name", "small"), [("ConvNeXtTiny", small_convnext), ("ResNet50", small_resnet)])
def test_network_in_plain_layers_gives_what_that_of_keras_gives(name, small, monkeypatch):
    monkeypatch.setattr(applications, name, small)
    same_answers(name, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["InceptionResNetV2", "MobileNetV3Small", "Xception"])
def test_whole_network_in_plain_layers_gives_what_that_of_keras_gives(name):
    same_answers(name, SIDE.get(name, 40))


def same_answers(name, side):
    ours, others = build(name, side=side), theirs(name, side)
    take_weights(ours, others)
    images = np.random.default_rng(1).normal(size=(3, side, side, 3)).astype("f4")
    features = keras.Model(ours.inputs[0], ours.get_layer("features").input)(images)
    expected = np.asarray(others(images))
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_first_weights_come_from_the_seed(monkeypatch):
    monkeypatch.setattr(applications, "ConvNeXtTiny", small_convnext)
    one, same, other = (build("ConvNeXtTiny", seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(one, same, strict=True))
    changed = [(a != b).any() for a, b in zip(one, other, strict=True)]
    assert sum(changed) == sum(weight.ndim > 1 and np.ptp(weight) > 0 for weight in one) > 10


def test_two_layers_of_a_shape_begin_differently(monkeypatch):
    monkeypatch.setattr(applications, "ConvNeXtTiny", small_convnext)
    network = build("ConvNeXtTiny", seed=1)
    first, second = (network.get_layer(f"small_stage_0_block_{block}_pointwise_conv_1").kernel for block in (0, 1))
    assert np.abs(np.asarray(first) - np.asarray(second)).max() > 0


def test_dropouts_are_seeded_and_running_averages_are_quick():
    network, again = planned("EfficientNetB0", seed=3), planned("EfficientNetB0", seed=3)
    dropouts = [layer for layer in network.layers if isinstance(layer, keras.layers.Dropout)]
    assert len({layer.seed for layer in dropouts}) == len(dropouts) > 5
    assert [layer.seed for layer in dropouts] == [layer.seed for layer in again.layers
                                                  if isinstance(layer, keras.layers.Dropout)]
    averages = {layer.momentum for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)}
    assert averages == {0.9}


def test_any_number_of_channels_and_their_mask_go_in():
    network = planned("MobileNetV2", channels=5, normalise="robust", units=1)
    assert network.input_shape == (None, 32, 32, 5) and network.output_shape == (None, 1)
    assert network.get_layer("Conv1").kernel.shape == (3, 3, 10, 32)
    assert [layer.name for layer in network.layers[-3:]] == ["features", "logits", "score"]


def test_nothing_is_fetched(monkeypatch):
    asked = []

    def builder(**options):
        asked.append(options["weights"])
        return small_convnext(**options)

    monkeypatch.setattr(applications, "ConvNeXtTiny", builder)
    monkeypatch.setattr("keras.utils.get_file", lambda *words, **options: pytest.fail("something was fetched"))
    build("ConvNeXtTiny")
    assert asked == [None]


@pytest.mark.parametrize(("name", "side"), [("MobileNetV2", 32), ("Xception", 71), ("InceptionV3", 75)])
def test_too_small_an_image_is_refused(name, side):
    with pytest.raises(DataError, match=f"keras:{name} needs {side} pixel a side. Received: {side - 1}x{side - 1}. Choose another"):
        build(name, side=side - 1)
