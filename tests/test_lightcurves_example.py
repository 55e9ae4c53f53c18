"""The README's example of light curves, as a user runs it: stars in, events out."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

ROOT = Path(__file__).parent.parent
TONIGHT = ROOT / "data_examples" / "lightcurves" / "tonight"


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("light curves") / "with a space"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    job = subprocess.run(["sh", str(ROOT / "data_examples" / "lightcurves.sh"), str(folder)], capture_output=True,
                         text=True, env={**os.environ, "PATH": path}, cwd=folder.parent)
    assert job.returncode == 0, job.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_example_leaves_cube_network_report_and_events(output):
    run = output / "CNN_training" / "transits"
    for path in (output / "datacube" / "stars.npz", output / "datacube" / "stars.events.ecsv",
                 output / "datacube" / "stars.png", output / "events.ecsv", output / "events.maps.h5",
                 run / "transits.keras", run / "report.html", run / "bundle" / "model.onnx"):
        assert path.stat().st_size > 500, path.name


@pytest.mark.slow
def test_most_announced_events_of_tonight_are_transits_and_many_transits_are_announced(output):
    events = Table.read(output / "events.ecsv")
    events = events[events["announced"]]
    transits = [(row["object_id"], t0, row["duration"] / 48) for row in Table.read(TONIGHT / "truth.ecsv")
                if row["kind"] == "planet" for t0 in np.arange(row["t0"], 90, row["period"])]
    assert len(transits) > 100
    found = [np.any((events["object_id"] == star) & (np.abs(events["t0"] - t0) < half)) for star, t0, half in transits]
    true = [any(star == row["object_id"] and abs(t0 - row["t0"]) < half for star, t0, half in transits) for row in events]
    assert np.mean(found) > 0.3 and np.mean(true) > 0.7
