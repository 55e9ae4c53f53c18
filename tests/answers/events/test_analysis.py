import csv
import shutil

import pytest

from otrain.answers.events.analysis import THRESHOLDS, _rates, analyse_run
from otrain.data.results.run_directory import RunDirectory


def test_rates_are_those_of_the_counts():
    row = _rates(0.5, fp=2, tp=6, others=90, members=10)
    assert (row["tp"], row["fp"], row["fn"], row["tn"]) == (6, 2, 4, 88)
    assert (row["precision"], row["recall"], row["accuracy"]) == (0.75, 0.6, 0.94)
    assert row["iou"] == 0.5 and row["f1"] == pytest.approx(2 / 3)


def test_rates_of_nothing_are_zero():
    assert _rates(0.5, 0, 0, 0, 0)["precision"] == _rates(0.5, 0, 0, 0, 0)["iou"] == 0


def test_summary_has_the_threshold_of_the_best_points(curves, tmp_path):
    run = RunDirectory.for_model(tmp_path, "small")
    shutil.copytree(curves.run.path, run.path)
    folder, summary = analyse_run(run)
    with open(folder / "thresholds.csv", newline="") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]
    assert [row["threshold"] for row in rows] == THRESHOLDS.tolist()
    best = max(rows, key=lambda row: row["iou"])
    assert summary["best_point_threshold"] == best["threshold"] and summary["point_iou"] == best["iou"]
    recalls = [row["recall"] for row in rows]
    assert recalls == sorted(recalls, reverse=True), "fewer points above a higher threshold"
    judged = curves.report["events"]["planet"]["network"]
    assert summary["recall"] == judged["recall"]["value"] and summary["events"] == judged["recall"]["events"]
    assert summary["epochs"] == 40 and "recall_at_far_0.01" in summary
