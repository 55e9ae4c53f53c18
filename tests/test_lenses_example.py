"""The README's example of lenses, as a user runs it with fewer of them: a TOML file in, numbers out."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from astropy.table import Table

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_example_goes_from_a_toml_file_to_measured_numbers(tmp_path):
    folder = tmp_path / "with a space"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    job = subprocess.run(["sh", str(ROOT / "data_examples" / "lenses.sh"), str(folder), "60"], capture_output=True,
                         text=True, env={**os.environ, "PATH": path}, cwd=tmp_path)
    assert job.returncode == 0, job.stderr[-3000:]
    images = [cv2.imread(str(one), -1) for one in sorted((folder / "images").glob("*.png"))]
    assert len(images) == 60 and all(image.max() > 0 for image in images)  # none is black
    run = folder / "CNN_training" / "experiment01"
    report = json.loads((run / "report.json").read_text())
    assert sum(count["examples"] for count in report["counts"].values()) == 60
    for one in (run / "report.html", run / "training_log.csv", run / "test.csv", run / "bundle" / "model.onnx"):
        assert one.stat().st_size > 50, one.name
    table = Table.read(folder / "values.ecsv")
    assert len(table) == 60 and str(table["xiX"].unit) == "pix"
    assert np.all(table["xiX_p16"] < table["xiX_p84"])
