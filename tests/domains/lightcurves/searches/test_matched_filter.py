import numpy as np
import pytest

from otrain.domains.lightcurves.searches.matched_filter import COLUMNS, matched_filter_events


def curve(seed=0, *, transits=((30.0, 8.0, 4e-4),), noise=1e-4, days=90):
    """Box transits ``(t0 [d], duration [h], depth)`` on white noise at half an hour."""
    time = (np.arange(days * 48) + 0.5) / 48
    flux = np.random.default_rng(seed).normal(1, noise, len(time))
    for t0, duration, depth in transits:
        flux[np.abs(time - t0) < duration / 48] -= depth
    return time, flux


def columns(events):
    return {name: np.round(values.astype(float), 6).tolist() for name, values in events.items()}


def test_transits_come_first_with_their_time_duration_and_depth():
    time, flux = curve(transits=[(10, 3, 6e-4), (40, 8, 5e-4), (70, 17, 4e-4)])
    events = matched_filter_events(time, flux)
    order = np.argsort(events["t0"][:3])
    np.testing.assert_allclose(events["t0"][:3][order], [10, 40, 70], atol=0.05)
    np.testing.assert_allclose(events["duration"][:3][order], [3, 8.5, 17], atol=1.6)
    # The window of a day and a half takes half of a transit of 17 h away.
    np.testing.assert_allclose(events["depth"][:3][order] / [6e-4, 5e-4, 4e-4], [1, 0.9, 0.5], atol=0.12)
    assert list(events) == list(COLUMNS)
    assert np.all(np.diff(events["statistic"]) <= 0)


def test_snr_against_white_noise_is_the_closed_form():
    snr = []
    for seed in range(20):
        time, flux = curve(seed)
        events = matched_filter_events(time, flux, widths=[8], window=6)
        snr.append(events["snr"][0])
    assert np.mean(snr) == pytest.approx(4 * np.sqrt(16), rel=0.05)  # depth / noise * sqrt(points)


def test_white_noise_rarely_reaches_five():
    alarms = sum(np.sum(matched_filter_events(*curve(seed, transits=()))["statistic"] > 5) for seed in range(100))
    assert alarms <= 5


def test_red_noise_raises_the_bar():
    rng = np.random.default_rng(0)
    time, flux = curve(transits=())
    red = np.convolve(rng.normal(size=len(time) + 11), np.ones(12) / np.sqrt(12), "valid") * 1e-4
    events = matched_filter_events(time, flux + red, floor=3)
    assert events["snr"].max() > 1.5 * events["statistic"].max()
    assert events["statistic"].max() < 6


def test_scale_offset_and_slope_change_nothing():
    time, flux = curve()
    one = matched_filter_events(time, flux)
    other = matched_filter_events(time, 1e6 * (flux - 1) - 40 * time)
    np.testing.assert_allclose(other["t0"][:1], one["t0"][:1])
    np.testing.assert_allclose(other["statistic"][:1], one["statistic"][:1], rtol=0.06)
    np.testing.assert_allclose(other["depth"][:1], 1e6 * one["depth"][:1], rtol=0.06)


def test_reversed_curve_has_the_same_events():
    time, flux = curve()
    one, back = matched_filter_events(time, flux), matched_filter_events(90 - time[::-1], flux[::-1])
    assert 90 - back["t0"][0] == pytest.approx(one["t0"][0], abs=0.022)
    assert back["statistic"][0] == pytest.approx(one["statistic"][0], rel=0.05)


def test_masked_points_never_count():
    time, flux = curve()
    hole = np.random.default_rng(1).random(len(time)) < 0.2
    marked = matched_filter_events(np.where(hole, np.nan, time), np.where(hole, np.nan, flux))
    absurd = np.where(hole, -1e6, flux)
    assert columns(marked) == columns(matched_filter_events(time, np.where(hole, np.nan, absurd)))
    assert columns(marked) == columns(matched_filter_events(time[~hole], flux[~hole]))


def test_float32_channels_of_a_cube_row_give_the_same_events():
    time, flux = curve()
    single = matched_filter_events(time.astype(np.float32), ((flux - 1) / 1e-4).astype(np.float32))
    assert single["t0"][0] == pytest.approx(matched_filter_events(time, flux)["t0"][0], abs=1e-4)


def test_waves_that_brighten_as_often_are_less_significant_than_dips():
    time, flux = curve(transits=())
    waves = 3e-4 * np.where(time % 20 < 4, np.sin(4 * np.pi * time), 0)  # a fifth of the curve: little to a median
    both, dips = matched_filter_events(time, flux + waves), matched_filter_events(time, flux + np.minimum(waves, 0))
    assert both["statistic"].max() < 0.85 * dips["statistic"].max()


def test_flares_and_single_low_points_are_no_events():
    time, flux = curve(transits=())
    flux[1000:1004] += [0.01, 0.005, 0.002, 0.001]
    flux[2000] -= 0.01
    assert not len(matched_filter_events(time, flux, floor=5)["t0"])


def test_jump_at_a_mask_update_is_no_event():
    time, flux = curve(transits=())
    segment = (time > 45).astype(int)
    assert not len(matched_filter_events(time, flux - 0.01 * segment, segment=segment, floor=5.5)["t0"])


def test_boxes_do_not_overlap():
    events = matched_filter_events(*curve(), floor=2)
    order = np.argsort(events["t0"])
    t0, half = events["t0"][order], events["duration"][order] / 48
    assert len(t0) > 10 and np.all(np.diff(t0) >= half[1:] + half[:-1] - 1e-9)


def test_events_near_gaps_ends_and_mask_updates_are_flagged():
    time, flux = curve(transits=[(0.2, 6, 1e-3), (20, 6, 1e-3), (40, 6, 1e-3), (60, 6, 1e-3)])
    flux[(time > 20.2) & (time < 21)] = np.nan
    events = matched_filter_events(time, flux, segment=(time > 40.2).astype(int))
    order = np.argsort(events["t0"][:4])
    assert events["near_edge"][order].tolist() == [True, False, False, False]
    assert events["near_gap"][order].tolist() == [False, True, False, False]
    assert events["near_segment"][order].tolist() == [False, False, True, False]


@pytest.mark.parametrize("flux", [np.ones(200), np.full(200, np.nan), np.r_[1.0, np.full(199, np.nan)]])
def test_curves_without_noise_or_points_have_no_events(flux):
    events = matched_filter_events(np.arange(200) / 48, flux)
    assert list(events) == list(COLUMNS) and not len(events["t0"])


def test_simulated_plato_quarter_has_its_three_transits_first(shared_curve):
    events = matched_filter_events(*shared_curve("psls"))
    np.testing.assert_allclose(np.sort(events["t0"][:3]), [4.25, 33.25, 62.25], atol=0.05)
    assert events["statistic"][2] > 12 and events["statistic"][3] < 6
    np.testing.assert_allclose(events["depth"][:3], 428, rtol=0.25)


def test_kepler_90_g_is_the_only_event(shared_curve):
    time, flux = shared_curve("kepler-90")
    events = matched_filter_events(time, flux)
    assert events["t0"][0] == pytest.approx(357.64, abs=0.25)
    assert events["depth"][0] / np.nanmedian(flux) == pytest.approx(4159e-6, rel=0.1)
    assert len(events["t0"]) == 1


def test_all_transits_of_wasp_4_come_before_any_false_alarm(shared_curve):
    time, flux = shared_curve("wasp-4")
    events = matched_filter_events(time, flux)
    phase = (events["t0"] - 1355.187) / 1.33823 % 1
    hit = np.minimum(phase, 1 - phase) < 0.03
    assert hit[:18].all() and np.sum(~hit) <= 2
    assert len(np.unique(np.round((events["t0"][hit] - 1355.187) / 1.33823))) == hit.sum()


def test_flares_of_gj_1243_are_no_transits(shared_curve):
    assert not len(matched_filter_events(*shared_curve("gj-1243"))["t0"])
