import numpy as np
import pytest

from otrain.answers.events.search import NETWORK, _single, fit_search, judge_maps, look_for_events
from otrain.data.cubes.datacube import write_cube
from otrain.data.results.event_search import EventSearch
from otrain.domains.lightcurves.contents import DOMAIN
from otrain.tasks.segmentation import TASK

LENGTH, KINDS = 240, ("planet", "binary")
CHANNELS = ["flux", "residual", "flux_err", "time", "segment", "label"]
META = {"domain": "lightcurves", "task": "segmentation", "channels": CHANNELS,
        "classes": ["continuum", *KINDS], "recipe": DOMAIN.preparation.make_recipe() | {"cadence": 3600, "length": LENGTH},
        "targets": [{"name": "label", "channel": "label", "shape": [LENGTH], "classes": ["continuum", *KINDS]}]}
PLANET, BINARY = slice(100, 112), slice(40, 50)


@pytest.fixture
def maps(tmp_path):
    """Twenty curves, in turn with a planet, without, with a binary, without, and a network that sees all."""
    rng = np.random.default_rng(0)
    count = 20
    images = np.zeros((count, LENGTH, 6), np.float32)
    images[..., 0] = rng.normal(size=(count, LENGTH))
    images[..., 3] = np.arange(LENGTH) / 24
    images[::4, PLANET, 0] -= 20
    images[::4, PLANET, 5] = 1
    images[2::4, BINARY, 0] -= 60
    images[2::4, BINARY, 5] = 2
    images[..., 1] = images[..., 0]
    logits = np.where(images[..., 5, None] == np.arange(3), 4.0, -4.0)
    columns = {"object_id": np.array([f"s{i}" for i in range(count)]), "time_start": np.full(count, 100.0),
               "candid": np.array([f"s{i}_1_0" for i in range(count)]), "scale": np.full(count, 1e-4),
               "cadence": np.full(count, 3600.0), "mag": np.full(count, 11.0)}
    labels = np.array([1, 0, 2, 0] * 5)
    cube = write_cube(tmp_path / "c.npz", [images], labels=labels, columns=columns, meta=META)
    subset = np.where(np.arange(count) < 8, "validation", "test")
    yield cube, logits, subset, labels == 0
    cube.close()


def search(maps, **options):
    cube, logits, subset, _ = maps
    return look_for_events(cube, np.arange(len(cube)), subset, logits, TASK, DOMAIN, **options)


def test_events_of_every_class_are_found_where_they_are(maps):
    found = search(maps)
    assert set(found.events) == {(NETWORK, "planet"), (NETWORK, "binary"), ("matched filter", "planet")}
    for kind, rows, part in (("planet", range(0, 20, 4), PLANET), ("binary", range(2, 20, 4), BINARY)):
        events = found.events[NETWORK, kind]
        assert events["row"].tolist() == list(rows)
        np.testing.assert_allclose(events["t0"], 100 + (part.start + part.stop - 1) / 48, atol=0.05)
        np.testing.assert_allclose(events["depth"], 0.002 if kind == "planet" else 0.006, rtol=0.15)
    assert found.truth["row"].tolist() == [*range(0, 20, 4), *range(2, 20, 4)]
    assert found.truth["kind"].tolist() == [1] * 5 + [2] * 5


def test_rows_do_not_depend_on_how_many_are_read_at_a_time(maps, monkeypatch):
    whole = search(maps)
    monkeypatch.setattr("otrain.answers.events.search.AT_ONCE", 3 * 4 * LENGTH * 6)
    parts = search(maps)
    for key, events in whole.events.items():
        for name, values in events.items():
            np.testing.assert_array_equal(values, parts.events[key][name], err_msg=f"{key} {name}")
    order = np.lexsort((parts.truth["row"], parts.truth["kind"]))
    np.testing.assert_array_equal(whole.truth["row"], parts.truth["row"][order])


def test_masked_points_are_no_event_and_count_nowhere(maps, tmp_path):
    cube, logits, subset, _ = maps
    images = cube.read(np.arange(len(cube)))
    images[4, :, 0] = np.nan
    with write_cube(tmp_path / "m.npz", [images], labels=cube.labels, columns=cube.columns, meta=META) as masked:
        found = look_for_events(masked, np.arange(len(cube)), subset, logits, TASK, DOMAIN)
    assert 4 not in found.events[NETWORK, "planet"]["row"]
    whole, part = search(maps).points["validation"]["planet"], found.points["validation"]["planet"]
    assert whole.metrics()["iou"]["value"] == part.metrics()["iou"]["value"] == 1
    lost = found.truth["observed"][(found.truth["row"] == 4) & (found.truth["kind"] == 1)]
    assert (lost < 0.5).all()


def test_perfect_maps_are_judged_perfect(maps):
    cube, _, subset, empty = maps
    found = search(maps)
    fitted = fit_search(found, subset, empty, KINDS, "isotonic")
    assert set(fitted.kinds) == set(KINDS)
    report = judge_maps(found, subset, empty, KINDS, cube.columns, fitted)
    for kind in KINDS:
        judged = report["events"][kind][NETWORK]
        assert judged["counts"]["test"] == {"events": 3, "found": 3, "empty_quarters": 6}
        assert judged["curve"]["recall"][-1] == 1 and judged["curve"]["fdr"][-1] == 0
        assert report["points"]["test"][kind]["iou"]["value"] == 1


def test_eclipses_are_false_alarms_of_a_search_for_planets_or_forgiven(maps):
    cube, _, subset, empty = maps
    found = search(maps)
    events = judge_maps(found, subset, empty, KINDS, cube.columns, EventSearch(kinds=fit_search(
        found, subset, empty, KINDS, "none").kinds))["events"]["planet"]
    plain, forgiven = events["matched filter"], events["matched filter, other kinds forgiven"]
    assert max(plain["curve"]["fdr"]) > max(forgiven["curve"]["fdr"])
    assert plain["curve"]["recall"][-1] == forgiven["curve"]["recall"][-1] == 1


def test_settled_threshold_is_not_chosen_again(maps):
    cube, _, subset, empty = maps
    found = search(maps)
    kinds = fit_search(found, subset, empty, KINDS, "none").kinds
    settled = EventSearch.from_dict(EventSearch(kinds=kinds).to_dict() | {"kinds": {
        kind: {"threshold": 99.0, "calibration": value.calibration.to_dict()} for kind, value in kinds.items()}})
    report = judge_maps(found, subset, empty, KINDS, cube.columns, settled)
    assert report["events"]["planet"][NETWORK]["threshold"] == 99
    assert report["events"]["planet"][NETWORK]["recall"]["value"] == 0


def test_recall_is_told_against_events_and_stars(maps):
    cube, _, subset, empty = maps
    found = search(maps)
    fitted = fit_search(found, subset, empty, KINDS, "none")
    bins = judge_maps(found, subset, empty, KINDS, cube.columns, fitted)["events"]["planet"][NETWORK]["bins"]
    assert {"duration", "mag"} <= set(bins)


def test_planet_beside_a_binary_of_the_same_number_is_a_single_event():
    truth = {"row": np.array([0, 0, 0, 1]), "kind": np.array([1, 2, 2, 1]), "body": np.zeros(4, int)}
    assert _single(truth).tolist() == [True, False, False, True]
    assert _single({"row": np.array([0])}) is None
