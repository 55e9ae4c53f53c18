import numpy as np
import pytest

from otrain.domains.glitches.series import Series
from otrain.errors import DataError


def test_times_keep_microseconds_of_gps():
    series = Series("H1:Strain", np.zeros(16384), 16384.0, 1126259446.0000305)
    assert series.duration == 1
    assert series.times[1] - series.times[0] == pytest.approx(1 / 16384, abs=3e-7)
    assert series.times[0] == 1126259446.0000305


def test_part_begins_at_its_own_time():
    part = Series("a", np.arange(64.0), 16, 1e9 + 0.25).cropped(0.5, 2)
    assert part.values.tolist() == list(range(8, 40)) and part.t0 == 1e9 + 0.75 and part.sample_rate == 16


@pytest.mark.parametrize("start, duration", [(-0.1, 1), (3.5, 1), (0, 0.001)])
def test_part_beyond_the_series_is_refused(start, duration):
    with pytest.raises(DataError, match=r"a: no .* s on in a series of 4 s"):
        Series("a", np.zeros(64), 16, 0).cropped(start, duration)


@pytest.mark.parametrize("values, rate, t0", [([[1]], 16, 0), ([], 16, 0), ([1], 0, 0), ([1], np.nan, 0),
                                              ([1], np.inf, 0), ([1], 16, np.nan)])
def test_impossible_series_are_refused(values, rate, t0):
    with pytest.raises(DataError, match=r"^L1:X: .*Received"):
        Series("L1:X", np.array(values, float), rate, t0)
