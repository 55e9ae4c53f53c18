"""Coverage, cells, histograms: stated uncertainties against where the truth lies."""

import numpy as np
import pytest

from otrain.evaluation.coverage import (
    LEVELS,
    coverage,
    coverage_cells,
    expected_calibration_error,
    pit_histogram,
    probabilities_of,
)
from otrain.evaluation.intervals import wilson_interval

EVEN = (np.arange(1000) + 0.5) / 1000


def test_even_probabilities_have_the_stated_coverage():
    rows = coverage(EVEN)
    assert [row["level"] for row in rows] == sorted([*LEVELS, 0.68]) and LEVELS[0] == 0.05 and LEVELS[-1] == 0.95
    for row in rows:
        assert row["value"] == pytest.approx(row["level"], abs=1e-3) and row["low"] < row["value"] < row["high"]
    assert expected_calibration_error(rows) < 1e-3


def test_interval_of_a_level_reaches_equally_far_to_both_sides():
    rows = {row["level"]: row for row in coverage([0.16, 0.84, 0.15, 0.9, np.nan], levels=(0.68, 0.95))}
    assert rows[0.68]["value"] == 2 / 4  # the ends belong to it
    assert rows[0.68]["low"] == pytest.approx(wilson_interval(2, 4)[0]) and rows[0.95]["value"] == 1


def test_too_narrow_intervals_have_a_known_error():
    z = np.random.default_rng(0).normal(0, 2, 200_000)  # twice as wide as said
    rows = coverage(probabilities_of(z))
    by_level = {row["level"]: row["value"] for row in rows}
    assert by_level[0.68] == pytest.approx(0.3808, abs=4e-3)  # erf(0.99446 / 2 / sqrt(2))
    assert by_level[0.95] == pytest.approx(0.6729, abs=4e-3)
    assert expected_calibration_error(rows) > 0.2
    histogram = pit_histogram(probabilities_of(z))
    assert histogram["p_value"] < 1e-6 and histogram["counts"][0] > 2 * histogram["counts"][10]


def test_mean_distance_is_taken_over_5_to_95_percent_only():
    rows = [{"level": 0.05, "value": 0.15}, {"level": 0.95, "value": 0.75}, {"level": 0.68, "value": 0.0},
            {"level": 0.5, "value": None}]
    assert expected_calibration_error(rows) == pytest.approx(0.15)
    assert expected_calibration_error([]) is None


def test_histogram_is_flat_where_uncertainties_are_true():
    assert pit_histogram(EVEN) == {"counts": [50] * 20, "p_value": 1.0}
    assert pit_histogram([0.0, 1.0, np.nan], bins=2) == {"counts": [1, 1], "p_value": None}


def test_unevenness_of_the_calibration_itself_is_allowed_for():
    pit = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], [80, 120, 100, 120, 80])  # 4 x 20**2 / 100 = 16, of 4
    assert pit_histogram(pit, bins=5)["p_value"] == pytest.approx(9 * np.exp(-8))  # of 16
    assert pit_histogram(pit, bins=5, calibrated_on=500)["p_value"] == pytest.approx(5 * np.exp(-4))  # of 8


def test_cells_tell_where_coverage_fails():
    rng = np.random.default_rng(1)
    size, signal = rng.uniform(0, 4, 4000), rng.uniform(0, 4, 4000)
    pit = rng.uniform(0, 1, 4000)
    bad = (size > 3) & (signal < 1)
    pit[bad] = 0.999
    table = coverage_cells(pit, size, signal)
    assert len(table["first_edges"]) == len(table["second_edges"]) == 5 and len(table["cells"]) == 4
    values = np.array([[cell["coverage"][0]["value"] for cell in row] for row in table["cells"]])
    assert np.unravel_index(values.argmin(), (4, 4)) == (3, 0) and values[3, 0] < 0.1
    assert np.all(np.delete(values.ravel(), 12) > 0.55)
    assert sum(cell["examples"] for row in table["cells"] for cell in row) == 4000


def test_cells_count_every_target_and_leave_unknown_columns_out():
    pit = np.array([[0.5, 0.01], [0.5, np.nan], [0.5, 0.5]])
    table = coverage_cells(pit, [1.0, 2.0, np.nan], [1.0, 1.0, 1.0], cells=1, levels=(0.68,))
    (cell,), = table["cells"]
    assert cell["examples"] == 2 and cell["coverage"][0]["value"] == pytest.approx(2 / 3)
    assert coverage_cells([0.5], [np.nan], [1.0])["cells"] == []
