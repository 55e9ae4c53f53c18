import numpy as np
import pytest

from otrain.evaluation.intervals import wilson_interval
from otrain.evaluation.ranges import kept_by_range


def test_each_range_has_its_share_and_interval():
    values = np.r_[np.full(10, 17.0), np.full(4, 20.0)]
    scores = np.r_[np.full(8, 0.9), np.full(2, 0.2), np.full(4, 0.5)]
    bright, faint = kept_by_range(values, scores, [18], [0.5])
    assert (bright["from"], bright["to"], bright["count"]) == (None, 18.0, 10)
    assert bright["kept"][0]["value"] == 0.8
    assert (bright["kept"][0]["low"], bright["kept"][0]["high"]) == pytest.approx(wilson_interval(8, 10))
    assert faint["kept"][0]["value"] == 1.0  # a score at the threshold is kept


def test_value_at_a_limit_belongs_to_the_range_above():
    (row,) = kept_by_range([18.0], [1.0], [18, 21], [0.5])
    assert (row["from"], row["to"]) == (18.0, 21.0)


def test_empty_ranges_and_missing_values_are_left_out():
    rows = kept_by_range([17.0, np.nan, np.inf, 19.0], [0.5, 0.5, 0.5, np.nan], [18], [0.5])
    assert [(row["to"], row["count"]) for row in rows] == [(18.0, 1)]
