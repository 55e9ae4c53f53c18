import numpy as np
import pytest

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.columns import CHANNELS
from otrain.domains.lightcurves.preparation import check_recipe, make_recipe, prepare, prepare_rows
from otrain.domains.lightcurves.truth.ephemerides import Body
from otrain.errors import UsageError

STEP = 1 / 48
PLANET = Body("planet", t0=10.0 + STEP / 2, period=20.0, duration=12.0, depth=0.002)


def curve(days=30.0, seed=0, scale=1.0, offset=0.0, **columns):
    time = 3.0 + np.arange(0, days, STEP)
    flux = 1 + np.random.default_rng(seed).normal(0, 2e-4, len(time)) + offset
    flux[np.abs((time - PLANET.t0 + 10) % 20 - 10) < 0.25] -= 0.002
    return Example(np.column_stack([time, scale * flux]), ("time", "flux"),
                   {"object_id": "star 1", "quarter": 4, "file": "f"} | columns)


def channel(window, name):
    return window.image[:, CHANNELS.index(name)]


def test_depth_is_value_times_scale():
    window = prepare(curve(), make_recipe(length=2000), [PLANET])[0]
    inside = channel(window, "label") == 1
    assert window.columns["scale"] == pytest.approx(2e-4, rel=0.1)
    for name in ("flux", "residual"):
        # A transit of a quarter of the window lowers its median by 0.4 of the noise, a twentieth of this depth.
        depth = -channel(window, name)[inside].mean() * window.columns["scale"]
        assert depth == pytest.approx(0.002, rel=0.03 if name == "flux" else 0.08)
    assert window.columns["noise"] == pytest.approx(200 / np.sqrt(2), rel=0.1), "ppm in one hour"


def test_scale_of_the_flux_changes_nothing():
    one, other = (prepare(curve(scale=scale), make_recipe(), [PLANET])[0] for scale in (1.0, 5e4))
    np.testing.assert_allclose(one.image, other.image, rtol=0, atol=1e-4)
    for name, value in one.columns.items():
        assert value == (other.columns[name] if isinstance(value, str) else pytest.approx(other.columns[name])), name


def test_added_light_dilutes_depth_and_noise_alike():
    one, diluted = (prepare(curve(offset=offset), make_recipe(), [PLANET])[0] for offset in (0.0, 1.0))
    np.testing.assert_allclose(one.image, diluted.image, rtol=0, atol=0.02)
    assert diluted.columns["scale"] == pytest.approx(one.columns["scale"] / 2, rel=1e-3)


def test_time_is_counted_from_the_left_edge_of_the_first_slot():
    window = prepare(curve(), make_recipe())[0]
    assert window.columns["time_start"] == pytest.approx(3.0 - STEP / 2)
    np.testing.assert_allclose(channel(window, "time")[:3], STEP * (np.arange(3) + 0.5), rtol=1e-4)


def test_short_light_curve_ends_in_nan_in_every_channel():
    window = prepare(curve(days=10), make_recipe(length=1000))[0]
    assert np.isfinite(channel(window, "flux")[:480]).all() and np.isnan(window.image[480:]).all()


def test_long_light_curve_becomes_consecutive_windows_with_all_points():
    windows = prepare(curve(days=50), make_recipe(length=1000), [PLANET])
    assert [window.columns["candid"] for window in windows] == ["star1_4_0", "star1_4_1", "star1_4_2"]
    assert sum(int(np.isfinite(channel(window, "flux")).sum()) for window in windows) == 2400
    starts = [window.columns["time_start"] for window in windows]
    np.testing.assert_allclose(np.diff(starts), 1000 * STEP)
    whole = prepare(curve(days=50), make_recipe(length=2400), [PLANET])[0]
    np.testing.assert_array_equal(np.concatenate([channel(w, "residual") for w in windows])[:2400],
                                  channel(whole, "residual"), "cutting comes last")


def test_overlapping_windows_cover_the_end():
    windows = prepare(curve(days=30), make_recipe(length=1000, stride=500))
    assert len(windows) == 2
    np.testing.assert_array_equal(channel(windows[0], "flux")[500:], channel(windows[1], "flux")[:500])


def test_windows_in_a_long_gap_are_left_out():
    example = curve(days=100)
    time = example.image[:, 0]
    example.image = example.image[(time < 13) | (time > 93)]
    windows = prepare(example, make_recipe(length=480))
    assert [window.columns["candid"] for window in windows] == ["star1_4_0", "star1_4_1"]
    assert [round(window.columns["time_start"]) for window in windows] == [3, 93]
    assert all(np.isfinite(channel(window, "flux")).any() for window in windows)


def test_label_and_events_agree():
    window = prepare(curve(), make_recipe(length=1440), [PLANET])[0]
    rows = window.tables["events"]
    assert [(round(row["t0"]), row["points"], row["kind"]) for row in rows] == [
        (10, 24, "planet"), (30, 24, "planet")]
    assert window.label == 1 and (channel(window, "label") == 1).sum() == 48
    assert rows[0]["snr"] == pytest.approx(0.002 / window.columns["scale"] * np.sqrt(24))


def test_event_without_a_point_is_no_event_of_the_window():
    example = curve()
    example.image = example.image[np.abs(example.image[:, 0] - 10) > 0.4]
    window = prepare(example, make_recipe(), [PLANET])[0]
    assert [round(row["t0"]) for row in window.tables["events"]] == [30]


@pytest.mark.parametrize("bodies, label, points", [
    ([], 0, 0.0), (None, -1, np.nan), ([Body("unknown", np.nan)], -1, np.nan), ([Body("none", np.nan)], 0, 0.0)])
def test_what_is_not_known_is_no_continuum(bodies, label, points):
    window = prepare(curve(), make_recipe(), bodies)[0]
    assert window.label == label and window.tables == {"events": []}
    np.testing.assert_array_equal(channel(window, "label")[:5], points)


def test_labels_of_the_file_are_used_where_no_table_is_given():
    example = curve()
    inside = np.abs(example.image[:, 0] - 10) < 0.25
    example.image = np.column_stack([example.image, np.where(inside, 2.0, 0.0)])
    example.channels = ("time", "flux", "label")
    window = prepare(example, make_recipe())[0]
    row, = window.tables["events"]
    assert window.label == 2 and row["kind"] == "binary" and row["duration"] == pytest.approx(11.5, abs=1)
    assert row["t0"] == pytest.approx(10, abs=STEP) and np.isnan(row["depth"])
    assert prepare(example, make_recipe(), [])[0].label == 0, "the table prevails"


def test_flags_of_the_mission_mask_samples():
    example = curve(mission="Kepler")
    quality = np.zeros(len(example.image))
    quality[5], quality[9] = 32, 128  # desaturation, cosmic ray (corrected)
    example.image = np.column_stack([example.image, quality])
    example.channels = ("time", "flux", "quality")
    for policy, masked in (("default", [5]), ("any", [5, 9]), ("none", [])):
        window = prepare(example, make_recipe(quality=policy))[0]
        assert np.flatnonzero(np.isnan(channel(window, "flux")[:1440])).tolist() == masked
        assert window.columns["flagged"] == len(masked)


def test_minmax_scales_every_window_from_zero_to_one():
    for window in prepare(curve(), make_recipe(length=720, scaling="minmax"), [PLANET]):
        flux = channel(window, "flux")
        assert (np.nanmin(flux), np.nanmax(flux)) == pytest.approx((0, 1))
        depth = -np.nanmean(channel(window, "residual")[channel(window, "label") == 1]) * window.columns["scale"]
        assert depth == pytest.approx(0.002, rel=0.1)


def test_input_is_not_changed():
    example = curve()
    before = example.image.copy()
    prepare(example, make_recipe(), [PLANET])
    np.testing.assert_array_equal(example.image, before)


def test_channels_are_chosen_by_name():
    window = prepare(curve(), make_recipe(channels=["residual", "flux"]), [PLANET])[0]
    assert window.channels == ("residual", "flux") and window.image.shape == (4320, 2)


def test_rows_of_a_cube_are_those_that_the_door_prepares():
    windows = prepare(curve(days=50), make_recipe(length=1000))
    images = np.stack([window.image for window in windows] + [np.full_like(windows[0].image, np.nan)])
    prepared, usable, faults = prepare_rows(images, CHANNELS, make_recipe(length=1200, channels=["flux", "time"]))
    np.testing.assert_array_equal(usable, [0, 1, 2])
    np.testing.assert_array_equal(prepared[:, :1000], images[:3][..., [0, 3]])
    assert np.isnan(prepared[:, 1000:]).all() and faults[3].reason == "no-finite-pixel"


@pytest.mark.parametrize("options, reason", [({"length": 10}, "bad-shape"), ({"channels": ["flux_err"]}, "missing-channel")])
def test_rows_that_cannot_be_prepared_are_faults(options, reason):
    prepared, usable, faults = prepare_rows(np.ones((2, 20, 1), "f4"), ("flux",), make_recipe(**options))
    assert len(prepared) == len(usable) == 0 and {fault.reason for fault in faults.values()} == {reason}


@pytest.mark.parametrize("options, words", [
    ({"cadence": 0}, "`cadence` must be above 0"), ({"cadence": "x"}, "`cadence` must be"),
    ({"length": 1}, "`length` must be 2"), ({"stride": 0}, "`stride` must be 2"),
    ({"gap": float("nan")}, "`gap` must be"), ({"scaling": "max"}, "`scaling` must be one of robust, minmax"),
    ({"channels": ["science"]}, "`channels` must be a list.*flux, residual"), ({"flux": ""}, "`flux` must be")])
def test_impossible_recipe_is_refused(options, words):
    with pytest.raises(UsageError, match=words):
        make_recipe(**options)


def test_recipe_from_a_file_must_be_complete():
    recipe = make_recipe()
    with pytest.raises(UsageError, match=r"unknown key 'cadance'\. Did you mean 'cadence'"):
        check_recipe(recipe | {"cadance": 1})
    del recipe["gap"]
    with pytest.raises(UsageError, match="the key 'gap' is missing"):
        check_recipe(recipe)


def test_bits_of_the_recipe_take_the_place_of_the_missions():
    image = np.column_stack([np.arange(200) * 0.02, 1 + 1e-3 * np.sin(np.arange(200.0) ** 2), np.full(200, 4096.0)])
    image[:5, 2] = 128
    example = Example(image, ("time", "flux", "quality"), {"object_id": "a", "mission": ""})
    one, = prepare(example, make_recipe(bitmask=128))
    assert one.columns["flagged"] == 5
    with pytest.raises(InputRejected, match="excluded by a flag"):
        prepare(example, make_recipe())


def test_recipe_of_an_older_release_is_still_one():
    recipe = make_recipe()
    for key in ("time", "error", "quality_column", "mission", "magnitudes", "bitmask"):
        assert recipe.pop(key) is None
    assert check_recipe(recipe) is recipe


@pytest.mark.parametrize("options", [{"time": ""}, {"magnitudes": "yes"}, {"bitmask": -1}, {"mission": 5}, {"bitmask": True}])
def test_impossible_way_of_reading_is_refused(options):
    with pytest.raises(UsageError, match=next(iter(options))):
        make_recipe(**options)


def test_band_stands_in_the_name_of_a_window():
    image = np.column_stack([np.arange(200) * 0.02, 1 + 1e-3 * np.sin(np.arange(200.0) ** 2)])
    one, = prepare(Example(image, ("time", "flux"), {"object_id": "a b", "band": "zg"}), make_recipe())
    assert one.columns["candid"] == "ab_zg_0"


def long_event(duration):
    time = np.arange(0, 20, 1800 / 86400)
    flux = 1 + np.random.default_rng(3).normal(0, 1e-5, len(time))
    flux[np.abs(time - 10) < duration / 48] -= 0.01
    return Example(np.column_stack([time, flux]), ("time", "flux"), {"object_id": "a"})


def test_long_known_event_is_no_part_of_its_own_median():
    def depth(bodies):
        one, = prepare(long_event(40), make_recipe(), bodies)
        return -np.nanmin(one.image[:, CHANNELS.index("residual")]) * one.columns["scale"]

    assert depth([Body("planet", 10.0, duration=40.0)]) == pytest.approx(0.01, rel=0.02)
    middle, = prepare(long_event(40), make_recipe())
    inside = np.abs(middle.image[:, CHANNELS.index("time")] - 10) < 0.3
    assert np.nanmax(np.abs(middle.image[inside, CHANNELS.index("residual")])) * middle.columns["scale"] < 0.001


def test_short_known_event_leaves_the_median_as_it_is():
    known, = prepare(long_event(6), make_recipe(), [Body("planet", 10.0, duration=6.0)])
    unknown, = prepare(long_event(6), make_recipe())
    np.testing.assert_allclose(known.image[:, 1], unknown.image[:, 1], rtol=1e-5, atol=1e-5)


def test_known_event_has_no_part_in_the_level_of_its_piece():
    example = long_event(8)
    example.image = example.image[460:500]  # a night of 20 h, 8 of them in the event
    one, = prepare(example, make_recipe(), [Body("planet", 10.0, duration=8.0)])
    flux = one.image[:, 0] * one.columns["scale"]
    assert np.nanmax(flux) == pytest.approx(0, abs=1e-4) and np.nanmin(flux) == pytest.approx(-0.01, rel=0.02)
