"""What every architecture in the catalogue must do, and how one is added from outside."""

import keras
import numpy as np
import pytest

from otrain.bundle.export import export_bundle
from otrain.catalogue import MODELS
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec
from otrain.registry import Entry, Registry

SHAPE = (16, 16, 2)
HEADS = {1: OutputSpec(1, "sigmoid"), 3: OutputSpec(3, "softmax")}


def build(name, units=1, **options):
    return MODELS.load(name)([InputSpec("cutout", SHAPE)], HEADS[units], seed=1, **options)


def cutouts(n=64):
    """Return noise, with a star in the middle of every second cutout, and whether it is there."""
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(n, *SHAPE)).astype("f4"), np.arange(n) % 2
    images[labels == 1, 6:10, 6:10] += 5
    return images, labels.astype("f4")


@pytest.fixture(params=list(MODELS))
def name(request):
    return request.param


def test_there_are_architectures():
    assert {"compact", "otrain-cnn"} <= set(MODELS)


@pytest.mark.parametrize("units", HEADS)
def test_network_is_functional_with_the_agreed_ends(name, units):
    network = build(name, units)
    assert isinstance(network, keras.Model) and not isinstance(network, keras.Sequential)
    assert network.inputs[0].name == "cutout" and not network.compiled
    assert [layer.name for layer in network.layers[-2:]] == ["logits", "score"]
    scores = network.predict(cutouts()[0], verbose=0)
    assert scores.shape[1] in {units, max(units, 2)} and (scores >= 0).all() and (scores <= 1).all()


@pytest.mark.slow
def test_loss_falls_on_a_small_problem(name):
    images, labels = cutouts()
    network = build(name, dropout=0.0)
    units = network.output_shape[-1]
    targets = labels[:, None] if units == 1 else np.eye(2, dtype="f4")[labels.astype(int)]
    network.compile(keras.optimizers.Adam(1e-3), "binary_crossentropy" if units == 1 else "categorical_crossentropy")
    history = network.fit(images, targets, batch_size=32, epochs=10, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_saved_network_is_read_back_exactly(name, ending, tmp_path):
    network, images = build(name), cutouts()[0]
    images[0, 0, 0] = np.nan
    network.save(tmp_path / f"n.{ending}")
    again = load_network(tmp_path / f"n.{ending}")
    np.testing.assert_array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))


@pytest.mark.slow
def test_exported_network_agrees_with_keras(name, tmp_path):
    meta = {"channels": ["a", "b"], "classes": ["bogus", "real"], "domain": "transients", "recipe": {},
            "task": "classification"}
    export_bundle(build(name), tmp_path / "bundle", cube_meta=meta, golden_images=cutouts()[0])  # checks parity
    assert (tmp_path / "bundle" / "model.onnx").stat().st_size > 10_000


def test_network_has_a_map_for_grad_cam(name):
    maps = [layer for layer in build(name).layers
            if isinstance(layer, keras.layers.Conv2D) and min(layer.output.shape[1:3]) > 1]
    assert maps


def test_reloaded_network_has_gradients_at_its_maps(name, tmp_path):
    import tensorflow as tf

    build(name).save(tmp_path / "n.keras")
    network = load_network(tmp_path / "n.keras")
    last = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)][-1]
    both = keras.Model(network.inputs[0], [last.output, network.output])
    with tf.GradientTape() as tape:
        maps, score = both(cutouts(2)[0])
        tape.watch(maps)
        total = tf.reduce_sum(score)
    assert tape.gradient(total, maps) is not None


def test_architecture_is_one_file_and_one_line(tmp_path, monkeypatch):
    (tmp_path / "linear_model.py").write_text('''
import keras
from otrain.models.layers.head import score_head
from otrain.models.layers.normalise import normalise as normalised


def build_linear(inputs, outputs, *, normalise="robust", dropout=0.3, seed=None):
    """Return a linear network."""
    (image,) = inputs
    cutout = keras.Input(image.shape, name=image.name)
    x = keras.layers.Flatten()(normalised(cutout, normalise))
    return keras.Model(cutout, score_head(keras.layers.Dropout(dropout, seed=seed)(x), outputs))
''')
    monkeypatch.syspath_prepend(tmp_path)
    models = Registry("model", {**MODELS, "linear": Entry("linear_model:build_linear", "a plane")})
    network = models.load("linear")([InputSpec("cutout", SHAPE)], HEADS[1], seed=1)
    network.save(tmp_path / "n.keras")
    images = cutouts()[0]
    again = load_network(tmp_path / "n.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))
