"""Metrics of numbers, against closed forms and scikit-learn."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from otrain.evaluation.value_metrics import (
    constant_targets,
    gaussian_surprise,
    joint_surprise,
    mean_r2,
    value_metrics,
)

TRUTH = np.array([[1.0, 1e6 + 1], [2.0, 1e6 + 2], [4.0, 1e6 + 3], [9.0, 1e6 + 4]])
VALUES = TRUTH + np.array([[0.5, -1], [0.5, -1], [-1.0, 1], [2.0, 1]])


def test_metrics_are_their_closed_forms():
    first, second = value_metrics(VALUES, TRUTH)[0]
    assert first["mae"]["value"] == pytest.approx(1.0) and first["bias"]["value"] == pytest.approx(0.5)
    assert first["rmse"]["value"] == pytest.approx(np.sqrt(5.5 / 4))
    assert first["r2"]["value"] == pytest.approx(1 - 5.5 / 38)  # sum((x - 4)**2) = 9 + 4 + 0 + 25
    assert first["relative_mae"]["value"] == pytest.approx(4 / 16)
    # A large mean costs no digits: sum of squares around it is 5, not 4e12 - 4e12.
    assert second["r2"]["value"] == pytest.approx(1 - 4 / 5, abs=1e-9) and second["bias"]["value"] == 0


def test_mean_r2_is_that_of_scikit_learn_and_blind_to_units():
    metrics = pytest.importorskip("sklearn.metrics")
    assert mean_r2(VALUES, TRUTH) == pytest.approx(metrics.r2_score(TRUTH, VALUES, multioutput="uniform_average"))
    scale = np.array([1e-7, 1e3])
    assert mean_r2(VALUES * scale, TRUTH * scale) == pytest.approx(mean_r2(VALUES, TRUTH))


def test_constant_target_has_no_r2_and_no_part_in_the_mean():
    truth = np.column_stack([TRUTH, np.full(4, 0.1)])
    values = np.column_stack([VALUES, [0.1, 0.1, 0.1, 0.2]])
    rows, mean = value_metrics(values, truth)
    assert rows[2]["r2"] == {"value": None, "low": None, "high": None} and rows[2]["mae"]["value"] > 0
    assert mean["value"] == pytest.approx(mean_r2(VALUES, TRUTH))
    assert constant_targets(truth).tolist() == [False, False, True]
    assert constant_targets([[np.nan, 3.0], [np.nan, np.nan]]).tolist() == [True, True]


def test_unknown_truth_counts_in_no_metric_of_its_target():
    truth = TRUTH.copy()
    truth[3, 0] = np.nan
    first, second = value_metrics(VALUES, truth)[0]
    assert first["mae"]["value"] == pytest.approx(2 / 3) and second["mae"]["value"] == pytest.approx(1)


def test_intervals_hold_the_value_and_cover_the_truth():
    rng, held = np.random.default_rng(0), []
    for seed in range(60):
        truth = rng.normal(0, 1, (150, 1))
        values = truth + rng.normal(0, 0.5, (150, 1))
        (row,), mean = value_metrics(values, truth, resamples=200, seed=seed)
        # Mean |error| of a normal distribution of width 0.5; R2 = 1 - 0.25.
        held.append([row["mae"]["low"] <= 0.5 * np.sqrt(2 / np.pi) <= row["mae"]["high"],
                     mean["low"] <= 0.75 <= mean["high"], row["rmse"]["low"] <= 0.5 <= row["rmse"]["high"]])
        assert mean == row["r2"] and row["bias"]["low"] <= row["bias"]["value"] <= row["bias"]["high"]
    assert np.all(np.abs(np.mean(held, axis=0) - 0.95) < 0.09)  # 3 standard errors of 60 trials


def test_same_seed_draws_the_same_interval():
    assert value_metrics(VALUES, TRUTH, seed=3) == value_metrics(VALUES, TRUTH, seed=3)
    assert value_metrics(VALUES, TRUTH, seed=3) != value_metrics(VALUES, TRUTH, seed=4)


def test_no_example_has_no_metric():
    rows, mean = value_metrics(np.empty((0, 2)), np.empty((0, 2)))
    assert mean["value"] is None and all(row["mae"]["value"] is None for row in rows)


def test_surprise_is_the_likelihood_in_natural_units():
    errors, widths, slopes = np.array([[0.3, -2.0]]), np.array([[0.5, 2.0]]), np.array([[4.0, 0.1]])
    # encoded = slope * x, so the width of x is width / slope.
    expected = -norm.logpdf(errors * widths / slopes, 0, widths / slopes)
    np.testing.assert_allclose(gaussian_surprise(errors, widths, slopes), expected)
    assert joint_surprise(errors, widths, slopes, np.eye(2)[None])[0] == pytest.approx(expected.sum())
    tied = np.array([[1, 0.8], [0.8, 1]])
    covariance = tied * np.outer(widths[0] / slopes[0], widths[0] / slopes[0])
    expected = -multivariate_normal([0, 0], covariance).logpdf(errors[0] * widths[0] / slopes[0])
    assert joint_surprise(errors, widths, slopes, tied[None])[0] == pytest.approx(expected)
