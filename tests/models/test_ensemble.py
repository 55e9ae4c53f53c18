import keras
import numpy as np
import pytest
from scipy.special import softmax

from otrain.bundle.export import export_bundle, logit_model
from otrain.bundle.parity import encoded_replies
from otrain.catalogue import MODELS
from otrain.data.results.value_encoding import ValueEncoding
from otrain.errors import UsageError
from otrain.explain.grad_cam import class_maps
from otrain.explain.network import CutNetwork
from otrain.models import ensemble
from otrain.models.ensemble import build_ensemble, member_seed
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec

ENCODING = ValueEncoding(("theta_e", "flux"), ("arcsec", ""), ("linear", "asinh"), (1.0, 20.0), (1.2, 2.5), (0.3, 1.5))
HEADS = {  # architecture and head by what is answered
    "score": ("compact", OutputSpec(1, "sigmoid")), "class": ("otrain-cnn", OutputSpec(3, "softmax")),
    "pixel": ("unet2d", OutputSpec(1, "sigmoid")),
    "value": ("value-cnn", OutputSpec(5, "linear", ENCODING.to_dict(), "joint")),
}
OPTIONS = {"compact": {"width": 4}, "unet2d": {"depth": 2, "features": 2}, "value-cnn": {"width": 4, "dense": 8}}
SHAPE = (12, 12, 2)


def alone(kind, seed=7):
    name, head = HEADS[kind]
    return MODELS.load(name)([InputSpec("cutout", SHAPE)], head, seed=seed, **OPTIONS.get(name, {}))


def together(kind, members=3):
    return build_ensemble(lambda seed: alone(kind, seed), members, HEADS[kind][1], seed=7)


def cutouts(n=6):
    images = np.random.default_rng(0).normal(size=(n, *SHAPE)).astype("f4")
    images[0, 3] = np.nan
    return images


def logits_of(network):
    return keras.Model(network.inputs[0], network.get_layer("logits").output).predict(cutouts(), verbose=0)


@pytest.mark.slow
@pytest.mark.parametrize("kind", HEADS)
def test_logits_are_those_of_each_network_beside_each_other(kind):
    network = together(kind)
    expected = [logits_of(alone(kind, member_seed(7, number))) for number in range(3)]
    np.testing.assert_array_equal(logits_of(network), np.concatenate(expected, axis=-1))
    assert not np.allclose(expected[0], expected[1]) and not np.allclose(expected[1], expected[2])
    assert network.output_shape == alone(kind).output_shape
    assert network.count_params() == 3 * alone(kind).count_params()


def test_layers_have_the_number_of_their_network():
    network = together("class", 2)
    assert [layer.name for layer in network.layers[-2:]] == ["logits", "score"]
    assert {layer.name.partition("_")[0] for layer in network.layers[1:-2]} == {"member1", "member2"}


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("kind", HEADS)
def test_saved_network_is_read_back_exactly(kind, ending, tmp_path):
    network = together(kind, 2)
    network.save(tmp_path / f"n.{ending}")
    again = load_network(tmp_path / f"n.{ending}")
    np.testing.assert_array_equal(again.predict(cutouts(), verbose=0), network.predict(cutouts(), verbose=0))


@pytest.mark.slow
@pytest.mark.parametrize("kind", HEADS)
def test_exported_network_says_what_keras_says(kind, tmp_path):
    network = together(kind)
    classes = [] if kind == "value" else ["a", "b", "c"][:max(2, HEADS[kind][1].units)]
    meta = {"channels": ["a", "b"], "classes": classes, "domain": "toy", "recipe": {}, "task": "toy"}
    encoding = ENCODING.to_dict() if kind == "value" else None
    bundle = export_bundle(network, tmp_path / "b", cube_meta=meta, golden_images=cutouts(40), encoding=encoding,
                           ensemble=3, facts={"architecture": "x", "seed": 7, "parameters": network.count_params()})
    assert bundle.manifest["ensemble"] == 3
    card = (tmp_path / "b" / "card.md").read_text()
    assert f"3 of them that answer together (`ensemble`), {network.count_params():,} parameters in all" in card
    given, said = bundle.logits(cutouts()), network.predict(cutouts(), verbose=0).astype(float)
    if kind == "value":
        np.testing.assert_allclose(encoded_replies(given, ENCODING), encoded_replies(said, ENCODING), atol=1e-4)
    elif kind == "class":
        np.testing.assert_allclose(softmax(given, axis=-1), said, atol=1e-5)
    else:
        np.testing.assert_allclose(1 / (1 + np.exp(-given)), said.reshape(given.shape), atol=1e-5)


def test_numbers_are_moments_of_the_mixture_in_their_own_units():
    network = together("value")
    parts = np.split(logits_of(network).astype(float), 3, axis=1)
    given = network.predict(cutouts(), verbose=0).astype(float)
    covariances = []
    for part in parts:
        lower = np.exp(part[:, 2:4, None] / 2) * np.array([np.array([[1, 0], [m, 1]]) for m in part[:, 4]])
        covariances.append(lower @ lower.transpose(0, 2, 1))
    apart = np.stack([part[:, :2] for part in parts]) - np.mean([part[:, :2] for part in parts], axis=0)
    covariance = np.mean(covariances, axis=0) + np.einsum("mni,mnj->nij", apart, apart) / 3
    errors = np.sqrt(covariance[:, [0, 1], [0, 1]])
    np.testing.assert_allclose(ENCODING.encode(given[:, :2]), np.mean([part[:, :2] for part in parts], axis=0), atol=1e-4)
    np.testing.assert_allclose(given[:, 2:4] * ENCODING.slope(given[:, :2]), errors, rtol=1e-3)
    np.testing.assert_allclose(given[:, 4], covariance[:, 1, 0] / errors.prod(axis=1), atol=1e-4)


def test_features_of_all_networks_stand_beside_each_other():
    features = [np.asarray(logit_model(network)(cutouts())[1]) for network in (together("score", 2), alone("score"))]
    assert features[0].shape[1] == 2 * features[1].shape[1]
    np.testing.assert_allclose(features[0][:, :features[1].shape[1]], features[1], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_heat_is_that_of_all_networks_and_of_one_where_its_layer_is_named():
    network, towards = together("score", 2), np.ones(6, int)
    cut = CutNetwork(network)
    names = cut.layer.split(", ")
    assert [name.partition("_")[0] for name in names] == ["member1", "member2"]
    # The weight of each map is its own: what both show is the sum of what each shows, where neither is cut at 0.
    single = [CutNetwork(network, name) for name in names]
    maps, logits = cut.maps_and_logits(cut.inputs(cutouts()))
    np.testing.assert_array_equal(maps, np.concatenate([one.maps_and_logits(one.inputs(cutouts()))[0] for one in single], -1))
    np.testing.assert_allclose(logits, single[0].maps_and_logits(single[0].inputs(cutouts()))[1], atol=1e-5)
    both, (first, second) = class_maps(cut, cutouts(), towards), (class_maps(one, cutouts(), towards) for one in single)
    seen = (first > 0) & (second > 0)
    assert seen.any()
    np.testing.assert_allclose(both[seen], (first + second)[seen], rtol=1e-3, atol=1e-6)


def test_more_weights_than_a_file_holds_are_refused_with_the_number_that_fits(monkeypatch):
    monkeypatch.setattr(ensemble, "LARGEST", 4 * 5 * alone("score").count_params())
    with pytest.raises(UsageError, match=r"--ensemble 6: 6 networks .* Choose at most 5"):
        together("score", 6)


def test_network_without_the_agreed_ends_is_refused():
    def bare(seed):
        cutout = keras.Input((3,), name="cutout")
        return keras.Model(cutout, keras.layers.Dense(1, name="end")(cutout))

    with pytest.raises(UsageError, match=r"--ensemble: the network .* must have a layer 'logits'.*Received: .*end"):
        build_ensemble(bare, 2, OutputSpec(1, "sigmoid"), seed=0)
