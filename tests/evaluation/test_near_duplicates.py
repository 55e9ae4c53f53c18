import numpy as np
import pytest

from otrain.evaluation.image_checks import thumbnails
from otrain.evaluation.near_duplicates import near_pairs


@pytest.fixture(scope="module")
def candidates():
    """Noise with one and the same bright source in the middle."""
    y, x = np.mgrid[:31, :31] - 15
    return np.random.default_rng(0).normal(0, 1, (400, 31, 31)) + 300 * np.exp(-(x**2 + y**2) / 6)


def test_bright_sources_in_different_noise_are_no_copies(candidates):
    pairs, correlation = near_pairs(thumbnails(candidates))
    assert pairs.shape == (0, 2)
    assert len(correlation) == 0


@pytest.mark.parametrize("change", [lambda image: 5 * image + 1000, lambda image: image.astype("f2"),
                                    lambda image: np.rint(image * 8) / 8])
def test_rewritten_copies_are_found(candidates, change):
    pairs, correlation = near_pairs(thumbnails(np.concatenate([candidates, change(candidates[:50])])))
    found = {(a, b) for a, b in pairs.tolist()}
    assert len(found & {(i, 400 + i) for i in range(50)}) >= 48
    assert len(found) <= 50
    assert (np.diff(correlation) <= 0).all() and correlation.min() >= 0.95


def test_work_is_bounded_when_all_are_alike():
    pairs, _ = near_pairs(np.tile(np.random.default_rng(0).integers(-30, 30, 256), (500, 1)).astype("i1"))
    assert 499 <= len(pairs) <= 500 * 64


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [0, 1, 2])
def test_flat_or_few_images_make_no_pair(count):
    assert len(near_pairs(np.zeros((count, 256), "i1"))[0]) == 0
