from dataclasses import replace

import numpy as np
import pytest

from otrain.domains.lightcurves.simulators.instrument import (
    COSMIC,
    DUMP,
    NO_DATA,
    STRAY_LIGHT,
    TWEAK,
    draw_instrument,
)
from otrain.domains.lightcurves.simulators.presets import PRESETS

CALM = {"drift": (1e-3, 1e-2), "wander": 0.0, "recovery": 0.0, "dropouts": 0.0, "cosmic_hits": 0.0, "ramp": 0.0,
        "long_gap_step": 0.0, "short_gap_step": 0.0, "dump_step": 0.0}


def seen(seed, name="plato", cadence=600.0, sigma=1e-4, cameras=24, **changes):
    preset = replace(PRESETS[name], **changes)
    count = int(preset.quarter * 86400 / cadence)
    return draw_instrument(np.random.default_rng(seed), preset, count, cadence, sigma, cameras)


def test_flux_jumps_at_the_updates_of_the_mask_and_nowhere_else():
    updates = 0
    for seed in range(10):
        one = seen(seed, **CALM)
        steps = np.abs(np.diff(one.gain / one.gain.mean()))
        found = np.flatnonzero(steps > 1e-6) + 1
        assert set(found) <= set(one.jumps)
        assert np.all(one.quality[one.jumps] & TWEAK)
        updates += len(found)
    assert 20 <= updates <= 45  # every 28 d


def test_mask_jumps_have_the_size_of_the_preset():
    sizes = [abs(one.gain[jump] - one.gain[jump - 1]) for one in (seen(seed, **CALM) for seed in range(60))
             for jump in one.jumps]
    # median of |N(0, 250 ppm)| is 0.67 times that; the size of each star scatters
    assert 80e-6 < np.median(sizes) < 300e-6


def test_plato_has_short_gaps_every_five_days():
    one = seen(0, **CALM | {"short_gap_step": 5.0})
    lost = one.quality & NO_DATA > 0
    begins = np.flatnonzero(np.diff(lost.astype(int)) == 1)
    assert 15 <= len(begins) <= 19
    assert np.all(np.abs(np.diff(begins) * 600 / 86400 - 5) < 1.5)
    assert lost.sum() <= 3 * len(begins)  # 1150 s


def test_kepler_loses_a_day_in_a_month_and_recovers():
    lost = [np.mean(seen(seed, "kepler", 1765.46).quality & NO_DATA > 0) for seed in range(30)]
    assert np.mean(lost) == pytest.approx(1 / 31, rel=0.25)


def test_tess_has_a_gap_in_the_middle_of_every_sector_and_stray_light_before_it():
    stray = 0
    for seed in range(10):
        one = seen(seed, "tess", 1200.0)
        lost = np.flatnonzero(one.quality & NO_DATA) * 1200 / 86400
        assert lost.min() > 12 and lost.max() < 16 and 0.8 < lost.max() - lost.min() < 1.8
        stray += bool(np.any(one.quality & STRAY_LIGHT))
    assert stray >= 7


def test_momentum_dumps_are_flagged_and_faint():
    one = seen(0, "kepler", 1765.46, **CALM | {"dump_step": 3.0, "mask_step": 0.0})
    dumps = one.quality & DUMP > 0
    assert 28 <= dumps.sum() <= 32
    assert np.all(one.offset[dumps] < 0) and np.all(one.offset[~dumps] == 0)


def test_cosmic_hits_brighten_and_are_noticed_in_part():
    hits = noticed = 0
    for seed in range(20):
        one = seen(seed, **CALM | {"cosmic_hits": 0.02, "mask_step": 0.0})
        assert one.offset.min() >= 0
        hits += np.count_nonzero(one.offset > 4e-4 * 0.9)
        noticed += np.count_nonzero(one.quality & COSMIC)
    expected = 20 * 0.02 * 24 * 89.81
    assert 0.9 * expected < hits < 1.8 * expected  # some decay over several exposures
    assert noticed == pytest.approx(0.3 * expected, rel=0.2)


def test_drift_over_a_quarter_is_slow_and_within_the_range():
    sizes = []
    for seed in range(50):
        gain = seen(seed, **CALM | {"drift": (1000.0, 1000.0), "mask_step": 0.0}).gain
        gain = gain / gain.mean()
        assert np.abs(np.diff(gain)).max() < 2e-6
        sizes.append(np.ptp(gain))
    assert 500e-6 < np.median(sizes) < 2500e-6


def test_sudden_dropout_recovers_in_part():
    one = seen(3, "kepler", 1765.46, **CALM | {"dropouts": 5.0, "mask_step": 0.0})
    gain = one.gain / one.gain[0]
    assert np.diff(gain).min() < -5e-5 and np.diff(gain).max() < 1e-3 and gain[-1] < 1


@pytest.mark.parametrize("name", PRESETS)
def test_presets_make_every_quarter_usable(name):
    for seed in range(5):
        one = seen(seed, name, PRESETS[name].cadence)
        assert np.mean(one.quality & NO_DATA == 0) > 0.8
        assert np.all(np.isfinite(one.gain)) and 0.9 < one.gain.min() < one.gain.max() < 1.1
