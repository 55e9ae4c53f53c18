import numpy as np
import pytest

from otrain.workflows.reading.cube_summary import QUANTILES, _numbers


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 20, 101, 1000])
def test_quantiles_are_those_of_numpy(kind, count):
    values = (np.random.default_rng(count).normal(20, 3, count) * 100).astype(kind)
    expected = {name: round(float(np.quantile(values, q)), 4) for name, q in QUANTILES.items()}
    assert _numbers(values) == {"known": count, "missing": 0} | expected


def test_unknown_values_have_no_part_in_the_quantiles():
    found = _numbers(np.array([1.0, np.nan, 3.0, np.inf]))
    assert found["known"] == 2 and found["missing"] == 2 and found["median"] == 2.0
    assert _numbers(np.array([np.nan])) == {"known": 0, "missing": 1}
