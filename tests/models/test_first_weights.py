import h5py
import keras
import numpy as np
import pytest
from keras import applications
from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

from otrain.catalogue import MODELS
from otrain.errors import IntegrityError, UsageError
from otrain.models.first_weights import begin_with
from otrain.models.ports import InputSpec, OutputSpec

NAME = "keras:MobileNetV3Small"


def build(name="compact", units=1, channels=1, seed=1, **options):
    head = OutputSpec(units, "sigmoid" if units == 1 else "softmax")
    return MODELS.load(name)([InputSpec("cutout", (32, 32, channels))], head, seed=seed, **options)


def ends(network):
    return [value for layer in network.layers if layer.name == "logits" for value in layer.get_weights()]


def body(network):
    return [value for layer in network.layers if layer.name != "logits" for value in layer.get_weights()]


def alike(one, other):
    return [bool((a == b).all()) for a, b in zip(one, other, strict=True)]


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_network_begins_as_the_one_that_was_trained_before(tmp_path, ending):
    before, network = build(seed=1), build(seed=2)
    before.save(tmp_path / f"n.{ending}")
    assert not all(alike(body(before), body(network)))
    begin_with(network, tmp_path / f"n.{ending}", "compact")
    assert all(alike(before.get_weights(), network.get_weights()))


def test_end_for_other_classes_stays_random(tmp_path):
    before, network = build(seed=1), build(units=3, seed=2)
    before.save(tmp_path / "n.keras")
    first = ends(network)
    begin_with(network, tmp_path / "n.keras", "compact")
    assert all(alike(body(before), body(network))) and all(alike(first, ends(network)))


@pytest.mark.parametrize(("network", "words"), [
    ({"channels": 2}, r"layer 'conv.* has weights of 5x5x4x.*, the file 5x5x2x.*same architecture, options and channels"),
    ({"name": "otrain-cnn"}, "not of the network that is built for --architecture otrain-cnn")])
def test_file_of_another_network_is_refused(tmp_path, network, words):
    build().save(tmp_path / "n.keras")
    with pytest.raises(UsageError, match=words):
        begin_with(build(**network), tmp_path / "n.keras", network.get("name", "compact"))


@pytest.fixture(scope="module")
def theirs():
    """A network as Keras offers it, without its dense end, with weights of its own."""
    network = applications.MobileNetV3Small(include_top=False, weights=None, input_shape=(32, 32, 3))
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(1, 0.1, value.shape) for value in network.get_weights()])
    return network


@pytest.fixture(scope="module", params=["no_top.h5", "no_top.weights.h5"])
def file(theirs, tmp_path_factory, request):
    path = tmp_path_factory.mktemp("weights") / request.param
    if ".weights." in path.name:
        theirs.save_weights(path)
    else:  # as the files that Keras offers are written
        with h5py.File(path, "w") as written:
            save_weights_to_hdf5_group(written, theirs)
    return path


@pytest.mark.parametrize("normalise", ["robust", "none"])
def test_weights_that_keras_offers_begin_a_network_of_other_channels(theirs, file, normalise):
    network = build(NAME, channels=2, normalise=normalise)
    begin_with(network, file, NAME)
    theirs_by_name = {layer.name: layer.get_weights() for layer in theirs.layers if layer.weights}
    for layer in network.layers:
        if layer.weights and layer.name not in ("logits", "conv"):
            assert all(alike(layer.get_weights(), theirs_by_name.pop(layer.name)))
    kernel, colours = network.get_layer("conv").get_weights()[0], theirs_by_name.pop("conv")[0]
    assert not theirs_by_name
    # A grey image gives what it gives there: the shares of the channels add up to the sum over the colours.
    np.testing.assert_allclose(kernel.sum(axis=2), colours.sum(axis=2), rtol=1e-5)
    np.testing.assert_array_equal(kernel[:, :, 0], kernel[:, :, 1])
    assert kernel.shape[2] == (4 if normalise == "robust" else 2) and not kernel[:, :, 2:].any()


def test_weights_of_another_network_of_keras_are_refused(file):
    with pytest.raises(UsageError, match=r"not the weights of MobileNet without its dense end.* no_top"):
        begin_with(build("keras:MobileNet"), file, "keras:MobileNet")


def test_weights_without_a_network_are_for_those_of_keras(file):
    with pytest.raises(UsageError, match="read for networks keras:NAME alone"):
        begin_with(build(), file, "compact")


def test_network_that_could_run_code_is_refused(tmp_path):
    x = keras.Input((32, 32, 1))
    y = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(keras.layers.Lambda(lambda v: v)(x)))
    keras.Model(x, y).save(tmp_path / "n.keras")
    with pytest.raises(IntegrityError, match="Lambda"):
        begin_with(build(), tmp_path / "n.keras", "compact")
