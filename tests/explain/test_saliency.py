import keras
import numpy as np
import pytest

from otrain.explain.network import CutNetwork
from otrain.explain.saliency import saliency, smooth_grad


@pytest.fixture(autouse=True)
def _few_draws(monkeypatch):
    monkeypatch.setattr("otrain.explain.saliency.DRAWS", 2)


def test_saliency_is_that_of_tf_keras_vis(networks, cutouts, correlate):
    reference = pytest.importorskip("tf_keras_vis.saliency")
    logits = keras.Model(networks["otrain-cnn"].inputs, networks["otrain-cnn"].get_layer("logits").output)
    expected = reference.Saliency(logits)(lambda output: (output[:, 1] - output[:, 0])[:, None], cutouts)
    found = correlate(saliency(CutNetwork(networks["otrain-cnn"]), cutouts, np.ones(12, int)), expected)
    assert len(found) == 12 and found.min() > 0.99


@pytest.mark.parametrize("method", [saliency, smooth_grad])
def test_steepness_of_a_sum_is_one_on_its_pixels(corner_network, method):
    images = np.random.default_rng(0).normal(size=(2, 12, 12, 1)).astype("f4")
    expected = np.zeros((12, 12))
    expected[:4, :4] = 1
    for index in (0, 1):
        np.testing.assert_allclose(method(CutNetwork(corner_network), images, np.full(2, index)), [expected] * 2,
                                   atol=1e-5)


@pytest.mark.parametrize("method", [saliency, smooth_grad])
def test_pixels_without_a_value_have_no_heat(networks, cutouts, method):
    cutouts[:2, 5:9] = np.nan
    heat = method(CutNetwork(networks["compact"]), cutouts[:2], np.ones(2, int))
    assert np.isfinite(heat).all() and not heat[:, 5:9].any() and heat.any()


def test_noise_depends_on_the_seed_alone(networks, cutouts):
    network, ones = CutNetwork(networks["plain"]), np.ones(2, int)
    first, again, other = (smooth_grad(network, cutouts[:2], ones, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
