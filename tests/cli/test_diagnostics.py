import json

import numpy as np
import pytest

from otrain.cli.diagnostics import build_parser, main
from otrain.data.cubes.datacube import write_cube


@pytest.fixture
def night(tmp_path, make_bundle, monkeypatch):
    """A cube of 40 candidates, whose score is a rising function of their mean, and a bundle."""
    make_bundle(tmp_path / "bundle")
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = rng.normal(20.0 * (2 * labels - 1), 25.0)[:, None, None, None] * np.ones((40, 16, 16, 1))
    columns = {"candid": np.array([f"c{n}" for n in range(40)]), "file": np.array([f"c{n}.fits" for n in range(40)])}
    write_cube(tmp_path / "night.npz", [images.astype(np.float32)], labels=labels, columns=columns, meta={})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("otrain.answers.scores.run_files.write_training_report", lambda path, *_, **__: path.write_text("page"))
    return ["--path-cube-validation", "night.npz", "--model-path", "bundle", "--path-diagnostics", "out"]


@pytest.mark.parametrize("line", [
    "--path-cube-validation c --model-path m --path-diagnostics d",
    "--path_cube_validation c --model_path m --path_diagnostics d",
])
def test_published_flags_are_parsed_in_both_spellings(line):
    args = build_parser().parse_args(line.split())
    assert (args.cube, args.model, args.out) == ("c", "m", "d")
    assert args.threshold is None


def test_judgement_is_text_on_standard_output(night, capsys):
    assert main(night) == 0
    out, err = capsys.readouterr()
    assert out.startswith("night.npz: 20 bogus, 20 real; threshold 0.5\n")
    for name in ("average precision, real", "average precision, bogus", "precision ", "recall", "F1", "MCC", "accuracy",
                 "Brier", "log loss", "ECE", "called real"):
        assert name in out, name
    assert "false positives" in err and "report.html" in err


def test_json_is_one_document(night, capsys):
    main([*night, "--json", "--threshold", "0.6"])
    document = json.loads(capsys.readouterr().out)
    assert document["threshold"] == 0.6 and document["counts"] == {"bogus": 20, "real": 20}
    assert np.sum(document["confusion"]) == 40
    assert document["metrics"]["recall"]["low"] <= document["metrics"]["recall"]["value"]


def test_existing_folder_gives_exit_code_5(night, capsys):
    assert [main(night), main(night), main([*night, "--overwrite"])] == [0, 5, 0]


def test_absent_cube_gives_exit_code_4_and_leaves_nothing(night, tmp_path):
    night[1] = "absent.npz"
    assert main(night) == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundle", "night.npz"]


def test_impossible_threshold_gives_exit_code_2(night, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*night, "--threshold", "1.5"])
    assert ended.value.code == 2
    assert "--threshold: must be a number from 0 to 1" in capsys.readouterr().err
