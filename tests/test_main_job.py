"""The README's main job, as a user runs it: example candidates in, scores and a report out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "data_examples" / "transients"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("main job") / "with a space"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    job = subprocess.run(["sh", str(ROOT / "data_examples" / "main_job.sh"), str(folder)], capture_output=True, text=True,
                         env={**os.environ, "PATH": path}, cwd=folder.parent)
    assert job.returncode == 0, job.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_main_job_leaves_the_published_files(output):
    run = output / "CNN_training" / "first"
    for name in ("datacube/candidates.npz", "datacube/candidates.png", "infer_results.dat"):
        assert (output / name).stat().st_size > 500, name
    for name in ("first.keras", "first.h5", "first_loss_vs_epochs.png", "first_accuracy_vs_epochs.png",
                 "validation_set/datacube/cube_validation.npz", "prob_distribution.png", "model_F1_MCC.png",
                 "mag_ROC.png", "errmag_ROC.png", "mag_recall.png", "errmag_recall.png", "bundle/model.onnx",
                 "bundle/bundle.json", "bundle/card.md", "report.html", "report.json", "run.json"):
        assert (run / name).stat().st_size > 100, name


@pytest.mark.slow
def test_scores_of_tonight_are_complete_and_tell_real_from_bogus(output):
    from astropy.table import Table

    table = Table.read(output / "infer_results.dat", format="ascii.commented_header")
    assert len(table) == len(list((EXAMPLES / "tonight").glob("*.fits")))
    assert np.all(np.isfinite(table["label1"])) and np.allclose(table["label0"] + table["label1"], 1, atol=1e-5)
    report = json.loads((output / "CNN_training" / "first" / "report.json").read_text())
    assert report["metrics"]["test"]["roc_auc"]["value"] > 0.7


@pytest.mark.slow
def test_report_needs_no_network(output):
    page = (output / "CNN_training" / "first" / "report.html").read_text()
    assert "<script" not in page and "src=\"http" not in page and "href=\"http" not in page
