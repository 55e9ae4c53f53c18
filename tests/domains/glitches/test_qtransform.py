from pathlib import Path

import numpy as np
import pytest

import otrain
from otrain.domains.glitches.qtransform import q_transform, row_energies, transform_on_grid
from otrain.domains.glitches.readers.event_hdf5 import open_events
from otrain.domains.glitches.whitening import whiten
from otrain.errors import DataError, UsageError
from otrain.models.layers.q_tiling import QGrid, QTiling

RATE, SAMPLES = 1024, 8192
TIME = np.arange(SAMPLES) / RATE


def sine_gaussian(t0, f0, q, phase=0.3):
    return np.exp(-(2 * np.pi * f0 * (TIME - t0) / q) ** 2) * np.cos(2 * np.pi * f0 * (TIME - t0) + phase)


def noise(shape=(), seed=0):
    return np.random.default_rng(seed).normal(size=(*shape, SAMPLES))


@pytest.mark.parametrize("t0, f0", [(2.0, 40.0), (5.3, 100.0), (6.1, 220.0)])
def test_sine_gaussian_peaks_at_its_time_and_frequency(t0, f0):
    energies, times, frequencies = q_transform(
        noise() + 8 * sine_gaussian(t0, f0, 12), RATE, frequency_range=(20, 300), time_bins=512)
    time, frequency = np.unravel_index(energies.argmax(), energies.shape)
    # One time bin, and half the distance of two rows of a mismatch of 0.2.
    assert abs(times[time] - t0) <= 8 / 512 and abs(frequencies[frequency] / f0 - 1) < 0.045


def test_energy_is_largest_at_its_own_q_and_there_the_square_of_its_snr():
    signal = 3 * sine_gaussian(4.0, 100.0, 20)
    peaks = {}
    for q in (6, 10, 20, 40, 60):
        tiling = QTiling(RATE, SAMPLES, q, (99.9, 100.15), offset=0)
        peaks[q] = max(energies.max() for _, energies in row_energies(signal, tiling))
    assert max(peaks, key=peaks.get) == 20
    # Half the squared SNR: the other half lies in the phase that the signal does not have. The bisquare
    # window covers more than 97 % of a Gaussian.
    assert 0.97 < peaks[20] / (np.sum(signal**2) / 2) <= 1.0001


def test_white_noise_has_a_mean_energy_of_one_in_every_row():
    tiling = QTiling(RATE, SAMPLES, 12, (20, 300))
    for rows, energies in row_energies(noise((20,)), tiling):
        assert energies.shape[:2] == (20, len(rows))
        np.testing.assert_allclose(energies.mean((0, 2)), 1, atol=0.25)
        assert energies.mean() == pytest.approx(1, abs=0.08)


def test_median_of_noise_is_one_after_normalisation():
    energies, _, _ = q_transform(noise((4,)), RATE, frequency_range=(20, 300), time_bins=512)
    # Between rows the spline mixes two exponentials, whose median is a little higher.
    assert np.median(energies) == pytest.approx(1, abs=0.1)


def test_level_of_the_series_does_not_count_after_normalisation():
    once, _, _ = q_transform(noise(), RATE, frequency_range=(20, 300))
    again, _, _ = q_transform(1000 * noise(), RATE, frequency_range=(20, 300))
    np.testing.assert_allclose(once, again, rtol=1e-4, atol=1e-4)
    raw, _, _ = q_transform(2 * noise(), RATE, frequency_range=(20, 300), normalisation="none")
    assert raw.mean() == pytest.approx(4, rel=0.1)


def test_series_of_a_batch_do_not_know_each_other():
    strain = noise((2, 3))
    strain[1, 1] += 50 * sine_gaussian(3.0, 80.0, 12)
    batch, _, _ = q_transform(strain, RATE, frequency_range=(20, 300))
    assert batch.shape == (2, 3, 256, 64)
    for place in np.ndindex(2, 3):
        alone, _, _ = q_transform(strain[place], RATE, frequency_range=(20, 300))
        np.testing.assert_allclose(batch[place], alone, rtol=1e-4, atol=1e-5)


def test_maximum_sees_a_short_glitch_that_falls_between_two_samples():
    # In the middle of a bin of 62.5 ms; at 200 Hz a tile is 10 ms long.
    strain = noise() + 8 * sine_gaussian(4.03125, 200.0, 12)
    peaks = {reduce: q_transform(strain, RATE, frequency_range=(20, 300), time_bins=128,
                                 time_reduce=reduce)[0].max() for reduce in ("sample", "max", "mean")}
    assert peaks["max"] > 2 * peaks["sample"] and peaks["max"] > 2 * peaks["mean"]


def test_mean_over_bins_keeps_the_energy():
    grids = [QGrid(QTiling(RATE, SAMPLES, 12, (20, 60)), bins, [40.0], "mean") for bins in (64, 100)]
    means = [transform_on_grid(noise(), grid, normalisation="none").mean() for grid in grids]
    assert means[0] == pytest.approx(means[1], rel=0.02)


def test_linear_frequencies_are_where_they_say():
    energies, _, frequencies = q_transform(noise() + 8 * sine_gaussian(4.0, 150.0, 12), RATE,
                                           frequency_range=(100, 200), frequency_bins=51, log=False)
    assert np.diff(frequencies) == pytest.approx(2)
    assert abs(frequencies[energies.max(0).argmax()] - 150) <= 6


def test_silent_series_has_a_map_of_zeros():
    energies, _, _ = q_transform(np.zeros(SAMPLES), RATE, frequency_range=(20, 300))
    np.testing.assert_array_equal(energies, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_gaps_are_refused(value):
    strain = noise()
    strain[100] = value
    with pytest.raises(DataError, match="Fill the gaps first"):
        q_transform(strain, RATE, frequency_range=(20, 300))


def test_wrong_length_and_unknown_normalisation_are_refused():
    grid = QGrid(QTiling(RATE, SAMPLES, 12, (20, 300)), 64, [100.0])
    with pytest.raises(DataError, match=r"for 8192 samples. Received: 8191"):
        transform_on_grid(noise()[1:], grid)
    with pytest.raises(UsageError, match="Did you mean 'median'"):
        transform_on_grid(noise(), grid, normalisation="medians")


@pytest.mark.parametrize("offset, closest, apart", [(1, 0.999999, 1e-5), (0, 0.999, 0.02)])
def test_maps_agree_with_gwpy(offset, closest, apart):
    gwpy = pytest.importorskip("gwpy.timeseries")
    # reference: gwpy 4.1 TimeSeries.q_transform
    strain = noise() + 8 * sine_gaussian(4.0, 100.0, 12)
    theirs = gwpy.TimeSeries(strain, sample_rate=RATE).q_transform(
        qrange=(12, 12), frange=(20, 300), tres=8 / 256, fres=64, logf=True, whiten=False).value
    ours, _, _ = q_transform(strain, RATE, frequency_range=(20, 300), offset=offset)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > closest
    assert np.median(np.abs(ours / theirs - 1)[theirs > 5]) < apart


def test_signal_of_gw150914_stands_at_its_time_in_whitened_strain():
    path = Path(otrain.__file__).parents[1] / "../shared/data/glitches/gw150914/H-H1_LOSC_4_V2-1126259446-32.hdf5"
    if not path.is_file():
        pytest.skip("../shared/data is absent")
    with open_events(path) as events:
        series = events.read(events.events[0], "H1:Strain")
    white, valid = whiten(series.values, series.sample_rate)
    # 8 s about the merger; the filter cuts a second off at the beginning.
    first = round((1126259462.42 - 4 - series.t0 - 1) * 4096)
    energies, times, frequencies = q_transform(white[first:first + 32768], 4096, q=8, frequency_range=(20, 400),
                                               time_bins=1024)
    time, frequency = np.unravel_index(energies.argmax(), energies.shape)
    assert valid.all() and abs(times[time] - 4) < 0.02 and 80 < frequencies[frequency] < 250
    # 24 in the discovery paper for both sites, about 20 of it in H1.
    assert 50 < energies.max() * np.log(2) < 400
