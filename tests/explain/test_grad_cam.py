import keras
import numpy as np
import pytest

from otrain.explain.grad_cam import class_maps, grad_cam, grad_cam_plus_plus
from otrain.explain.network import CutNetwork


def reference(method, network, layer, images, towards):
    """Maps of tf-keras-vis 0.8.7 on the logit, at the size of the layer."""
    gradcam = pytest.importorskip("tf_keras_vis.gradcam")
    logits = keras.Model(network.inputs, network.get_layer("logits").output)
    sign = np.where(towards == 1, 1, -1).astype("f4")

    def score(output):
        real = output[:, 1] - output[:, 0] if output.shape[-1] == 2 else output[:, 0]
        return (real * sign)[:, None]

    return getattr(gradcam, method)(logits)(score, images, penultimate_layer=layer, expand_cam=False,
                                            seek_penultimate_conv_layer=False)


@pytest.mark.parametrize("name", ["otrain-cnn", "compact"])
@pytest.mark.parametrize(("method", "weigh"), [("Gradcam", None), ("GradcamPlusPlus", "plus")])
def test_maps_are_those_of_tf_keras_vis(networks, cutouts, name, method, weigh, correlate):
    from otrain.explain import grad_cam as ours

    network, towards = CutNetwork(networks[name]), np.arange(len(cutouts)) % 2
    maps = class_maps(network, cutouts, towards, weigh=ours._pixel_weights if weigh else None)
    found = correlate(maps, reference(method, networks[name], network.layer, cutouts, towards))
    assert len(found) >= len(cutouts) // 2
    assert found.min() > 0.99


def test_heat_for_bogus_is_that_of_minus_the_logit(networks, cutouts):
    """Where every pixel speaks for real or against it, the two maps share no place."""
    network = CutNetwork(networks["plain"])
    real, bogus = (class_maps(network, cutouts, np.full(len(cutouts), index)) for index in (1, 0))
    assert real.any() and bogus.any()
    assert not (np.minimum(real, bogus) > 0).any()


@pytest.mark.parametrize("method", [grad_cam, grad_cam_plus_plus])
def test_map_of_a_candidate_does_not_depend_on_its_neighbours(networks, cutouts, method):
    network, towards = CutNetwork(networks["compact"]), np.ones(len(cutouts), int)
    together = method(network, cutouts, towards)
    alone = method(network, cutouts[3:4], towards[3:4])
    np.testing.assert_allclose(together[3:4], alone, atol=1e-5 * together.max())


def test_heat_lies_on_the_pixels_that_the_network_sums(corner_network):
    images = np.ones((2, 12, 12, 1), "f4")
    images[:, 6:] = 0
    heat = grad_cam(CutNetwork(corner_network), images, np.ones(2, int))
    assert heat[:, :6].min() > 0 and heat[:, 6:].max() == 0
