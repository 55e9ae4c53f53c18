import numpy as np
import pytest

from otrain.domains.glitches.scan.peak_maps import MapSettings, at_scan_rate, peak_maps
from otrain.domains.glitches.series import Series
from otrain.errors import DataError, UsageError

GPS, DURATION = 1e9 + 0.5, 16.0


def series(rate=512.0, glitches=((7.23, 25.0),), seed=0, lead=0.0, channel="x"):
    t = np.arange(round((DURATION + lead) * rate)) / rate - lead
    values = np.random.default_rng(seed).normal(size=len(t))
    for t0, f0 in glitches:
        # White noise of variance 1 is quieter per Hz at a higher rate: the same SNR2 of about 200 at all.
        values += 8 * np.sqrt(512 / rate) * np.exp(-(2 * np.pi * f0 * (t - t0) / 8) ** 2) * np.sin(
            2 * np.pi * f0 * (t - t0))
    return Series(channel, values, rate, GPS - lead)


def found(some, settings=None):
    return peak_maps(some, settings or MapSettings(), start=GPS, duration=DURATION)


def bins(peaks):
    """The time bins with peaks, each neighbour of one before it left out."""
    times = np.flatnonzero(peaks.any(-1))
    return times[np.diff(times, prepend=-9) > 1].tolist()


def near(got, *expected):
    return len(got) == len(expected) and all(abs(a - b) <= 1 for a, b in zip(got, expected))


@pytest.mark.parametrize("rate", [128.0, 256.0, 512.0, 4096.0, 1000.0])
def test_glitch_is_found_at_its_time_and_frequency_at_every_rate(rate):
    peaks, valid = found([series(rate)])
    assert peaks.shape == (1, 140, 84) and valid.all()
    # A second is cut off; the event begins at its own GPS time.
    assert near(bins(peaks[0]), int((7.23 - 1) / 0.1))
    assert np.abs(MapSettings().frequencies[peaks[0].any(0)] - 25).max() <= 3


def test_channels_of_different_rates_share_one_grid():
    peaks, _ = found([series(4096.0), series(256.0, ((9.0, 40.0),)), series(512.0, ())])
    assert near(bins(peaks[0]), 62) and near(bins(peaks[1]), 80) and not peaks[2].any()


def test_series_that_begins_earlier_is_cropped_to_the_event():
    peaks, _ = found([series(lead=3.0)])
    assert near(bins(peaks[0]), 62)


def test_slow_channel_holds_the_low_frequencies_alone():
    peaks, valid = found([series(64.0, ((7.23, 15.0),))])
    assert valid.all() and abs(MapSettings().frequencies[np.argwhere(peaks[0])[0, 1]] - 15) <= 1
    with pytest.raises(DataError, match="16 Hz holds no frequency of the map from 8 Hz on"):
        found([series(16.0, ())])


def test_glitch_beside_a_gap_is_not_seen_and_others_are():
    one = series(glitches=((7.23, 25.0), (12.0, 30.0)))
    one.values[round(6.9 * 512):round(7.0 * 512)] = np.nan
    peaks, valid = found([one])
    assert near(bins(peaks[0]), 110)
    # Half a filter of a second and a tile's reach, 0.24 s, to either side.
    bad = np.flatnonzero(~valid[0])
    assert bad[0] in (45, 46, 47) and bad[-1] in (70, 71, 72, 73)


def test_constant_and_empty_channels_have_no_peaks():
    constant = Series("c", np.full(8192, 3.2), 512.0, GPS)
    empty = Series("e", np.full(8192, np.nan), 512.0, GPS)
    peaks, valid = found([constant, empty, series()])
    assert peaks.any((1, 2)).tolist() == [False, False, True] and valid.any(1).tolist() == [True, False, True]


def test_gain_of_a_channel_does_not_count():
    loud = series()
    tiny = Series("t", loud.values * 1e-21, 512.0, GPS)
    peaks, _ = found([loud, tiny])
    np.testing.assert_array_equal(peaks[0], peaks[1])


@pytest.mark.parametrize("t0", [GPS + 0.5, GPS - 8, GPS + 1 / 700])
def test_series_that_does_not_cover_the_event_is_refused(t0):
    with pytest.raises(DataError, match=r"x: covers .* not the event from"):
        at_scan_rate(Series("x", np.zeros(8192), 512.0, t0), MapSettings(), start=GPS, duration=DURATION)


def test_short_events_and_impossible_steps_are_refused():
    with pytest.raises(DataError, match=r"an event of 1.5 s leaves nothing"):
        at_scan_rate(Series("x", np.zeros(8192), 512.0, GPS), MapSettings(), start=GPS, duration=1.5)
    with pytest.raises(UsageError, match="positive steps"):
        MapSettings(time_step=0)
    with pytest.raises(UsageError, match=r"range 50 to 8 Hz"):
        MapSettings(frequency_range=[50, 8])


def test_fast_series_is_kept_at_the_rate_of_the_maps():
    fast = series(4096.0, lead=1.0)
    slow = at_scan_rate(fast, MapSettings(), start=GPS, duration=DURATION)
    assert (slow.sample_rate, slow.t0, len(slow.values)) == (256.0, GPS, 4096)
    np.testing.assert_array_equal(found([slow])[0], found([fast])[0])
    fast.values[4096 * 9] = np.nan
    gap = np.flatnonzero(np.isnan(at_scan_rate(fast, MapSettings(), start=GPS, duration=DURATION).values))
    # 8 s after the event's beginning, and as far as the filter reaches.
    assert (gap[0], gap[-1]) == (8 * 256 - 32, 8 * 256 + 32)
