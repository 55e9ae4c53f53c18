import numpy as np
import pytest

from otrain.domains.glitches.resampling import resample
from otrain.errors import UsageError


def wave(frequency, rate, seconds=8, phase=0.4):
    return np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate + phase)


@pytest.mark.parametrize("rate, wanted", [(4096, 512), (512, 4096), (1000, 512), (16384, 2048), (10, 16)])
@pytest.mark.parametrize("share", [0.05, 0.4])
def test_slow_waves_are_kept_at_their_times(rate, wanted, share):
    frequency = share * min(rate, wanted)
    seconds = 2000 / min(rate, wanted)
    resampled, valid = resample(wave(frequency, rate, seconds), rate, wanted)
    expected = wave(frequency, wanted, seconds)
    assert resampled.shape == valid.shape == expected.shape and valid.all()
    inner = slice(len(expected) // 4, -len(expected) // 4)
    np.testing.assert_allclose(resampled[inner], expected[inner], atol=1e-3)


@pytest.mark.parametrize("frequency", [257, 300, 700, 1999])
def test_waves_that_the_slower_series_cannot_hold_do_not_come_back_as_others(frequency):
    resampled, _ = resample(wave(frequency, 4096), 4096, 512)
    # 75 dB, away from the ends.
    assert np.abs(resampled[512:-512]).max() < 10 ** (-75 / 20)


def test_level_and_slope_are_kept_to_the_ends():
    line = 1e6 + np.arange(4096) / 256
    np.testing.assert_allclose(resample(line, 256, 64)[0], line[::4], rtol=1e-7)


def test_gap_is_masked_as_far_as_the_filter_reaches():
    strain = wave(3, 256)
    strain[1000:1010] = np.nan
    resampled, valid = resample(strain, 256, 64)
    assert np.isfinite(resampled).all()
    bad = np.flatnonzero(~valid)
    assert (bad[0], bad[-1]) == (250 - 32, (1009 + 128) // 4)
    np.testing.assert_allclose(resampled[valid][50:-50], wave(3, 64)[valid][50:-50], atol=2e-3)


def test_same_rate_changes_nothing_but_gaps():
    resampled, valid = resample([[1, np.nan, 3]], 16, 16)
    assert resampled.tolist() == [[1, 2, 3]] and valid.tolist() == [[True, False, True]]


def test_batches_are_resampled_along_the_last_axis():
    batch = np.stack([wave(3, 256), wave(7, 256)])
    np.testing.assert_allclose(resample(batch, 256, 64)[0][1], resample(batch[1], 256, 64)[0], atol=1e-12)


@pytest.mark.parametrize("rates", [(0, 64), (64, np.nan), (np.inf, 64), (64, -1), (np.pi, 1.0), (1e12, 1)])
def test_impossible_rates_are_refused(rates):
    with pytest.raises(UsageError, match=r"Received|Choose another rate"):
        resample(np.zeros(100), *rates)
