"""What every architecture in the catalogue must do, and how one is added from outside."""

import keras
import numpy as np
import pytest

from otrain.bundle.export import export_bundle
from otrain.catalogue import MODELS
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec
from otrain.registry import Entry, Registry

SHAPES = {("y", "x", "channel"): (16, 16, 2), ("time", "channel"): (70, 2)}
HEADS = {1: OutputSpec(1, "sigmoid"), 3: OutputSpec(3, "softmax")}
OF_KERAS = "keras:MobileNetV3Small"  # the smallest of that family
OTHERS_OF_KERAS = ("keras:ConvNeXtTiny", "keras:DenseNet121", "keras:EfficientNetB0", "keras:MobileNetV2")
LARGER = dict.fromkeys(("resnet50", "wide_resnet50_2", OF_KERAS, *OTHERS_OF_KERAS), (32, 32, 2))  # images that they take
SMALL = {  # enough to hold them to the contract; their own tests count the weights of the whole ones
    **{name: {"depth": 2, "features": 4} for name in ("unet", "unetpp", "unet3p", "cnn1d", "unet2d")},
    **{name: {"depth": 14, "features": 8} for name in ("resnet50", "wide_resnet50_2")}, "value-fovea": {"fovea": 12}}
KIND_OF_MAP = {4: keras.layers.Conv2D, 3: keras.layers.Conv1D}


def build(name, units=1, **options):
    options = SMALL.get(name, {}) | options
    return MODELS.load(name)([InputSpec("cutout", shape_for(name))], HEADS[units], seed=1, **options)


def shape_for(name):
    """Shape of an example of the axes that an architecture is for."""
    return LARGER.get(name) or SHAPES[MODELS[name].axes or ("y", "x", "channel")]


def is_map(name):
    """Tell whether the network scores each point, or pixel."""
    return MODELS[name].gives != "example"


def examples(name, n=64):
    """Return noise, with a source in the middle of every second example, and class 1 where it is.

    The class is that of the example, (n,), or of each point, (n, L), or pixel, (n, H, W).
    """
    rng = np.random.default_rng(0)
    values, labels = rng.normal(size=(n, *shape_for(name))).astype("f4"), np.arange(n) % 2
    where = (slice(6, 10), slice(6, 10)) if values.ndim == 4 else (slice(30, 36),)
    source = np.zeros(values.shape[1:-1], int)
    source[where] = 1
    values[labels == 1] += (5 if values.ndim == 4 else -5) * source[..., None]
    return values, labels.reshape(-1, *[1] * source.ndim) * source if is_map(name) else labels


def onnx_logits(network, values):
    """Return what ONNX Runtime makes of a network up to its logits."""
    import onnxruntime
    import tensorflow as tf
    import tf2onnx

    logits = keras.Model(network.inputs[0], network.get_layer("score").input)
    signature = [tf.TensorSpec((None, *values.shape[1:]), tf.float32, name="x")]
    function = tf.function(lambda x: logits(x, training=False))
    content, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=17)
    session = onnxruntime.InferenceSession(content.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": values})[0], logits.predict(values, verbose=0)


@pytest.fixture(params=[*MODELS, OF_KERAS])
def name(request):
    return request.param


def test_there_are_architectures():
    assert {"compact", "otrain-cnn", "unet", "unetpp", "unet3p"} <= set(MODELS)
    assert {(len(shape_for(name)), is_map(name)) for name in MODELS} == {(2, True), (2, False), (3, True), (3, False)}


@pytest.mark.parametrize("units", HEADS)
def test_network_is_functional_with_the_agreed_ends(name, units):
    network = build(name, units)
    assert isinstance(network, keras.Model) and not isinstance(network, keras.Sequential)
    assert network.inputs[0].name == "cutout" and not network.compiled
    assert [layer.name for layer in network.layers[-2:]] == ["logits", "score"]
    values = examples(name)[0]
    scores = network.predict(values, verbose=0)
    assert scores.shape[-1] in {units, max(units, 2)} and (scores >= 0).all() and (scores <= 1).all()
    assert scores.shape[:-1] == (values.shape[:-1] if is_map(name) else values.shape[:1])


@pytest.mark.slow
def test_loss_falls_on_a_small_problem(name):
    images, labels = examples(name)
    network = build(name, dropout=0.0)
    units = network.output_shape[-1]
    targets = labels[..., None].astype("f4") if units == 1 else np.eye(2, dtype="f4")[labels]
    rate, epochs = (1e-2, 25) if is_map(name) else (1e-3, 15)  # one point in 24 has something to learn from
    network.compile(keras.optimizers.Adam(rate), "binary_crossentropy" if units == 1 else "categorical_crossentropy")
    history = network.fit(images, targets, batch_size=32, epochs=epochs, verbose=0).history["loss"]
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_saved_network_is_read_back_exactly(name, ending, tmp_path):
    network, images = build(name), examples(name)[0]
    images[0, 0, 0] = np.nan
    network.save(tmp_path / f"n.{ending}")
    again = load_network(tmp_path / f"n.{ending}")
    np.testing.assert_array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in MODELS if is_map(name)])
@pytest.mark.parametrize("units", HEADS)
def test_logits_per_point_as_onnx_are_those_of_keras(name, units):
    values = examples(name, 16)[0]
    values[0, :9], values[1, :, 0], values[2], values[3, 5] = np.nan, np.nan, np.nan, np.inf
    values[4] *= 1e4
    values[5, -5] = 3e38
    received, expected = onnx_logits(build(name, units), values)
    assert received.shape == (*values.shape[:-1], units) and np.isfinite(expected).all()
    # A point is a sum over its curve: rounding goes with the largest logit there.
    largest = np.maximum(np.abs(expected).max(axis=tuple(range(1, expected.ndim)), keepdims=True), 1)
    assert (np.abs(received - expected) / largest).max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", [*(name for name in MODELS if not is_map(name)), OF_KERAS, *OTHERS_OF_KERAS])
def test_exported_network_agrees_with_keras(name, tmp_path):
    meta = {"channels": ["a", "b"], "classes": ["bogus", "real"], "domain": "transients", "recipe": {},
            "task": "classification"}
    export_bundle(build(name), tmp_path / "bundle", cube_meta=meta, golden_images=examples(name)[0])  # checks parity
    assert (tmp_path / "bundle" / "model.onnx").stat().st_size > 5_000


def test_network_has_a_map_for_grad_cam(name):
    network = build(name)
    kind = KIND_OF_MAP[len(network.input_shape)]
    assert [layer for layer in network.layers
            if isinstance(layer, kind) and layer.name != "logits" and min(layer.output.shape[1:-1]) > 1]


def test_reloaded_network_has_gradients_at_its_maps(name, tmp_path):
    import tensorflow as tf

    build(name).save(tmp_path / "n.keras")
    network = load_network(tmp_path / "n.keras")
    kind = KIND_OF_MAP[len(network.input_shape)]
    last = [layer for layer in network.layers if isinstance(layer, kind) and layer.name != "logits"][-1]
    both = keras.Model(network.inputs[0], [last.output, network.output])
    with tf.GradientTape() as tape:
        maps, score = both(examples(name, 2)[0])
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
    network = models.load("linear")([InputSpec("cutout", shape_for("compact"))], HEADS[1], seed=1)
    network.save(tmp_path / "n.keras")
    images = examples("compact")[0]
    again = load_network(tmp_path / "n.keras")
    np.testing.assert_array_equal(again.predict(images, verbose=0), network.predict(images, verbose=0))
