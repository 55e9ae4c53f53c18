import keras
import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.explain.grad_cam import grad_cam
from otrain.explain.network import CutNetwork
from otrain.models.load import load_network


def heat(network, batch, layer=None):
    n = len(batch[0] if isinstance(batch, list) else batch)
    return grad_cam(CutNetwork(network, layer), batch, np.ones(n, int))


def test_default_layer_is_where_the_last_convolution_ends(networks):
    assert CutNetwork(networks["plain"]).layer == [
        layer.name for layer in networks["plain"].layers if isinstance(layer, keras.layers.Conv2D)][-1]
    # Both branches of the last residual block meet in an addition and its activation.
    layer = networks["compact"].get_layer(CutNetwork(networks["compact"]).layer)
    assert isinstance(layer, keras.layers.ReLU) and layer.output.shape[1:3] == (2, 2)


@pytest.mark.parametrize("name", ["otrain-cnn", "compact"])
def test_reloaded_network_gives_the_same_heat(networks, cutouts, name, tmp_path):
    networks[name].save(tmp_path / "n.keras")
    np.testing.assert_allclose(heat(load_network(tmp_path / "n.keras"), cutouts), heat(networks[name], cutouts),
                               rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("kind", [keras.Model, keras.Sequential])
def test_layer_inside_a_network_that_is_a_layer_is_found(cutouts, by_hand, kind):
    blocks, ended = by_hand
    cutout, features = blocks()
    flat = ended(cutout, features)
    inner = keras.Model(cutout, features, name="inner")
    if kind is keras.Sequential:
        inner = keras.Sequential(inner.layers, name="inner")
    outer = keras.Input(cutout.shape[1:], name="cutout")
    nested = ended(outer, inner(outer))
    nested.set_weights(flat.get_weights())
    assert CutNetwork(nested).layer.startswith("inner/")
    np.testing.assert_allclose(heat(nested, cutouts), heat(flat, cutouts), atol=1e-6)
    name = CutNetwork(nested).layer.removeprefix("inner/")
    np.testing.assert_allclose(heat(nested, cutouts, name), heat(flat, cutouts), atol=1e-6)


def test_network_with_columns_beside_the_image_is_explained_by_its_image(cutouts, by_hand):
    blocks, ended = by_hand
    cutout, features = blocks()
    columns = keras.Input((3,), name="columns")
    both = keras.layers.Concatenate()([columns, keras.layers.Flatten()(features)])
    network = ended([columns, cutout], both)
    maps = heat(network, [np.ones((len(cutouts), 3), "f4"), cutouts])
    assert maps.shape == cutouts.shape[:3] and maps.max() > 0
    with pytest.raises(UsageError, match=r"has 2 inputs\. Received: 1"):
        heat(network, cutouts)


def test_three_classes_have_a_logit_each(cutouts, by_hand):
    blocks, ended = by_hand
    network = CutNetwork(ended(*blocks(), units=3))
    assert network.classes == 3
    logits = network.logits(network.inputs(cutouts))
    towards = np.arange(len(cutouts)) % 3
    np.testing.assert_array_equal(network.evidence(logits, towards), logits.numpy()[np.arange(12), towards])
    total = sum(network.scores(cutouts, np.full(12, index)) for index in range(3))
    np.testing.assert_allclose(total, 1, atol=1e-6)


def test_scores_are_those_of_the_network(networks, cutouts):
    for name in ("compact", "otrain-cnn"):
        expected = networks[name].predict(cutouts, verbose=0)[:, -1]
        np.testing.assert_allclose(CutNetwork(networks[name]).scores(cutouts, np.ones(12, int)), expected, atol=1e-6)


def test_pixels_without_a_value_are_zero_for_a_network_that_knows_no_mask(networks, cutouts):
    holes, zeros = cutouts.copy(), cutouts.copy()
    holes[:, :4], zeros[:, :4] = np.nan, 0
    np.testing.assert_array_equal(heat(networks["plain"], holes), heat(networks["plain"], zeros))
    assert np.isfinite(heat(networks["compact"], holes)).all()


def test_network_runs_as_before_once_it_has_been_explained(networks, cutouts):
    before = networks["compact"].predict(cutouts, verbose=0)
    heat(networks["compact"], cutouts)
    assert not any("call" in vars(layer) for layer in networks["compact"].layers)
    np.testing.assert_array_equal(networks["compact"].predict(cutouts, verbose=0), before)


def test_wrong_layer_is_answered_with_the_nearest_name(networks):
    name = CutNetwork(networks["plain"]).layer
    with pytest.raises(UsageError, match=f"Did you mean '{name}'"):
        CutNetwork(networks["plain"], name[:-1] + "x")
    with pytest.raises(UsageError, match="no layer 'logits' with maps"):
        CutNetwork(networks["plain"], "logits")


def test_network_without_convolution_has_no_maps_to_weigh(by_hand):
    _, ended = by_hand
    cutout = keras.Input((6, 6, 1), name="cutout")
    network = CutNetwork(ended(cutout, keras.layers.Flatten()(cutout)))
    assert network.layer is None
    with pytest.raises(UsageError, match="Choose --method occlusion"):
        grad_cam(network, np.zeros((1, 6, 6, 1)), np.ones(1, int))


def test_network_without_the_agreed_ending_is_refused():
    cutout = keras.Input((6, 6, 1))
    with pytest.raises(UsageError, match="must end in an Activation named 'score'"):
        CutNetwork(keras.Model(cutout, keras.layers.Flatten()(cutout)))
