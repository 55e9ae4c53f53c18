from pathlib import Path

import pytest

from otrain.cli import train as command
from otrain.cli._config import apply_config
from otrain.cli.train import build_parser, main
from otrain.data.results.run_directory import RunDirectory
from otrain.workflows.train import Training


def parsed(*words):
    return build_parser().parse_args(["--cube", "x.npz", *words])


def test_defaults_are_the_published_ones():
    args = parsed()
    assert (args.epochs, args.frac, args.dropout, args.threshold, args.model_path) == (10, 0.15, None, 0.5, ".")


@pytest.mark.parametrize("flag", ["--model-path", "--model_path"])
def test_both_spellings_are_understood(flag):
    assert parsed(flag, "there").model_path == "there"


@pytest.mark.parametrize("words", [["--epochs", "0"], ["--batch-size", "-1"], ["--dropout", "1"], ["--optimizer", "lion"],
                                   ["--learning-rate", "-1"], ["--learning-rate", "0"], ["--learning-rate", "nan"],
                                   ["--learning-rate", "inf"], ["--weight-decay", "-0.1"],
                                   ["--ensemble", "0"], ["--ensemble", "1.5"]])
def test_impossible_values_are_asked_wrongly(words, capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(*words)
    assert stop.value.code == 2 and words[0] in capsys.readouterr().err


def test_cube_is_needed(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2


def test_absent_cube_is_exit_4(tmp_path, capsys):
    assert main(["--cube", str(tmp_path / "no.npz"), "--model-path", str(tmp_path)]) == 4
    assert "no such data cube" in capsys.readouterr().err


def test_existing_run_is_exit_5(tmp_path, capsys):
    (tmp_path / "CNN_training" / "x").mkdir(parents=True)
    assert main(["--cube", str(tmp_path / "x.npz"), "--model-path", str(tmp_path)]) == 5
    assert "--overwrite" in capsys.readouterr().err


def test_unknown_configuration_key_proposes_the_nearest(tmp_path, capsys):
    (tmp_path / "c.toml").write_text("epoch = 3\n")
    with pytest.raises(SystemExit):
        main(["--cube", "x.npz", "--config", str(tmp_path / "c.toml")])
    assert "Did you mean 'epochs'" in capsys.readouterr().err


def test_flag_wins_over_file_and_everything_reaches_the_workflow(tmp_path, monkeypatch, capsys):
    (tmp_path / "c.toml").write_text('[train]\nepochs = 3\nbatch-size = 8\naugment = ["turns", "noise"]\n')
    seen = {}

    def fake(cube, **options):
        seen.update(options, cube=cube)
        rate = {"value": 0.9, "low": 0.8, "high": 0.95}
        report = {"metrics": {"validation": {"accuracy": rate}, "test": {"recall": rate}},
                  "confusion": {"validation": [[1, 0], [0, 1]]}, "notes": ["mind"]}
        return Training(report, RunDirectory(Path("CNN_training/x")))

    monkeypatch.setattr("otrain.workflows.train.train", fake)
    assert main(["--cube", "x.npz", "--config", str(tmp_path / "c.toml"), "--epochs", "5"]) == 0
    assert (seen["epochs"], seen["batch_size"], seen["augment"]) == (5, 8, ("turns", "noise"))
    assert seen["asked"]["epochs"] == 5 and seen["asked"]["seed"] == 0
    out = capsys.readouterr()
    assert out.out == "CNN_training/x\n"
    assert "validation: accuracy 0.9000" in out.err and "test: recall 0.9000 (95 %: 0.8000 to 0.9500)" in out.err


def test_number_of_networks_is_set_beside_a_training_file_of_another_program():
    path = Path(__file__).parents[2] / "data_examples" / "lenses" / "experiment01.toml"
    words = ["--config", str(path)]
    assert apply_config(build_parser(), words).ensemble == 1
    args = apply_config(build_parser(), [*words, "--set", "ensemble=3"])
    assert args.ensemble == 3 and args.architecture == apply_config(build_parser(), words).architecture


def test_none_means_no_augmentation(monkeypatch):
    seen = {}

    def fake(cube, **options):
        seen.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr("otrain.workflows.train.train", fake)
    assert main(["--cube", "x.npz", "--augment", "none"]) == 130
    assert seen["augment"] == ()


def test_none_beside_an_augmentation_is_refused(capsys):
    assert main(["--cube", "x.npz", "--augment", "none", "turns"]) == 2
    assert "--augment takes none alone" in capsys.readouterr().err


def test_rate_of_the_test_without_events_has_no_interval():
    rate = {"value": None, "low": None, "high": None}
    report = {"metrics": {"test": {"recall": rate}}, "confusion": {}, "notes": []}
    assert list(command.summary(report)) == ["test: recall not defined"]


def test_summary_says_what_is_not_defined():
    report = {"metrics": {"validation": {"mcc": {"value": None}}}, "confusion": {"validation": [[1, 0], [0, 0]]},
              "notes": []}
    assert "mcc not defined" in next(iter(command.summary(report)))
