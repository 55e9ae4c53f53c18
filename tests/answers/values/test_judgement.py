"""The judgement of numbers whose errors are known, and what it warns of."""

import json
from dataclasses import replace

import numpy as np
import pytest
from astropy.table import Table
from made_values import FACTS, NAMES, judged, made_values, redraw

from otrain.answers.values.columns import error_rows, told_columns
from otrain.answers.values.redrawn import relative_residual
from otrain.data.results.run_directory import RunDirectory
from otrain.domains.domain import TaskRules
from otrain.errors import DataError, UsageError
from otrain.evaluation.value_metrics import mean_r2


def test_uncertainties_that_are_true_are_found_true(tmp_path):
    made = judged(made_values(tmp_path, tells="correlations", examples=2000))
    part = made.judgement.report["values"]["test"]
    for name in NAMES:
        row = {one["level"]: one["value"] for one in part["targets"][name]["coverage"]}
        assert abs(row[0.68] - 0.68) < 0.06 and abs(row[0.95] - 0.95) < 0.03  # 4 standard errors of validation and test
        assert part["targets"][name]["ece"] < 0.04 and part["targets"][name]["pit"]["p_value"] > 1e-4
    assert part["joint_nll"] < part["separate_nll"] - 0.1  # the correlations say something


@pytest.mark.parametrize("tells", ["values", "deviations"])
def test_calibration_mends_intervals_that_are_too_narrow(tmp_path, tells):
    made = made_values(tmp_path, tells=tells, examples=2000, wider=2.0)
    level = {}
    for method in ("none", "conformal"):
        judged(made, calibration=method)
        short = made.judgement.report["metrics"]["test"]
        level[method] = short["coverage_68"]["value"]
    assert abs(level["conformal"] - 0.68) < 0.04
    assert level["none"] < 0.5 if tells == "deviations" else level["none"] > 0.6


def test_numbers_of_the_report_are_those_of_the_test_subset(tmp_path):
    made = judged(made_values(tmp_path))
    mine = made.replies.subset == "test"
    values = made.replies.raw[mine, :3]
    report = made.judgement.report
    assert report["metrics"]["test"]["r2"]["value"] == pytest.approx(mean_r2(values, made.truth[mine]))
    assert report["metrics"]["test"]["mae_e1"]["value"] == pytest.approx(np.abs(values - made.truth[mine])[:, 1].mean())
    assert report["counts"] == {"training": {"examples": 100}, "validation": {"examples": 120}, "test": {"examples": 120}}
    assert report["targets"][2] == {"name": "alpha[1][0]", "unit": "pix"} and report["task"] == "regression"
    half = (made.judgement.material.given.quantile(0.994457883209753) - made.judgement.material.given.quantile(-0.994457883209753)) / 2
    assert report["values"]["test"]["targets"]["theta_e"]["sharpness"] == pytest.approx(half[mine, 0].mean())
    json.dumps(report, allow_nan=False)


def test_rows_without_truth_are_left_out_and_counted(tmp_path):
    made = judged(made_values(tmp_path, unknown=11))
    assert "11 of 240 examples have no true value and are left out." in made.judgement.report["notes"]
    assert len(made.judgement.replies) == 229 == len(made.judgement.material.truth)
    assert made.judgement.report["counts"]["test"]["examples"] == 115
    nothing = made_values(tmp_path, unknown=240)
    nothing.settled = nothing.answer.settle(nothing.replies, None, None)
    with pytest.raises(DataError, match="none of its examples has a true value"):
        nothing.answer.judge(nothing.replies, nothing.settled.settings, nothing.domain, nothing.task, FACTS)


def test_perfect_values_are_a_probable_leak(tmp_path):
    made = made_values(tmp_path, tells="values", examples=100)
    made.replies.predictions.logits = made.truth.copy()
    judged(made)
    assert any("R2 of theta_e, e1, alpha[1][0] is above 1 - 1e-9 on test" in note and "probable leak" in note
               for note in made.judgement.report["notes"])
    made.replies.predictions.logits[::3] += 0.001
    judged(made)
    assert not any("leak" in note and "theta_e" in note for note in made.judgement.report["notes"])


def test_constant_target_is_named_and_has_no_r2(tmp_path):
    made = made_values(tmp_path)
    made.replies.predictions.columns["e1"] = np.where(made.replies.subset == "test", 0.25, made.replies.columns["e1"])
    judged(made)
    assert "e1: one and the same true value in all test examples, so R2 is not defined." in made.judgement.report["notes"]
    metrics = made.judgement.report["metrics"]["test"]
    assert metrics["r2_e1"]["value"] is None
    assert metrics["r2"]["value"] == pytest.approx((metrics["r2_theta_e"]["value"] + metrics["r2_alpha[1][0]"]["value"]) / 2)
    assert made.answer.figures(made.replies, made.settled.settings, made.domain, made.task, FACTS | {"judged": "test"}, threshold=0.5,
                               bins=3, mag_max=25, errmag_max=1).figures


def test_few_examples_are_pointed_out(tmp_path):
    made = judged(made_values(tmp_path, examples=40))
    notes = made.judgement.report["notes"]
    assert any("The test subset has 20 examples only" in note for note in notes)
    assert any("needs at least 31 validation examples with each true value, there are 20" in note for note in notes)
    assert made.settled.settings.intervals.method == "none"


def test_errors_are_told_against_columns_that_vary(tmp_path):
    made = judged(made_values(tmp_path, examples=1200))
    report = made.judgement.report
    assert list(report["error_against"]) == ["theta_e", "snr", "size", "e1", "alpha[1][0]"]  # `absent` is none of the cube
    rmse = [row["rmse"]["theta_e"] for row in report["error_against"]["snr"]]
    assert len(rmse) == 6 and rmse[0] > 3 * rmse[-1]  # errors go as 1 / snr
    pairs = [cell["columns"] for cell in report["coverage_cells"]]
    assert len(pairs) == 6 and pairs[0] == ["theta_e", "snr"] and pairs[-1] == ["size", "e1"]
    by_value, by_truth = (report[key][0] for key in ("coverage_cells", "coverage_cells_of_truth"))
    assert by_value["by"] == "value" and by_truth["by"] == "truth"
    assert by_value["first_edges"] != by_truth["first_edges"] and by_value["second_edges"] == by_truth["second_edges"]
    assert sum(row["examples"] for row in report["error_against"]["snr"]) == 600
    made.replies.predictions.columns["snr"] = np.full(1200, 7.0)
    assert list(told_columns(made.replies, made.domain)) == ["theta_e", "size", "e1", "alpha[1][0]"]


def test_parts_of_a_column_hold_their_own_examples():
    column, scaled = np.arange(40.0), np.where(np.arange(40) < 20, 1.0, 3.0)[:, None]
    pit = np.where(np.arange(40) < 20, 0.5, 0.99)[:, None]
    first, second = error_rows(column, scaled, pit, ["a"], bins=2)
    assert (first["rmse"], first["coverage_68"], first["examples"]) == ({"a": 1.0}, {"a": 1.0}, 20)
    assert (second["rmse"], second["mean_coverage_68"], second["low"]) == ({"a": 3.0}, 0.0, 19.5)
    assert error_rows(column[:9], scaled[:9], pit[:9], ["a"], bins=1)[0]["rmse"] == {"a": None}
    assert error_rows(column * np.nan, scaled, pit, ["a"], bins=2) == []


def test_images_of_the_values_are_compared_with_those_that_the_network_saw(tmp_path):
    made = judged(made_values(tmp_path))
    told = made.judgement.report["redrawn"]
    assert told["examples"] == 47 and told["failed"] == 1  # of 48, the first cannot be drawn
    assert told["residual_of_truth"]["value"] < told["residual"]["value"] < 0.5  # noise of 0.1 against discs of 0.5 to 2
    blind = judged(made_values(tmp_path, drawn=False))
    assert "redrawn" not in blind.judgement.report

    def fail(values, columns, channels, recipe):
        raise UsageError("no source")

    blind.domain = replace(blind.domain, tasks={"regression": TaskRules(model="compact", redraw=fail)})
    assert judged(blind).judgement.report["redrawn"] == {"examples": 0, "problem": "no source"}


def test_residual_is_a_share_of_what_the_image_holds():
    image = np.array([[[[0.0], [0.0]], [[0.0], [4.0]]]])
    assert relative_residual(image, image)[0] == 0
    assert relative_residual(image, image * 0)[0] == 1  # an empty picture explains nothing
    assert np.isnan(relative_residual(image, image * np.nan)[0]) and np.isnan(relative_residual(image * 0, image)[0])
    assert redraw({"a": np.ones(2)}, {}, ["image"], {}).shape == (2, 12, 12, 1)


def test_tables_of_a_run_hold_values_truth_and_correlations(tmp_path):
    made = judged(made_values(tmp_path, tells="correlations", examples=80))
    folder = tmp_path / "run"
    folder.mkdir()
    run = RunDirectory(folder, "made")
    made.answer.write_run(run, made.judgement, None, made.domain, made.task)
    table = Table.read(run.values, format="ascii.ecsv")
    np.testing.assert_allclose(table["e1_true"], made.truth[:, 1])
    np.testing.assert_allclose(table["correlation_e1_theta_e"], 0.6)
    np.testing.assert_allclose(table["correlation_alpha[1][0]_e1"], -0.3)
    assert {"theta_e", "theta_e_std", "e1_p97_5", "subset"} <= set(table.colnames) and str(table["theta_e"].unit) == "arcsec"
    lines = run.prediction_csv("test").read_text().splitlines()
    assert lines[0] == "filename,theta_e,e1,alpha[1][0]" and len(lines) == 41
    name, first, *_ = lines[1].split(",")
    assert name == "image-1.png" and float(first) == made.replies.raw[1, 0]
    assert sorted(path.name for path in run.plots.iterdir())[:3] == ["cells.png", "corner_typical.png", "corner_worst.png"]
    page = run.report_html.read_text()
    assert "with the correlations that the network tells" in page and "theta_e [arcsec]" in page and "drawn again" in page
