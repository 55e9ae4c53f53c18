import json

import numpy as np
import pytest

from otrain.cli.plot_results import build_parser, main
from otrain.data.cubes.datacube import write_cube

META = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients", "task": "classification"}
LINE = ["--path-cube-validation", "night.npz", "--model-path", "bundle", "--path-plots", "plots"]


@pytest.fixture
def night(tmp_path, make_bundle, monkeypatch):
    make_bundle(tmp_path / "bundle")
    labels = np.arange(60) % 2
    images = np.random.default_rng(0).normal(size=(60, 16, 16, 1)) + (20.0 * labels - 10)[:, None, None, None]
    table = {"mag": np.r_[np.full(56, 18.0), np.full(4, 99.0)], "file": np.array([f"c{i}.fits" for i in range(60)])}
    write_cube(tmp_path / "night.npz", [images.astype(np.float32)], labels=labels, columns=table, meta=META).close()
    monkeypatch.setattr("otrain.plots.style.save_figure", lambda path, figure: path.write_bytes(b"png"))
    monkeypatch.setattr("otrain.answers.scores.figures.result_figures", lambda *judged, classes: {"mag_ROC": None})
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("line", [
    "--path-cube-validation c --model-path m --path-plots p", "--path_cube_validation c --model_path m --path_plots p",
])
def test_published_flags_are_parsed_in_both_spellings(line):
    args = build_parser().parse_args(line.split())
    assert (args.cube, args.model, args.out, args.threshold) == ("c", "m", "p", 0.5)


def test_best_thresholds_go_to_standard_output_and_counts_to_standard_error(night, capsys):
    assert main([*LINE, "--bins", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("best threshold by F1 + MCC: 0.50 (F1 1.000, MCC 1.000)\n")
    assert "magnitude, best threshold by G-mean (left out: 99: 4)\n" in out
    assert "28 real     28 bogus  threshold 0." in out
    assert "30 real, 30 bogus" in err and "figures in plots" in err


def test_json_is_one_document(night, capsys):
    assert main([*LINE, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["best"]["f1"] == 1 and "mag_ROC.png" in document["figures"]
    assert document["bins"]["mag"]["left_out"] == {"99": 4}


def test_second_run_gives_exit_code_5(night):
    assert [main(LINE), main(LINE), main([*LINE, "--overwrite"])] == [0, 5, 0]


def test_absent_cube_gives_exit_code_4(night):
    assert main(["--path-cube-validation", "none.npz", *LINE[2:]]) == 4
