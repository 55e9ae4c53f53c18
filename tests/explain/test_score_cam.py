import keras
import numpy as np
import pytest

from otrain.explain.network import CutNetwork
from otrain.explain.score_cam import score_cam


def test_heat_is_the_map_that_keeps_the_score(corner_network):
    images = np.zeros((1, 12, 12, 1), "f4")
    images[:, :4, :4] = 1
    heat = score_cam(CutNetwork(corner_network), images, np.ones(1, int))
    assert heat[0, 1:3, 1:3].min() > 0 and heat[0, 5:].max() == 0


def test_maps_are_those_of_tf_keras_vis_where_the_sky_is_zero(by_hand, correlate):
    """What is masked out is then zero for both; tf-keras-vis takes the softmax of logits by itself."""
    reference = pytest.importorskip("tf_keras_vis.scorecam")
    blocks, ended = by_hand
    rng = np.random.default_rng(0)
    images = np.zeros((4, 20, 20, 2), "f4")
    images[:, 7:12, 6:13] = rng.normal(2, 1, (4, 5, 7, 2))
    network = ended(*blocks(), units=3)
    logits = keras.Model(network.inputs, network.get_layer("logits").output)
    expected = reference.Scorecam(logits)(lambda output: output[:, 1], images, expand_cam=False,
                                          penultimate_layer=CutNetwork(network).layer)
    cut = CutNetwork(network)
    found = score_cam(cut, images, np.ones(4, int))
    assert correlate(found, cut.enlarged(np.asarray(expected))).min() > 0.99
