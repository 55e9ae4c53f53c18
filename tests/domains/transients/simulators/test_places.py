import numpy as np
import pytest

from otrain.domains.transients.simulators.places import anywhere, empty, in_host, on_nucleus, on_star
from otrain.domains.transients.simulators.scene import draw_scene
from otrain.domains.transients.simulators.sky import sky_grid


@pytest.fixture
def scene():
    return draw_scene(np.random.default_rng(4), 41)


def test_empty_sky_adds_nothing(scene):
    assert empty(np.random.default_rng(0), scene, sky_grid(41)) == {}


def test_host_is_away_from_its_transient_and_nucleus_is_not(scene):
    rng, grid = np.random.default_rng(0), sky_grid(41)
    hosts = [in_host(rng, scene, grid)["details"]["host_offset"] for _ in range(50)]
    nuclei = [on_nucleus(rng, scene, grid)["details"]["host_offset"] for _ in range(50)]
    assert min(hosts) > 0.3 * scene.fwhm
    assert max(nuclei) < 1


def test_star_underneath_is_as_bright_as_it_says(scene):
    place = on_star(np.random.default_rng(0), scene, sky_grid(41))
    # The transform at frequency zero is the total flux.
    assert abs(place["fixed"][0, 0]) == pytest.approx(place["details"]["star_flux"], rel=1e-4)


def test_anywhere_is_each_of_the_places(scene):
    rng, grid = np.random.default_rng(0), sky_grid(41)
    details = [frozenset(anywhere(rng, scene, grid).get("details", {})) for _ in range(60)]
    assert set(details) == {frozenset(), frozenset({"star_flux"}), frozenset({"host_offset", "host_flux"})}
