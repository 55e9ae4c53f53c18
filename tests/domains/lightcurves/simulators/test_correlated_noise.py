import numpy as np
import pytest
from scipy.integrate import quad

from otrain.domains.lightcurves.simulators.correlated_noise import (
    Oscillator,
    Relaxation,
    draw_flicker,
    granulation,
    oscillations,
    simulate_noise,
    spectrum_of_samples,
)
from otrain.domains.lightcurves.simulators.stars import StellarParameters

SUN = StellarParameters(mass=1.0, radius=1.0, teff=5772.0, rotation=25.0)


@pytest.mark.parametrize("quality", [0.5, 1 / np.sqrt(2), 3.0])
def test_integral_of_the_spectrum_is_the_variance(quality):
    one = Oscillator(3.0, 1e-3, quality)
    variance = quad(one.spectrum, 0, 0.2, limit=500, points=[1e-3])[0]
    assert variance == pytest.approx(9.0, rel=1e-3)


def test_relaxation_forgets_exponentially():
    one, cadence = Relaxation(2.0, 3600.0), 360.0
    assert quad(one.spectrum, 0, 1.0, limit=2000, points=[1e-5, 1e-4, 1e-3])[0] == pytest.approx(4.0, rel=1e-3)
    series = simulate_noise(np.random.default_rng(0), [one], 400_000, cadence)
    # a correlation of 1/e after ten exposures; averaging over one changes it by 1 %
    match = np.mean(series[:-10] * series[10:]) / np.mean(series**2)
    assert match == pytest.approx(np.exp(-1), abs=0.02) and series.std() == pytest.approx(2.0, rel=0.04)


def test_flicker_is_that_of_a_quiet_star_and_grows_with_rotation():
    drawn = [draw_flicker(np.random.default_rng(seed), SUN) for seed in range(300)]
    assert np.median([one.rms for one in drawn]) == pytest.approx(40 * (25 / 20) ** -0.5, rel=0.1)
    assert np.median([one.time for one in drawn]) / 86400 == pytest.approx(0.8, rel=0.1)
    fast = StellarParameters(mass=1.0, radius=1.0, teff=5772.0, rotation=5.0)
    assert draw_flicker(np.random.default_rng(0), fast).rms > 2 * drawn[0].rms


def test_granulation_has_a_spectrum_that_falls_with_the_fourth_power():
    one = granulation(SUN)[0]
    assert one.spectrum(one.frequency) == pytest.approx(one.spectrum(0.0) / 2)
    assert one.spectrum(1e3 * one.frequency) == pytest.approx(one.spectrum(0.0) * 1e-12, rel=1e-3)


def test_granulation_of_the_sun_has_the_published_size_and_time():
    # Kallinger et al. 2014 at numax = 3090 muHz
    slow, fast = granulation(SUN)
    assert slow.rms == fast.rms == pytest.approx(25.3, rel=0.01)
    assert slow.frequency == pytest.approx(770e-6, rel=0.01) and fast.frequency == pytest.approx(2747e-6, rel=0.01)


def test_subgiant_flickers_more_and_slower():
    giant = StellarParameters(mass=1.2, radius=2.5, teff=5200.0, rotation=25.0)
    assert granulation(giant)[0].rms > 2 * granulation(SUN)[0].rms
    assert granulation(giant)[0].frequency < granulation(SUN)[0].frequency / 3


@pytest.mark.parametrize("cadence", [60.0, 1800.0])
def test_simulated_spectrum_is_the_target(cadence):
    sources, count = granulation(SUN), 2**15
    frequency = np.fft.rfftfreq(count, cadence)[1:-1]
    target = spectrum_of_samples(sources, frequency, cadence)
    total = np.zeros(len(frequency))
    for seed in range(8):
        series = simulate_noise(np.random.default_rng(seed), sources, count, cadence)
        total += 2 * cadence / count * np.abs(np.fft.rfft(series)[1:-1]) ** 2 / 8
    ratio = (total / target)[: len(frequency) // 16 * 16].reshape(16, -1).mean(axis=1)
    # 16 bands of 1023 frequencies, 8 series: each mean has an error of 1.1 %
    assert np.all(np.abs(ratio - 1) < 0.06)


def test_exposure_averages_as_a_boxcar_does():
    one = [Oscillator(30.0, 5e-4)]
    fine = simulate_noise(np.random.default_rng(1), one, 30 * 20_000, 60.0)
    averaged = fine.reshape(-1, 30).mean(axis=1).std()
    direct = simulate_noise(np.random.default_rng(2), one, 20_000, 1800.0).std()
    assert direct == pytest.approx(averaged, rel=0.03)
    assert direct < 0.7 * fine.std()


def test_strongest_oscillation_of_the_sun_is_at_numax():
    modes = oscillations(SUN)
    radial = [mode for mode in modes if mode.rms < 2.6]
    strongest = max(modes, key=lambda mode: mode.rms)
    assert abs(strongest.frequency * 1e6 - 3090) < 135
    assert max(mode.rms for mode in radial) == pytest.approx(2.5, rel=0.1)


def test_oscillations_hold_the_power_of_their_modes():
    modes = oscillations(SUN)
    frequency = np.fft.rfftfreq(2**18, 60.0)
    power = spectrum_of_samples(modes, frequency, 60.0)
    expected = sum(mode.rms**2 * np.sinc(mode.frequency * 60.0) ** 2 for mode in modes)
    assert np.trapezoid(power, frequency) == pytest.approx(expected, rel=0.02)


def test_mode_above_the_nyquist_frequency_is_folded_below_it():
    mode = Oscillator(1.0, 3e-3, 800.0)
    frequency = np.linspace(0, 1 / 600, 20_001)  # of exposures of 300 s
    power = spectrum_of_samples([mode], frequency, 300.0)
    assert frequency[np.argmax(power)] == pytest.approx(1 / 300 - 3e-3, rel=1e-3)
