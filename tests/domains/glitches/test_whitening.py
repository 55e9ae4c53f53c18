import numpy as np
import pytest

from otrain.domains.glitches.psd import estimate_psd
from otrain.domains.glitches.whitening import whiten, whitening_taps
from otrain.errors import DataError, UsageError

RATE = 512


def coloured(shape=(), seconds=64, seed=0, level=1e-21):
    """Noise whose amplitude falls with the frequency above 10 Hz, by a factor of 26 up to half the rate."""
    white = np.random.default_rng(seed).normal(size=(*shape, seconds * RATE))
    frequencies = np.fft.rfftfreq(white.shape[-1], 1 / RATE)
    return level * np.fft.irfft(np.fft.rfft(white) / np.hypot(1, frequencies / 10), white.shape[-1])


def test_whitened_noise_has_a_flat_spectrum_and_a_variance_of_one():
    white, valid = whiten(coloured((8,)), RATE)
    assert white.shape == valid.shape == (8, 62 * RATE) and white.dtype == np.float32 and valid.all()
    assert white.std() == pytest.approx(1, abs=0.03)
    frequencies, psd = estimate_psd(white, RATE, average="mean")
    band = (frequencies > 5) & (frequencies < 250)
    np.testing.assert_allclose(psd.mean(0)[band] * RATE / 2, 1, atol=0.25)


def test_impulse_stays_where_it_is():
    strain = coloured(seconds=16)
    strain[8 * RATE + 17] += 1e-18
    white, _ = whiten(strain, RATE)
    assert np.abs(white).argmax() == 7 * RATE + 17
    whole, valid = whiten(strain, RATE, crop=False)
    assert np.abs(whole).argmax() == 8 * RATE + 17
    np.testing.assert_array_equal(whole[RATE:15 * RATE], white)
    assert valid.sum() == 14 * RATE and valid[RATE] and not valid[RATE - 1]


def test_loudness_of_the_strain_does_not_count():
    np.testing.assert_allclose(whiten(coloured(), RATE)[0], whiten(coloured(level=7.0), RATE)[0], atol=1e-4)


def test_gap_is_masked_as_far_as_the_filter_reaches():
    strain = coloured(seconds=32)
    strain[10 * RATE:10 * RATE + 3] = np.nan
    white, valid = whiten(strain, RATE)
    assert np.isfinite(white).all()
    bad = np.flatnonzero(~valid)
    # Cropped by 1 s, and reaching 1 s to either side.
    assert (bad[0], bad[-1]) == (8 * RATE, 10 * RATE + 2)
    before = whiten(coloured(seconds=32), RATE, psd=estimate_psd(coloured(seconds=32), RATE))[0]
    again = whiten(strain, RATE, psd=estimate_psd(coloured(seconds=32), RATE))[0]
    np.testing.assert_allclose(again[valid], before[valid], atol=1e-3)


@pytest.mark.parametrize("level", [0.0, 1e-19, 0.1, 12345.678])
def test_constant_series_is_zero_and_harms_no_other(level):
    strain = np.stack([np.full(16 * RATE, level), coloured(seconds=16)])
    white, _ = whiten(strain, RATE)
    np.testing.assert_array_equal(white[0], 0)
    np.testing.assert_array_equal(white[1], whiten(strain[1], RATE)[0])


def test_series_without_any_value_is_zero_and_invalid():
    white, valid = whiten(np.full(16 * RATE, np.nan), RATE)
    assert not white.any() and not valid.any()


def test_given_density_is_used():
    frequencies = np.array([0, 10.0, 100, 256])
    psd = np.full(4, 8.0 / RATE)
    white, _ = whiten(np.random.default_rng(0).normal(size=16 * RATE), RATE, psd=(frequencies, psd))
    assert white.std() == pytest.approx(0.5, rel=0.05)


def test_highpass_lets_low_frequencies_out():
    t = np.arange(16 * RATE) / RATE
    psd = np.array([0, 256.0]), np.full(2, 2 / RATE)
    slow, _ = whiten(np.sin(2 * np.pi * 5 * t), RATE, psd=psd, highpass=20)
    fast, _ = whiten(np.sin(2 * np.pi * 50 * t), RATE, psd=psd, highpass=20)
    assert np.abs(slow).max() < 0.01 and np.abs(fast).max() == pytest.approx(1, abs=0.05)


def test_filter_is_symmetric_and_zero_where_there_is_no_density():
    taps = whitening_taps(np.arange(9.0), np.array([1, 1, 0, np.nan, np.inf, 1, 1, 1, 1]), 16, 16)
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-15)
    assert np.isfinite(taps).all() and not whitening_taps(np.arange(9.0), np.zeros(9), 16, 16).any()


def test_too_short_series_and_odd_filters_are_refused():
    with pytest.raises(DataError, match=r"1 s is not longer than the filter of 2 s"):
        whiten(coloured(seconds=1), RATE, segment=0.5)
    with pytest.raises(UsageError, match="even number of taps"):
        whitening_taps(np.arange(5.0), np.ones(5), 8, 9)
