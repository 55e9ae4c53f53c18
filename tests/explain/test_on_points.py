import keras
import numpy as np
import pytest

from otrain.catalogue import EXPLAINERS, MODELS
from otrain.errors import UsageError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork
from otrain.explain.on_points import on_points
from otrain.models.layers.head import point_head
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec

LENGTH = 96
CURVES = [name for name in MODELS if MODELS[name].axes == ("time", "channel") and "point" in MODELS[name].gives]


def build(name, units=1, length=LENGTH):
    head = OutputSpec(units, "sigmoid" if units == 1 else "softmax")
    return MODELS.load(name)([InputSpec("cutout", (length, 2))], head, seed=3, depth=3, features=4)


def dip_network():
    """Logit of a point: minus the mean flux of five points around it."""
    x = curve = keras.Input((LENGTH, 1), name="cutout")
    x = keras.layers.Conv1D(2, 5, padding="same", use_bias=False, name="dips")(x)
    network = keras.Model(curve, point_head(keras.layers.ReLU()(x), OutputSpec(1, "sigmoid")))
    network.get_layer("dips").set_weights([np.full((5, 1, 2), -0.2)])
    network.get_layer("logits").set_weights([np.full((1, 2, 1), 0.5), np.full(1, -1.0)])
    return network


def dipped():
    """A curve with two dips and the weights of the points of the first."""
    curves, points = np.zeros((1, LENGTH, 1), "f4"), np.zeros((1, LENGTH), "f4")
    curves[0, 20:28], curves[0, 60:68], points[0, 20:28] = -5, -5, 1
    return curves, points


@pytest.mark.parametrize("units", [1, 3])
def test_logit_is_the_mean_over_the_points(units):
    network = build("unet", units)
    curves, points = np.random.default_rng(0).normal(size=(2, LENGTH, 2)).astype("f4"), np.zeros((2, LENGTH), "f4")
    points[0, 3:7], points[1] = 1, 1
    raw = keras.Model(network.inputs[0], network.layers[-1].input).predict(curves, verbose=0)
    cut = CutNetwork(on_points(network))
    expected = np.stack([raw[0, 3:7].mean(axis=0), raw[1].mean(axis=0)])
    got = cut.logits(cut.inputs([curves, points])).numpy()
    np.testing.assert_allclose(got, expected[:, 0] if units == 1 else expected, rtol=1e-4, atol=1e-5)
    assert cut.classes == max(units, 2)


@pytest.mark.parametrize("method", list(EXPLAINERS))
def test_every_explainer_gives_heat_per_point(method, monkeypatch, tmp_path):
    monkeypatch.setattr("otrain.explain.saliency.DRAWS", 2)
    monkeypatch.setattr("otrain.explain.occlusion.WINDOWS", 3)
    build("unet3p", 3).save(tmp_path / "n.keras")
    network = CutNetwork(on_points(load_network(tmp_path / "n.keras")))
    curves = np.random.default_rng(0).normal(size=(3, LENGTH, 2)).astype("f4")
    curves[0, :9], curves[1] = np.nan, np.nan
    heat = explain(network, [curves, np.ones((3, LENGTH), "f4")], np.array([1, 1, 2]), method=method)
    assert heat.shape == (3, LENGTH) and np.isfinite(heat).all() and heat.min() >= 0 and heat.max() > 0


@pytest.mark.parametrize("name", CURVES)
def test_default_layer_is_where_the_network_is_narrowest(name):
    network = CutNetwork(on_points(build(name)))
    assert network.map_shape == (LENGTH // 4,) and network.layer.startswith("network/re_lu")
    assert network._layers[0].output.shape[-1] == 16  # the encoder's, not a link of few channels


@pytest.mark.parametrize("name", CURVES)
def test_maps_lie_where_their_points_are(name):
    (positions,) = CutNetwork(on_points(build(name, length=800))).positions
    np.testing.assert_allclose(positions, (np.arange(200) + 0.5) * 4 - 0.5, atol=4)


@pytest.mark.parametrize("method", ["grad-cam", "grad-cam++", "saliency", "occlusion", "score-cam"])
def test_heat_lies_on_the_dip(method):
    curves, points = dipped()
    heat = explain(CutNetwork(on_points(dip_network())), [curves, points], [1], method=method)[0]
    inside = np.zeros(LENGTH, bool)
    inside[16:32] = True
    assert heat[inside].max() > 0
    if method in ("saliency", "occlusion"):  # these tell which of two equal dips was asked about
        assert heat[inside].sum() > 0.99 * heat.sum()
    else:
        inside[56:72] = True
        assert heat[inside].sum() > 0.8 * heat.sum()


def test_network_of_points_is_not_explained_as_a_whole():
    with pytest.raises(UsageError, match=r"scores each point. Put it through otrain.explain.on_points"):
        CutNetwork(dip_network())


def test_network_without_points_is_refused(networks):
    with pytest.raises(UsageError, match=r"a score for each point .* Received: 'score' of shape \(1,\)"):
        on_points(networks["plain"])
