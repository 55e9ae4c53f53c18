"""Every mistake that can be known before TensorFlow starts is refused before it starts."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube

STEMS = sorted(path.stem for path in (Path(__file__).parent.parent / "otrain" / "cli").glob("[!_]*.py"))
STEMS.remove("otrain")  # it passes on to the others
JUDGED = ["--path-cube-validation", "cube.npz", "--model-path", "network.keras"]

# Command: (words, exit code, what the message says). `taken` is a folder with a file of somebody else.
MISTAKES = {
    "batch": [
        ([], 2, "no table [train]"),
        (["--config", "grid.toml", "--set", "train.cube='absent.npz'"], 4, "absent.npz: no such data cube"),
        (["--config", "grid.toml", "--set", "train.dropout=2"], 2, "run001 (seed 1): --dropout"),
        (["--config", "grid.toml", "--set", "train.architecture='compakt'"], 2, "Did you mean 'compact'"),
        (["--config", "grid.toml", "--set", "train.array.seed=3"], 2, "seed must be a list"),
        (["--config", "grid.toml", "--dirbase", "run"], 2, "dirbase must be"),
        (["--config", "grid.toml", "--dirbase", "batch%%"], 5, "batch001: exists already"),
        (["--config", "grid.toml", "--dirbase", "batch%%", "--overwrite"], 5,
         "batch001: was not written by this command"),
    ],
    "checkinfer": [
        (["--plots", "p", "--crossmatch", "absent", "--infer", "absent"], 4, "absent: no such table"),
        (["--plots", "p", "--crossmatch", "c", "--infer", "i", "--fwhm-ratio-lower", "5"], 2, "--fwhm-ratio-lower"),
        (["--plots", "p", "--crossmatch", "c"], 2, "--infer"),
    ],
    "compare": [
        (["absent", "taken"], 4, "absent: there is no such file or folder"),
        (["taken", "some.toml"], 2, "two folders or two files"),
        (["taken", "taken", "--tolerance", "-1"], 2, "not negative"),
        (["taken"], 2, "DIR2"),
    ],
    "convert": [
        (["--cutouts", "absent"], 4, "absent: there is no such file or folder"),
        (["--cutouts", "taken", "--frac-true", "2"], 2, "2"),
        (["--cutouts", "taken", "--domain", "lightcurves", "--cutout-size", "31"], 2, "does not concern lightcurves"),
        (["--cutouts", "taken", "--cube", "there"], 5, "there.npz"),
        (["--cutouts", "taken", "--domain", "stars"], 2, "stars"),
    ],
    "diagnostics": [
        (["--path-cube-validation", "absent.npz", "--model-path", "network.keras", "--path-diagnostics", "d"], 4,
         "absent.npz: no such data cube"),
        (["--path-cube-validation", "cube.npz", "--model-path", "absent", "--path-diagnostics", "d"], 4, "absent"),
        ([*JUDGED, "--path-diagnostics", "d", "--threshold", "2"], 2, "--threshold"),
        ([*JUDGED, "--path-diagnostics", "taken"], 5, "taken"),
    ],
    "doctor": [
        (["absent.npz"], 4, "absent.npz: no such data cube"),
        (["cube.npz", "--outdir", "taken"], 5, "taken"),
        (["cube.npz", "--labels", "--model-path", "absent"], 4, "absent"),
    ],
    "grad_cam": [
        (["--cube", "absent.npz", "--model-path", "network.keras"], 4, "absent.npz: no such data cube"),
        (["--cube", "cube.npz", "--model-path", "absent"], 4, "absent: there is no such file or folder"),
        (["--cube", "cube.npz", "--model-path", "network.keras", "--threshold", "1"], 2, "--threshold"),
        (["--cube", "cube.npz", "--model-path", "network.keras", "--method", "grad-can"], 2, "Did you mean 'grad-cam'"),
        (["--cube", "cube.npz", "--model-path", "network.keras", "--cam-path", "maps"], 5, "grad_cam"),
    ],
    "infer": [
        (["--cutouts", "absent", "--model", "network.keras"], 4, "absent: there is no such file or folder"),
        (["--cutouts", "taken", "--model", "absent"], 4, "absent"),
        (["--cutouts", "taken", "--model", "network.keras", "--threshold", "7"], 2, "--threshold"),
        (["--cutouts", "taken", "--model", "network.keras", "--uncertainty", "1"], 2, "--uncertainty"),
        (["--cutouts", "taken", "--model", "network.keras", "--inject-depths", "100"], 2, "--inject"),
    ],
    "lightcurves": [
        ([], 2, "nothing to do"),
        (["--train", "--cfg", "absent.toml"], 4, "absent.toml: no such configuration"),
        (["--train", "--cfg", "some.toml"], 4, "no prepared light curves"),
    ],
    "optimise_dataset_size": [
        (["--cube", "absent.npz", "--outdir", "o"], 4, "absent.npz: no such data cube"),
        (["--cube", "cube.npz", "--outdir", "o", "--n_sections", "1"], 2, "--n-sections"),
        (["--cube", "cube.npz", "--outdir", "o", "--architecture", "compakt"], 2, "Did you mean 'compact'"),
        (["--cube", "cube.npz", "--outdir", "o", "--test-frac", "0"], 2, "--test-frac"),
    ],
    "plot_results": [
        (["--path-cube-validation", "absent.npz", "--model-path", "network.keras", "--path-plots", "p"], 4,
         "absent.npz: no such data cube"),
        (["--path-cube-validation", "cube.npz", "--model-path", "absent", "--path-plots", "p"], 4, "absent"),
        ([*JUDGED, "--path-plots", "p", "--bins", "0"], 2, "--bins"),
        ([*JUDGED, "--path-plots", "p", "--threshold", "-1"], 2, "--threshold"),
    ],
    "scan_channels": [
        (["--source", "absent.h5", "--out", "s"], 4, "absent.h5: no such file"),
        (["--source", "taken", "--out", "s"], 4, "taken: no HDF5 file in this folder"),
        (["--source", "cube.npz", "--out", "taken"], 5, "taken: "),
        (["--source", "cube.npz", "--out", "s"], 6, "cannot be opened as HDF5"),
        (["--source", "cube.npz", "--out", "s", "--frange", "50", "8"], 2, "range 50.0 to 8.0 Hz"),
        (["--source", "cube.npz", "--out", "s", "--alpha", "0"], 2, "alpha"),
        (["--source", "cube.npz"], 2, "--out"),
    ],
    "simulate": [
        (["transients", "--out", "taken"], 5, "taken: exists already"),
        (["transients", "--out", "new", "--size", "1"], 2, "size"),
        (["transients", "--out", "new", "--kinds", "dipol"], 2, "dipol"),
    ],
    "train": [
        (["--cube", "absent.npz"], 4, "absent.npz: no such data cube"),
        (["--cube", "cube.npz", "--threshold", "2"], 2, "--threshold"),
        (["--cube", "cube.npz", "--architecture", "compakt"], 2, "Did you mean 'compact'"),
        (["--cube", "cube.npz", "--architecture", "unet3p"], 2, "--architecture unet3p takes"),
        (["--cube", "cube.npz", "--augment", "turn"], 2, "Did you mean 'turns'"),
        (["--cube", "cube.npz", "--channels", "differense"], 2, "Did you mean 'difference'"),
        (["--cube", "cube.npz", "--group", "night"], 2, "night"),
        (["--cube", "cube.npz", "--frac", "0.9", "--test-frac", "0.9"], 2, "0.9"),
        (["--cube", "cube.npz", "--loss", "focal"], 2, "focal"),
        (["--cube", "three.npz", "--calibration", "isotonic"], 2, "isotonic"),
        (["--cube", "cube.npz", "--host-index", "1"], 2, "--hosts"),
        (["--cube", "cube.npz", "--model-path", "trained", "--model-name", "taken"], 5, "taken"),
    ],
}


def small_cube(path, classes):
    labels = np.arange(60) % len(classes)
    images = np.random.default_rng(0).normal(size=(60, 12, 12, 1)).astype("f4")
    meta = {"channels": ["difference"], "classes": classes,
            "recipe": {"kind": "cutout", "size": 12, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(path, [images], labels=labels, columns={"candid": np.array([f"c{i}" for i in range(60)])},
               meta=meta).close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the words of `MISTAKES` name."""
    folder = tmp_path_factory.mktemp("mistakes")
    small_cube(folder / "cube.npz", ["bogus", "real"])
    small_cube(folder / "three.npz", ["bogus", "real", "variable"])
    (folder / "network.keras").write_bytes(b"no request comes as far as opening it")
    (folder / "some.toml").write_text('path_data = "data"\n')
    (folder / "grid.toml").write_text('[train]\ncube = "cube.npz"\n[train.array]\nseed = [1, 2]\n')
    for name in ("taken", "batch001", "trained/CNN_training/taken", "maps/grad_cam", "datacube/there.npz"):
        (folder / name).mkdir(parents=True)
        (folder / name / "somebodys.txt").touch()
    return folder


CODE = """
import contextlib, io, json, sys
from otrain.cli.{stem} import main
said = []
for words in {cases!r}:
    with contextlib.redirect_stderr(io.StringIO()) as err, contextlib.redirect_stdout(io.StringIO()):
        try:
            code = main(words)
        except SystemExit as ended:
            code = ended.code
    heavy = sorted({{"tensorflow", "keras", "tf2onnx", "matplotlib"}} & set(sys.modules))
    said.append([code, err.getvalue(), heavy])
print(json.dumps(said))
"""


def test_every_command_has_its_mistakes():
    assert set(MISTAKES) == set(STEMS)


@pytest.mark.parametrize("stem", STEMS)
def test_mistakes_are_refused_before_tensorflow_starts(stem, folder):
    cases = [words for words, _, _ in MISTAKES[stem]]
    out = subprocess.run([sys.executable, "-c", CODE.format(stem=stem, cases=cases)], capture_output=True, text=True,
                         cwd=folder, check=True)
    for (words, code, message), (received, err, heavy) in zip(MISTAKES[stem], json.loads(out.stdout), strict=True):
        assert (received, heavy) == (code, []), f"{words}: {err}"
        assert message in err, words
        assert ": error: " in err, words
