import json

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from otrain.errors import IntegrityError
from otrain.models.load import load_network


def described(kind, **config):
    """One layer as Keras 2 wrote it."""
    return {"class_name": kind, "config": {"trainable": True, "dtype": "float32", **config}}


def convolution(filters, name, **config):
    return described("Conv2D", name=name, filters=filters, kernel_size=[3, 3], strides=[1, 1], padding="valid",
                     data_format="channels_last", dilation_rate=[1, 1], activation="relu", use_bias=True, **config)


def braai(side=15):
    """braai's VGG6 with its layers in its order, narrower."""
    return [
        convolution(4, "conv1", batch_input_shape=[None, side, side, 3]), convolution(4, "conv2"),
        described("MaxPooling2D", name="pool1", pool_size=[2, 2], strides=[2, 2], padding="valid",
                  data_format="channels_last"),
        described("Dropout", name="drop1", rate=0.25, noise_shape=None, seed=None),
        described("Flatten", name="flatten", data_format="channels_last"),
        described("Dense", name="fc_1", units=8, activation="relu", use_bias=True),
        described("Dense", name="fc_out", units=1, activation="sigmoid", use_bias=True),
    ]


def gotorb(side=15):
    return [
        described("InputLayer", name="input_1", batch_input_shape=[None, side, side, 4]),
        described("SeparableConv2D", name="sep", filters=4, kernel_size=[3, 3], strides=[1, 1], padding="valid",
                  depth_multiplier=1, activation="linear", use_bias=True),
        described("LeakyReLU", name="leaky", alpha=0.2), described("SpatialDropout2D", name="sd", rate=0.01),
        described("ELU", name="elu", alpha=1.0), described("ReLU", name="relu", max_value=None,
                                                          negative_slope=0.0, threshold=0.0),
        described("BatchNormalization", name="bn", axis=[3], momentum=0.99, epsilon=0.001, center=True, scale=True),
        described("Flatten", name="flatten"),
        described("Dense", name="out", units=2, activation="softmax", use_bias=True),
    ]


def published(side=16):
    """O'TRAIN's network with its layers in its order, narrower."""
    def pool(kind, name):
        return described(kind, name=name, pool_size=[2, 2], strides=[2, 2], padding="valid", data_format="channels_last")

    return [
        convolution(4, "conv2d", batch_input_shape=[None, side, side, 1]), convolution(4, "conv2d_1"),
        pool("AveragePooling2D", "average_pooling2d"), described("Dropout", name="dropout", rate=0.3),
        convolution(6, "conv2d_2"), pool("MaxPooling2D", "max_pooling2d"), described("Dropout", name="dropout_1", rate=0.3),
        described("Flatten", name="flatten"), described("Dense", name="dense", units=8, activation="relu", use_bias=True),
        described("Dropout", name="dropout_2", rate=0.3),
        described("Dense", name="dense_1", units=5, activation="relu", use_bias=True),
        described("Dense", name="dense_2", units=2, activation="softmax", use_bias=True),
    ]


def write(path, listed, *, kind="Sequential", version="2.3.1", weights=None):
    """Write a Keras 2 file with the layers' weights; return the reference network and its weights."""
    shape = next(layer["config"]["batch_input_shape"] for layer in listed if "batch_input_shape" in layer["config"])
    x = start = keras.Input(shape[1:])
    rng = np.random.default_rng(0)
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"], file.attrs["backend"] = version, "tensorflow"
        inner = {"name": "sequential", "layers": listed}
        file.attrs["model_config"] = json.dumps({"class_name": kind, "config": inner})
        groups = file.create_group("model_weights")
        for layer in listed:
            if layer["class_name"] == "InputLayer":
                continue
            made = reference(layer)
            x = made(x)
            values = [np.abs(rng.normal(size=w.shape)).astype("f4") * 0.3 for w in made.weights]
            made.set_weights(values)
            group = groups.create_group(made.name)
            names = [f"{made.name}/weight_{i}:0".encode() for i in range(len(values))]
            group.attrs["weight_names"] = names
            for name, value in zip(names, values, strict=True):
                group[name.decode()] = value
    return keras.Model(start, x)


def reference(layer):
    """The same layer by today's constructor, written out independently of the reader."""
    name, c = layer["class_name"], layer["config"]
    return {
        "Conv2D": lambda: layers.Conv2D(c["filters"], 3, activation=c["activation"], name=c["name"]),
        "AveragePooling2D": lambda: layers.AveragePooling2D(2, name=c["name"]),
        "MaxPooling2D": lambda: layers.MaxPooling2D(2, name=c["name"]),
        "Dropout": lambda: layers.Dropout(0.1, name=c["name"]),
        "SpatialDropout2D": lambda: layers.SpatialDropout2D(0.1, name=c["name"]),
        "Flatten": lambda: layers.Flatten(name=c["name"]),
        "Dense": lambda: layers.Dense(c["units"], activation=c["activation"], name=c["name"]),
        "SeparableConv2D": lambda: layers.SeparableConv2D(c["filters"], 3, name=c["name"]),
        "LeakyReLU": lambda: layers.LeakyReLU(negative_slope=0.2, name=c["name"]),
        "ELU": lambda: layers.ELU(name=c["name"]),
        "ReLU": lambda: layers.ReLU(name=c["name"]),
        "BatchNormalization": lambda: layers.BatchNormalization(name=c["name"]),
    }[name]()


@pytest.mark.parametrize("listed", [braai(), gotorb(), published()], ids=["braai", "gotorb", "otrain"])
def test_network_of_the_keras_2_era_scores_as_its_layers_do(tmp_path, listed):
    expected = write(tmp_path / "old.h5", listed)
    network = load_network(tmp_path / "old.h5")
    images = np.random.default_rng(1).normal(size=(5, *network.input_shape[1:])).astype("f4")
    np.testing.assert_allclose(network.predict(images, verbose=0), expected.predict(images, verbose=0), atol=1e-6)
    assert network.inputs[0].name == "cutout"
    assert [layer.name for layer in network.layers[-2:]] == ["logits", "score"]


def chained(listed):
    """The same layers as a functional network of Keras 2."""
    names = [layer["config"]["name"] for layer in listed]
    return [{**layer, "name": name, "inbound_nodes": [[[before, 0, 0, {}]]] if before else []}
            for layer, name, before in zip(listed, names, [None, *names[:-1]], strict=True)]


def test_functional_chain_is_loaded_too(tmp_path):
    expected = write(tmp_path / "old.h5", chained(gotorb()), kind="Model")
    network = load_network(tmp_path / "old.h5")
    images = np.random.default_rng(1).normal(size=(5, 15, 15, 4)).astype("f4")
    np.testing.assert_allclose(network.predict(images, verbose=0), expected.predict(images, verbose=0), atol=1e-6)


def test_branching_network_is_refused(tmp_path):
    listed = chained(gotorb())
    listed[3]["inbound_nodes"] = [[["input_1", 0, 0, {}]]]
    write(tmp_path / "old.h5", listed, kind="Model")
    with pytest.raises(IntegrityError, match="only if their layers form one chain"):
        load_network(tmp_path / "old.h5")


@pytest.mark.parametrize(("change", "words"), [
    ({"class_name": "Lambda"}, "refused layer 'Lambda'"),
    ({"class_name": "TFOpLambda"}, "refused layer 'TFOpLambda'"),
    ({"config": {"name": "drop1", "activation": "exec"}, "class_name": "Activation"}, "refused activation 'exec'"),
    ({"config": {"name": "drop1", "units": 10**9}, "class_name": "Dense"}, "too large"),
    ({"config": {"name": "drop1", "rate": "much"}}, "cannot be rebuilt"),
])
def test_what_is_not_a_plain_layer_is_refused(tmp_path, change, words):
    listed = braai()
    write(tmp_path / "old.h5", listed)
    listed[3] = {**listed[3], **change}
    with h5py.File(tmp_path / "old.h5", "r+") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": listed})
    with pytest.raises(IntegrityError, match=words):
        load_network(tmp_path / "old.h5")
