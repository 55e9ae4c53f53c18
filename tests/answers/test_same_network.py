import numpy as np
import pytest

from otrain.answers.same_network import require_same_network, require_same_on_points
from otrain.errors import DataError, IntegrityError


class Network:
    """Gives the mean of the first channel over the points that are asked about, in batches of two."""

    batch, image_shape = 2, (5, 2)

    def inputs(self, parts):
        assert len(parts[0]) <= self.batch
        return parts

    def logits(self, parts):
        image, weights = parts[0][..., 0], parts[1] if len(parts) > 1 else np.ones(parts[0].shape[:2])
        return (np.nan_to_num(image) * weights).sum(axis=1) / weights.sum(axis=1)


@pytest.fixture
def examples():
    return np.random.default_rng(1).normal(size=(5, 5, 2)).astype("f4")


def test_logits_of_the_same_network_are_accepted_and_others_refused(examples):
    stored = examples[..., 0].mean(axis=1)
    require_same_network(Network(), examples, stored)
    stored[4] += 0.02
    with pytest.raises(IntegrityError, match=r"not the same network: their logits differ by 0\.02"):
        require_same_network(Network(), examples, stored)


def test_logits_that_are_no_number_are_refused(examples):
    with pytest.raises(IntegrityError, match="not the same network"):
        require_same_network(Network(), examples, np.full(5, np.nan))


def test_examples_of_another_shape_are_refused(examples):
    with pytest.raises(DataError, match=r"takes examples of shape \(5, 2\). Received: \(4, 2\)"):
        require_same_network(Network(), examples[:, 1:], np.zeros(5))


@pytest.mark.parametrize("units", [1, 2])
def test_logits_of_points_are_compared_by_their_mean_over_points_with_a_value(examples, units):
    examples[0, :2, 0] = np.nan
    stored = np.zeros((5, 5, units))
    stored[..., 0] = 3.0
    stored[..., -1] += np.where(np.isfinite(examples[..., 0]), examples[..., 0], 1e9)  # points without a value do not count
    stored[..., -1] -= 0 if units == 2 else 3.0
    stored[..., 0] -= 3.0 if units == 2 else 0
    require_same_on_points(Network(), examples, stored)
    stored[0, 4] += 1.0 if units == 1 else [0, 1.0]
    with pytest.raises(IntegrityError, match="not the same network"):
        require_same_on_points(Network(), examples, stored)
