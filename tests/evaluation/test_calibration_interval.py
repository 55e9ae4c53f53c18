import numpy as np
import pytest

from otrain.data.results.calibration import sigmoid
from otrain.evaluation.calibration_interval import bin_places, calibration_error_interval
from otrain.evaluation.metrics import calibration_error


def drawn(seed, count, sureness):
    """Scores that overstate the log odds by a factor, and labels."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, count)
    return (rng.random(count) < sigmoid(logits)).astype(int), sigmoid(sureness * logits)


def test_right_scores_have_an_interval_that_begins_at_zero():
    lows = [calibration_error_interval(*drawn(seed, 300, 1.0))[0] for seed in range(100)]
    # The promise is 97.5 of 100; scatter of 100 trials is 2.
    assert np.mean(np.array(lows) == 0) >= 0.93


@pytest.mark.slow
@pytest.mark.parametrize("sureness", [1.5, 3.0])
def test_interval_covers_the_truth_of_wrong_scores(sureness):
    truth = calibration_error(*drawn(10_000, 400_000, sureness))
    inside = []
    for seed in range(120):
        low, high = calibration_error_interval(*drawn(seed, 300, sureness))
        inside.append(low <= truth <= high)
    # 120 trials scatter by 0.02.
    assert np.mean(inside) >= 0.90


def test_more_examples_make_a_narrower_interval():
    widths = [np.ptp(calibration_error_interval(*drawn(0, count, 2.0))) for count in (200, 2000, 20_000)]
    assert widths[0] > 2 * widths[1] > 4 * widths[2] > 0


def test_same_seed_gives_the_same_interval():
    case = drawn(0, 200, 2.0)
    assert calibration_error_interval(*case, seed=1) == calibration_error_interval(*case, seed=1)


@pytest.mark.parametrize("labels, scores", [([1], [0.3]), ([0, 1], [0.5, 0.5]), ([0, 1], [0.0, 1.0]), ([1, 1], [0.0, 0.0])])
def test_degenerate_subsets_have_an_interval_inside_0_and_1(labels, scores):
    low, high = calibration_error_interval(labels, scores)
    assert 0 <= low <= high <= 1


def test_nothing_has_no_interval():
    assert np.isnan(calibration_error_interval([], [])).all()


def test_equal_scores_share_a_bin():
    assert len(set(bin_places(np.array([0.1] * 50 + [0.9] * 50), 10))) == 2
