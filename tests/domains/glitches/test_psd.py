import numpy as np
import pytest
from scipy.signal import welch

from otrain.domains.glitches.psd import AVERAGES, estimate_psd, median_bias
from otrain.errors import DataError, UsageError

RATE = 256


def noise(shape=(), seconds=64, seed=0):
    return np.random.default_rng(seed).normal(size=(*shape, seconds * RATE))


@pytest.mark.parametrize("average", ["mean", "median"])
def test_density_is_that_of_scipy(average):
    frequencies, psd = estimate_psd(noise((3,)) + 7, RATE, average=average)
    # reference: scipy.signal.welch
    expected = welch(noise((3,)) + 7, RATE, nperseg=2 * RATE, average=average)
    np.testing.assert_allclose(frequencies, expected[0])
    np.testing.assert_allclose(psd, expected[1], rtol=1e-10, atol=1e-20)


@pytest.mark.parametrize("average", AVERAGES)
def test_white_noise_has_twice_its_variance_over_the_rate(average):
    _, psd = estimate_psd(3 * noise((20,)), RATE, average=average)
    assert psd[:, 1:-1].mean() == pytest.approx(2 * 9 / RATE, rel=0.02)


@pytest.mark.parametrize("average, moved", [("mean", True), ("median", False), ("median-mean", False)])
def test_loud_glitch_moves_the_mean_alone(average, moved):
    loud = noise()
    loud[5000:5040] += 500
    _, quiet = estimate_psd(noise(), RATE, average=average)
    _, psd = estimate_psd(loud, RATE, average=average)
    assert (psd[1:40].mean() > 2 * quiet[1:40].mean()) == moved


@pytest.mark.parametrize("average", AVERAGES)
def test_segments_with_gaps_are_left_out(average):
    strain = noise((2,), seconds=20)
    strain[1, 10 * RATE:] = np.nan
    strain[1, 9 * RATE + 5] = np.inf
    _, psd = estimate_psd(strain, RATE, average=average)
    # Segments of 2 s at every second: those that begin at 8 s and later touch a gap.
    _, alone = estimate_psd(strain[1, :9 * RATE], RATE, average=average)
    np.testing.assert_allclose(psd[1], alone)


@pytest.mark.parametrize("average", AVERAGES)
def test_series_without_a_whole_segment_has_no_density(average):
    strain = noise((2,), seconds=8)
    strain[0, ::RATE] = np.nan
    _, psd = estimate_psd(strain, RATE, average=average)
    assert np.isnan(psd[0]).all() and np.isfinite(psd[1]).all()


@pytest.mark.parametrize("average", AVERAGES)
def test_one_segment_is_its_own_average(average):
    _, psd = estimate_psd(noise(seconds=2), RATE, average=average)
    np.testing.assert_allclose(psd, estimate_psd(noise(seconds=2), RATE, average="mean")[1])


def test_line_stands_at_its_frequency():
    t = np.arange(64 * RATE) / RATE
    frequencies, psd = estimate_psd(noise() + 5 * np.sin(2 * np.pi * 60 * t), RATE)
    assert frequencies[psd.argmax()] == 60


def test_bias_of_the_median_is_the_expected_one():
    draws = np.random.default_rng(0).exponential(size=(200_000, 7))
    assert median_bias(7) == pytest.approx(np.median(draws, axis=1).mean(), rel=0.005)
    np.testing.assert_allclose(median_bias(np.array([1, 2, 3, 4])), [1, 1, 5 / 6, 5 / 6])


def test_impossible_requests_are_refused():
    with pytest.raises(UsageError, match="Did you mean 'median'"):
        estimate_psd(noise(), RATE, average="medium")
    with pytest.raises(UsageError, match=r"overlap 1"):
        estimate_psd(noise(), RATE, overlap=1)
    with pytest.raises(DataError, match=r"1 s is shorter than a segment of 2 s"):
        estimate_psd(noise(seconds=1), RATE)
