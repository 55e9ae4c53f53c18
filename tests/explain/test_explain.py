import numpy as np
import pytest

from otrain.catalogue import EXPLAINERS
from otrain.errors import IntegrityError, UsageError
from otrain.explain.explain import explain
from otrain.explain.network import CutNetwork


@pytest.mark.parametrize("method", list(EXPLAINERS))
def test_every_explainer_gives_finite_heat_at_the_size_of_the_cutouts(networks, cutouts, method, monkeypatch):
    monkeypatch.setattr("otrain.explain.saliency.DRAWS", 2)
    monkeypatch.setattr("otrain.explain.occlusion.WINDOWS", 3)
    cutouts[0, :3] = np.nan
    cutouts[1, 4, 4] = np.inf
    maps = explain(CutNetwork(networks["plain"]), cutouts, np.arange(12) % 2, method=method)
    assert maps.shape == (12, 20, 20) and maps.dtype == np.float32
    assert maps.min() >= 0 and maps.max() > 0


def test_batches_give_the_maps_of_one_pass(networks, cutouts, monkeypatch):
    towards = np.arange(12) % 2
    whole = explain(CutNetwork(networks["plain"]), cutouts, towards)
    monkeypatch.setattr(CutNetwork, "batch", 5)
    np.testing.assert_allclose(explain(CutNetwork(networks["plain"]), cutouts, towards), whole, atol=1e-6)


def test_no_cutouts_give_no_maps(networks):
    assert explain(CutNetwork(networks["plain"]), np.zeros((0, 20, 20, 2)), []).shape == (0, 20, 20)


def test_unknown_method_is_answered_with_the_nearest(networks, cutouts):
    with pytest.raises(UsageError, match="Did you mean 'grad-cam'"):
        explain(CutNetwork(networks["plain"]), cutouts, np.ones(12, int), method="gradcam")


def test_maps_that_are_not_finite_are_an_error(networks, cutouts, by_hand):
    blocks, ended = by_hand
    network = ended(*blocks())
    network.set_weights([w * np.nan for w in network.get_weights()])
    with pytest.raises(IntegrityError, match="not finite"):
        explain(CutNetwork(network), cutouts, np.ones(12, int))
