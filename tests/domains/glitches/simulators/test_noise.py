import numpy as np
import pytest
from scipy.signal import welch

from otrain.domains.glitches.simulators.noise import SPECTRA, coloured_noise, design_psd, optimal_snr
from otrain.errors import UsageError


def test_design_has_the_published_values():
    # reference: Ajith 2011, PRD 84, 084037, equation 4.7, by hand at x = 1
    assert design_psd("advanced-ligo", [245.4])[0] == pytest.approx(1e-48 * 14.85, rel=1e-3)
    assert 3e-24 < np.sqrt(design_psd("advanced-ligo", [200.0])[0]) < 5e-24


@pytest.mark.parametrize("name", SPECTRA)
def test_spectra_are_positive_and_finite_from_zero_on(name):
    psd = design_psd(name, np.linspace(0, 8192, 1000))
    assert (psd > 0).all() and np.isfinite(psd).all()


@pytest.mark.parametrize("name, scale", [("white", 1.0), ("red", 1.0), ("advanced-ligo", 1.0)])
def test_noise_has_the_spectrum_it_was_asked_for(name, scale):
    noise = coloured_noise(np.random.default_rng(0), 256 * 512, 512.0, lambda f: design_psd(name, f))
    # reference: scipy.signal.welch
    frequencies, psd = welch(noise, 512.0, nperseg=1024)
    band = (frequencies > 20) & (frequencies < 250)
    np.testing.assert_allclose(psd[band] / design_psd(name, frequencies[band]), 1, atol=0.4)
    assert (psd[band] / design_psd(name, frequencies[band])).mean() == pytest.approx(1, abs=0.02)


def test_noise_does_not_come_round():
    made = [coloured_noise(np.random.default_rng(seed), 4096, 512.0, lambda f: 1 / np.maximum(f, 1) ** 4)
            for seed in range(20)]
    # The end of red noise lies far from its beginning; within it, neighbours lie close.
    assert np.mean([abs(one[-1] - one[0]) for one in made]) > 20 * np.abs(np.diff(made)).mean()


def test_snr_is_that_of_the_time_domain_in_white_noise():
    signal = np.random.default_rng(0).normal(size=(3, 512))
    signal -= signal.mean(axis=1, keepdims=True)
    # Variance per sample of noise of 1 / Hz: sample_rate / 2.
    expected = np.sqrt(np.sum(signal**2, axis=1) / 128)
    np.testing.assert_allclose(optimal_snr(signal, 256.0, np.ones_like), expected, rtol=5e-3)


def test_matched_filter_finds_the_snr_it_was_promised():
    rng, t = np.random.default_rng(1), np.arange(1024) / 256
    signal = np.exp(-((t - 2) / 0.1) ** 2) * np.sin(2 * np.pi * 40 * t)
    psd = lambda f: design_psd("red", f)  # noqa: E731
    signal *= 10 / optimal_snr(signal, 256.0, psd)
    frequencies = np.fft.rfftfreq(1024, 1 / 256)
    template = np.conj(np.fft.rfft(signal)) / psd(frequencies)
    filtered = [np.sum(template * np.fft.rfft(signal + coloured_noise(rng, 1024, 256.0, psd))).real
                * 4 / 256 / 1024 / 10 for _ in range(300)]
    assert np.mean(filtered) == pytest.approx(10, abs=0.25) and np.std(filtered) == pytest.approx(1, abs=0.15)


def test_unknown_spectrum_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'white'"):
        design_psd("whit", [1.0])
