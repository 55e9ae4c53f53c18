import keras
import numpy as np
import pytest

from otrain.domains.glitches.qtransform import q_transform
from otrain.errors import IntegrityError, UsageError
from otrain.models.layers.q_transform import QTransform
from otrain.models.load import load_network

RATE, SAMPLES = 512, 2048
RANGE = {"frequency_range": (20, 150), "time_bins": 64, "frequency_bins": 16}


def network(samples=SAMPLES, channels=1, **options):
    strain = keras.Input((samples, channels))
    return keras.Model(strain, QTransform(RATE, **RANGE | options)(strain))


def strain(samples=SAMPLES, channels=1):
    noise = np.random.default_rng(0).normal(size=(3, samples, channels)).astype("f4")
    t = np.arange(samples) / RATE
    noise[1, :, 0] += 6 * np.exp(-((t - 1.5) / 0.03) ** 2) * np.sin(2 * np.pi * 70 * t)
    return noise


@pytest.mark.parametrize("options", [{}, {"time_reduce": "max"}, {"time_reduce": "mean"}, {"log": False},
                                     {"time_bins": 50}, {"time_bins": 50, "time_reduce": "max"},
                                     {"q": 20, "mismatch": 0.1}, {"offset": 1}])
def test_layer_gives_the_maps_of_the_numpy_transform(options):
    maps = network(**options)(strain()).numpy()[..., 0]
    expected, _, _ = q_transform(strain()[..., 0], RATE, **RANGE | options)
    assert maps.shape == expected.shape
    # float32: 2^-24 times the largest energy, and a little of every step.
    np.testing.assert_allclose(maps, expected, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("samples", [2000, 1792, 1000])
def test_lengths_need_not_be_powers_of_two(samples):
    maps = network(samples)(strain(samples)).numpy()[..., 0]
    expected, _, _ = q_transform(strain(samples)[..., 0], RATE, **RANGE)
    np.testing.assert_allclose(maps, expected, rtol=2e-4, atol=2e-5)


def test_channels_are_transformed_each_for_itself():
    values = strain(channels=2)
    maps = network(channels=2)(values).numpy()
    for channel in range(2):
        expected, _, _ = q_transform(values[..., channel], RATE, **RANGE)
        np.testing.assert_allclose(maps[..., channel], expected, rtol=2e-4, atol=2e-5)


def test_silent_series_has_a_map_of_zeros():
    np.testing.assert_array_equal(network()(np.zeros((1, SAMPLES, 1), "f4")).numpy(), 0)


def test_shape_is_known_before_any_data():
    assert network(channels=2).output_shape == (None, 64, 16, 2)


def classifier():
    x = keras.Input((SAMPLES, 1))
    y = keras.layers.Flatten()(QTransform(RATE, **RANGE, time_reduce="max", name="maps")(x))
    return keras.Model(x, keras.layers.Activation("sigmoid", name="score")(
        keras.layers.Dense(1, name="logits")(y)))


def test_saved_network_is_loaded_with_its_layer(tmp_path):
    model = classifier()
    model.save(tmp_path / "n.keras")
    loaded = load_network(tmp_path / "n.keras")
    assert loaded.get_layer("maps").settings["time_reduce"] == "max"
    np.testing.assert_array_equal(loaded(strain()).numpy(), model(strain()).numpy())


def test_saved_network_with_an_impossible_transform_is_refused(tmp_path, monkeypatch):
    model = classifier()
    model.get_layer("maps").settings["frequency_range"] = [20.0, 1e9]
    model.save(tmp_path / "n.keras")
    with pytest.raises((IntegrityError, UsageError), match="frequency_range"):
        load_network(tmp_path / "n.keras")


def test_network_exports_and_replies_the_same(tmp_path):
    import onnxruntime
    import tensorflow as tf
    import tf2onnx

    model = network(frequency_range=(20, 40))
    content, _ = tf2onnx.convert.from_function(
        tf.function(lambda x: model(x)), input_signature=[tf.TensorSpec((None, SAMPLES, 1))], opset=17)
    session = onnxruntime.InferenceSession(content.SerializeToString())
    reply, = session.run(None, {session.get_inputs()[0].name: strain()})
    np.testing.assert_allclose(reply, model(strain()).numpy(), rtol=2e-4, atol=2e-5)
    assert not {node.op_type for node in content.graph.node} & {"DFT", "STFT", "Loop", "If"}


def test_length_with_a_large_prime_factor_is_refused():
    with pytest.raises(UsageError, match=r"series of 8209 samples cannot .* Crop it"):
        network(8209)


def test_series_of_unknown_length_is_refused():
    with pytest.raises(UsageError, match="known length"):
        QTransform(RATE)(keras.Input((None, 1)))
