from types import SimpleNamespace

import pytest

from otrain.cli.optimise_dataset_size import answers, build_parser, main
from otrain.workflows.optimise_dataset_size import SizeStudy

RATE = {"value": 0.05, "low": 0.04, "high": 0.0612}
GAIN = {"measure": "false_negatives", "labels": 800, "more": 500, "now": RATE | {"value": 0.1}, "then": RATE,
        "gain": {"value": 0.05, "low": 0.0388, "high": 0.06}, "problem": ""}


def parsed(*words):
    return build_parser().parse_args(["--cube", "x.npz", "--outdir", "out", *words])


def test_defaults_are_the_published_ones():
    args = parsed()
    assert (args.epochs, args.n_sections, args.dropout, args.repeats) == (10, 20, 0.3, 1)


@pytest.mark.parametrize("flag", ["--n_sections", "--n-sections"])
def test_both_spellings_are_understood(flag):
    assert parsed(flag, "7").n_sections == 7


@pytest.mark.parametrize("words", [["--n_sections", "0"], ["--repeats", "-1"], ["--dropout", "1"]])
def test_impossible_values_are_asked_wrongly(words, capsys):
    with pytest.raises(SystemExit) as stop:
        parsed(*words)
    assert stop.value.code == 2 and words[0].replace("_", "-") in capsys.readouterr().err


def test_gain_is_one_sentence():
    assert list(answers({"gains": [GAIN]})) == [
        "500 more labels would lower the false negatives at 1 % false positives from 10.0 % to 5.00 % "
        "(95 %: 4.00 % to 6.12 %), that is by 5.00 % (95 %: 3.88 % to 6.00 %)"]


def test_what_cannot_be_said_is_said():
    (sentence,) = answers({"gains": [GAIN | {"problem": "no trend", "now": None}]})
    assert sentence.endswith("cannot be said: no trend") and "from" not in sentence


def test_flags_reach_the_workflow_and_the_answer_is_on_standard_output(monkeypatch, capsys):
    seen = {}

    def fake(cube, **options):
        seen.update(options, cube=cube)
        return SizeStudy({"gains": [GAIN]}, SimpleNamespace(path="out"))

    monkeypatch.setattr("otrain.workflows.optimise_dataset_size.optimise_dataset_size", fake)
    assert main(["--cube", "x.npz", "--outdir", "out", "--repeats", "3", "--resume"]) == 0
    assert (seen["cube"], seen["out"], seen["repeats"], seen["resume"]) == ("x.npz", "out", 3, True)
    captured = capsys.readouterr()
    assert captured.out.startswith("500 more labels") and captured.err.endswith("out\n")


def test_existing_study_is_exit_5(tmp_path, capsys):
    (tmp_path / "runs.jsonl").touch()
    assert main(["--cube", "x.npz", "--outdir", str(tmp_path)]) == 5
    assert "--overwrite" in capsys.readouterr().err
