import numpy as np
import pytest

from otrain.data.inputs.example import Example
from otrain.data.inputs.listing import Input
from otrain.domains.lightcurves.injection.copies import RawDoor, free_slots, injected_copies
from otrain.domains.lightcurves.preparation import make_recipe, prepare

STEP = 1 / 48
RECIPE = make_recipe(length=960)


def raw(slots=960, gap=None):
    time = 100 + (np.arange(slots) + 0.5) * STEP
    flux = 5000 * (1 + np.random.default_rng(1).normal(0, 1e-4, slots))
    keep = np.ones(slots, bool) if gap is None else (time < gap[0]) | (time > gap[1])
    return Example(np.column_stack([time, flux])[keep], ("time", "flux"), {"object_id": "s", "file": "s.csv"})


def slots_of(example):
    windows = prepare(example, RECIPE)
    time = np.concatenate([window.image[:, window.channels.index("time")] + window.columns["time_start"]
                           for window in windows])
    valid = np.concatenate([np.isfinite(window.image[:, 0]) for window in windows])
    return time, valid & np.isfinite(time)


def copies_of(example, recipe=RECIPE, **options):
    options = {"depths": (0.002,), "durations": (6.0,), "repeats": 1} | options
    return list(injected_copies(example, recipe, *slots_of(example), **options))


def test_prepared_copy_has_a_transit_of_the_depth_at_the_time():
    example = raw()
    before = example.image.copy()
    [(windows, truth)] = copies_of(example)
    flux, residual, time = (windows[0].image[:, windows[0].channels.index(name)] * (1 if name == "time" else
                            windows[0].columns["scale"]) for name in ("flux", "residual", "time"))
    inside = np.abs(time + windows[0].columns["time_start"] - truth["t0"][0]) < 1 / 24
    assert np.mean(flux[inside]) == pytest.approx(-0.002, abs=1.5e-4)
    assert np.mean(residual[inside]) == pytest.approx(-0.002, abs=1.5e-4)
    np.testing.assert_array_equal(example.image, before)


def test_expected_snr_is_depth_over_the_white_noise_of_the_transit():
    [(_, truth)] = copies_of(raw())
    assert truth["snr"][0] == pytest.approx(0.002 / (1e-4 / np.sqrt(12)), rel=0.15)


def test_same_seed_gives_the_same_times_and_another_seed_others():
    first, again, other = (copies_of(raw(), seed=seed)[0][1]["t0"] for seed in (3, 3, 4))
    assert first == again != other


def test_no_transit_lies_in_a_gap_at_an_end_or_upon_a_known_event():
    time = np.arange(480) * STEP
    valid = np.abs(time - 5) > 0.5
    free = time[free_slots(time, valid, 6.0, cadence=1800, avoid=[(8.0, 12.0)])]
    assert len(free) and np.all(np.abs(free - 8) > 18 / 24)
    assert np.all(np.abs(free - 5) > 0.5 + 0.08) and free.min() > 0.08 and free.max() < time[-1] - 0.08


def test_long_curve_gets_one_transit_in_each_stretch_of_a_window():
    copies = copies_of(raw(3 * 960), repeats=6)
    assert [len(truth["t0"]) for _, truth in copies] == [3, 3]
    assert all(np.all(np.diff(np.sort(truth["t0"])) > 6 / 24) for _, truth in copies)


def test_transits_without_a_place_are_counted():
    copies = copies_of(raw(), durations=(6.0, 1000.0), repeats=2)
    windows, truth = copies[-1]
    assert windows == [] and truth["duration"] == [1000.0] * 2 and np.isnan(truth["t0"]).all()
    assert sum(len(truth["t0"]) for windows, truth in copies if windows) == 2


def test_door_gives_curves_as_they_were_read_and_quarantines_what_cannot_be_prepared(tmp_path):
    example = raw()
    np.savetxt(tmp_path / "good.csv", example.image, delimiter=",", header="time,flux", comments="", fmt="%.12g")
    np.savetxt(tmp_path / "flat.csv", np.column_stack([example.image[:, 0], np.ones(960)]), delimiter=",",
               header="time,flux", comments="")
    door = RawDoor(RECIPE)
    [kept], [fault] = (door(Input(tmp_path / name, name)) for name in ("good.csv", "flat.csv"))
    np.testing.assert_allclose(kept.example.image[:, list(kept.example.channels).index("flux")], example.image[:, 1],
                               rtol=1e-9)
    assert fault.reason == "no-variation"
