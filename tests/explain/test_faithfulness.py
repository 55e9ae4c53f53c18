import numpy as np
import pytest

from otrain.explain.faithfulness import area, removal_curves, shuffled_maps_correlation, shuffled_weights
from otrain.explain.network import CutNetwork


@pytest.fixture
def lit():
    """Cutouts whose light is where the corner network looks, and the map that says so."""
    images = np.zeros((3, 12, 12, 1), "f4")
    images[:, :4, :4] = 1
    return images, images[..., 0].copy()


def test_right_map_lowers_the_score_early_and_raises_it_early(corner_network, lit):
    curves = removal_curves(CutNetwork(corner_network), *lit, np.ones(3, int))
    gone, back = ({name: area(curves.fractions, values).mean() for name, values in kind.items()}
                  for kind in (curves.deletion, curves.insertion))
    assert gone["heat"] < gone["random"] - 0.2 and gone["heat"] < gone["centre"] - 0.2
    assert back["heat"] > back["random"] + 0.2 and back["heat"] > back["centre"] + 0.2


def test_wrong_map_does_the_opposite(corner_network, lit):
    images, maps = lit
    curves = removal_curves(CutNetwork(corner_network), images, 1 - maps, np.ones(3, int))
    assert area(curves.fractions, curves.deletion["heat"]).mean() > area(
        curves.fractions, curves.deletion["random"]).mean() + 0.2


def test_flat_map_is_as_good_as_a_random_order(corner_network, lit):
    curves = removal_curves(CutNetwork(corner_network), lit[0], np.zeros((3, 12, 12)), np.ones(3, int))
    np.testing.assert_array_equal(curves.deletion["heat"], curves.deletion["random"])


def test_curves_begin_and_end_with_cutout_and_empty_sky(corner_network, lit):
    network = CutNetwork(corner_network)
    curves = removal_curves(network, *lit, np.ones(3, int))
    whole = network.scores(lit[0], np.ones(3, int))
    for order in curves.deletion:
        np.testing.assert_array_equal(curves.deletion[order][:, 0], whole)
        np.testing.assert_array_equal(curves.insertion[order][:, -1], whole)
        np.testing.assert_array_equal(curves.insertion[order][:, 0], curves.deletion[order][:, -1])


def test_area_is_the_mean_of_a_straight_line():
    assert area(np.array([0, 0.25, 1]), np.array([[1, 0.75, 0]])) == pytest.approx([0.5])


def test_weights_come_back_even_after_an_error(networks):
    network = CutNetwork(networks["compact"])
    before = network.get_weights()
    with pytest.raises(RuntimeError), shuffled_weights(network, seed=1):
        inside = network.get_weights()
        raise RuntimeError
    assert any((a != b).any() for a, b in zip(before, inside, strict=True))
    assert all((np.sort(a.ravel()) == np.sort(b.ravel())).all() for a, b in zip(before, inside, strict=True))
    assert all((a == b).all() for a, b in zip(before, network.get_weights(), strict=True))


def test_method_that_shows_the_image_is_found_out(networks, cutouts, monkeypatch):
    from otrain.explain import faithfulness

    network, ones = CutNetwork(networks["plain"]), np.ones(12, int)
    shows_image = np.abs(cutouts).max(axis=-1)
    monkeypatch.setattr(faithfulness, "explain", lambda *args, **options: shows_image)
    np.testing.assert_allclose(shuffled_maps_correlation(network, cutouts, shows_image, ones), 1)
    monkeypatch.setattr(faithfulness, "explain", lambda *args, **options: shows_image.max() - shows_image)
    np.testing.assert_allclose(shuffled_maps_correlation(network, cutouts, shows_image, ones), -1)


def test_constant_map_has_no_correlation(networks, cutouts):
    network = CutNetwork(networks["plain"])
    found = shuffled_maps_correlation(network, cutouts, np.ones((12, 20, 20)), np.ones(12, int))
    assert np.isnan(found).all()
