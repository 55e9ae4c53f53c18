import pytest

from otrain.cli.grad_cam import build_parser, main


@pytest.mark.parametrize("line", [
    "--cube c.npz --model-path m --cam_path out --n_random 5 --threshold 0.3",
    "--cube c.npz --model_path m --cam-path out --n-random 5 --threshold 0.3",
])
def test_published_flags_are_parsed_in_both_spellings(line):
    args = build_parser().parse_args(line.split())
    assert (args.cube, args.model, args.out, args.n_random, args.threshold) == ("c.npz", "m", "out", 5, 0.3)


def test_defaults_are_the_published_ones():
    args = build_parser().parse_args(["--cube", "c", "--model-path", "m"])
    assert (args.n_random, args.threshold, args.method, args.layer) == (30, 0.5, "grad-cam", None)


def test_every_method_is_named_in_the_help(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")  # argparse breaks lines at hyphens
    text = " ".join(build_parser().format_help().split())
    for name in ("grad-cam++", "score-cam", "saliency", "smooth-grad", "occlusion"):
        assert name in text


def test_unknown_method_gives_exit_code_2(capsys, tmp_path):
    line = ["--cube", "c", "--model-path", "m", "--cam_path", str(tmp_path), "--method", "gradcam"]
    assert main(line) == 2
    assert "Did you mean 'grad-cam'" in capsys.readouterr().err


def test_existing_folder_gives_exit_code_5_before_anything_is_read(capsys, tmp_path):
    (tmp_path / "grad_cam").mkdir()
    assert main(["--cube", "c", "--model-path", "m", "--cam_path", str(tmp_path)]) == 5
    assert "replace it with --overwrite" in capsys.readouterr().err


def test_missing_network_gives_exit_code_4(capsys, tmp_path):
    assert main(["--cube", "c", "--model-path", str(tmp_path), "--cam_path", str(tmp_path)]) == 4
    assert "not a run directory" in capsys.readouterr().err
