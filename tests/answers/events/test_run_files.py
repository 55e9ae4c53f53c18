import json

import numpy as np
from astropy.table import Table

from otrain.bundle.bundle import Bundle
from otrain.data.results.predictions import Predictions


def test_run_directory_holds_all_that_was_found_and_judged(curves):
    run = curves.run
    for path in (run.bundle / "model.onnx", run.events, run.true_events, run.report_json, run.report_html, run.run_json,
                 run.split_csv, run.history_csv, run.loss_png, run.validation_cube, run.model_keras, run.model_h5,
                 run.plots / "by_depth.png", run.plots / "recovery.png", run.plots / "finds.png"):
        assert path.stat().st_size > 100, path
    assert curves.report["model_id"] == Bundle.open(run.bundle).identity


def test_small_network_finds_the_planets_it_was_not_shown(curves):
    judged = curves.report["events"]["planet"]["network"]
    assert judged["recall"]["value"] > 0.8 and judged["fdr"]["value"] < 0.2, judged
    assert curves.report["metrics"]["test"]["recall"]["value"] == judged["recall"]["value"]


def test_searches_are_judged_beside_the_network(curves):
    assert list(curves.report["events"]) == ["planet", "binary"]
    assert list(curves.report["events"]["planet"]) == [
        "network", "network, other kinds forgiven", "matched filter", "matched filter, other kinds forgiven"]
    assert list(curves.report["events"]["binary"]) == ["network", "network, other kinds forgiven"]


def test_tables_hold_the_events_that_the_report_counts(curves):
    found, true = Table.read(curves.run.events), Table.read(curves.run.true_events)
    counts = curves.report["events"]["planet"]["network"]["counts"]["test"]
    mine = (found["search"] == "network") & (found["kind"] == "planet") & (found["subset"] == "test")
    assert mine.sum() == counts["found"]
    wanted = (true["kind"] == "planet") & (true["subset"] == "test") & (true["observed"] >= 0.5)
    assert wanted.sum() == counts["events"] > 0
    threshold = curves.report["search"]["kinds"]["planet"]["threshold"]
    share = np.mean(true["found_log_odds"][wanted] >= threshold)
    assert share == curves.report["events"]["planet"]["network"]["recall"]["value"]


def test_each_true_event_is_found_once(curves):
    found, true = Table.read(curves.run.events), Table.read(curves.run.true_events)
    for kind in ("planet", "binary"):
        hits = found[(found["search"] == "network") & (found["kind"] == kind)]["true"].sum()
        known = true["found_log_odds"][true["kind"] == kind]
        assert hits == np.isfinite(np.asarray(known.filled(np.nan) if hasattr(known, "filled") else known)).sum()


def test_search_of_the_bundle_is_that_of_the_report(curves):
    assert Bundle.open(curves.run.bundle).settings.search.to_dict() == curves.report["search"]


def test_stored_score_of_a_light_curve_is_that_of_its_surest_event(curves):
    predictions = Predictions.load(curves.run.predictions)
    assert predictions.logits.ndim == 3 and predictions.scores.shape == predictions.labels.shape
    found = Table.read(curves.run.events)
    found = found[(found["search"] == "network") & (found["kind"] == "planet")]
    for candid, score in zip(predictions.columns["candid"].tolist(), predictions.scores.tolist(), strict=True):
        assert score == max(found["probability"][found["candid"] == candid].tolist(), default=0)


def test_small_subsets_are_told_in_the_notes(curves):
    assert any("6 planet events only" in note for note in curves.report["notes"])


def test_report_is_plain_json(curves):
    json.loads(curves.run.report_json.read_text(), parse_constant=lambda word: 1 / 0)
