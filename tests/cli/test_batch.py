from pathlib import Path

import pytest

from otrain.cli.batch import best, main
from otrain.workflows.batch import Batch

SUMMARY = {"runs": 2, "finished": 2, "failed": 0, "measure": "r2", "best": {
    "run": "run002", "values": {"dropout": "0.2"}, "validation": 0.45, "test": 0.4, "model_id": "ab"}}
OWN = '[batch]\ndirbase = "try%%"\n[train]\ncube = "n.npz"\nepochs = 2\n[train.array]\ndropout = [0.1, 0.2]\n'
DROULETTE = """[settings]
models = ["value-cnn", "otrain-cnn"]
[hyperparameters.array]
learning-rate = [1e-3]
[dataset]
directory = "images"
training.filename = "train.csv"
testing.filename = "test.csv"
validation.filename = "validation.csv"
[output]
dirbase = "experiment%%"
"""


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Run the command on the text of a file; return what the workflow was asked for."""
    monkeypatch.chdir(tmp_path)
    seen = []

    def fake(runs, **options):
        from otrain.data.results.batch_directory import BatchDirectory

        seen.append((runs, options))
        return Batch(SUMMARY, BatchDirectory(options["dirbase"], len(runs)), ("one failed",), 4)

    monkeypatch.setattr("otrain.workflows.batch.batch", fake)

    def run(text, *words):
        Path("batch.toml").write_text(text)
        return main(["--config", "batch.toml", *words]), *(seen or [None])

    return run


def test_own_form_is_a_grid_over_flags_of_train(asked, capsys):
    code, (runs, options) = asked(OWN, "--resume")
    assert code == 4 and options == {"dirbase": "try%%", "overwrite": False, "resume": True}
    assert [run.tables["train"]["dropout"] for run in runs] == [0.1, 0.2]
    assert all(run.cube == "n.npz" and run.asked["epochs"] == 2 and run.made_from is None for run in runs)
    captured = capsys.readouterr()
    assert captured.out == "best of 2: run002 (dropout 0.2): r2 0.4500 on validation, test 0.4000\n"
    assert "table: try.csv" in captured.err and "note: one failed" in captured.err


def test_values_are_changed_on_the_command_line(asked):
    _, (runs, options) = asked(OWN, "--set", "train.epochs=5", "--set", "train.array.dropout=[0.3]", "--dirbase", "a%%")
    assert [run.tables["train"] for run in runs] == [{"cube": "n.npz", "epochs": 5, "dropout": 0.3}]
    assert options["dirbase"] == "a%%"


@pytest.mark.parametrize(("old", "new", "word"), [
    ("0.2]", "2]", "try002 (dropout 2): --dropout: must be a number from 0"),
    ("dropout =", "dropuot =", "Did you mean 'dropout'"),
    ("cube = \"n.npz\"\n", "", "try001 (dropout 0.1): not given: --cube"),
    ("epochs = 2", "epochs = true", "epochs"), ("[0.1, 0.2]", "0.1", "dropout must be a list"),
    ("try%%", "try", "dirbase must be"), ("[train]", "[trian]", "unknown table [trian]"),
    ("epochs = 2", "model-path = 'x'", "dirbase says where"),
    ("epochs = 2", "config = 'x'", "unknown configuration key")])
def test_every_combination_passes_the_parser_of_train_first(asked, capsys, old, new, word):
    try:
        code, *seen = asked(OWN.replace(old, new, 1))
    except SystemExit as stop:
        code, seen = stop.code, [None]
    err = capsys.readouterr().err
    assert code == 2 and seen == [None]
    assert word in err and "otrain-batch: error: " in err and "Traceback" not in err


def test_file_without_a_training_is_refused(asked, capsys):
    assert asked("[batch]\n")[0] == 2 and "no table [train]" in capsys.readouterr().err


def write_tables():
    Path("images").mkdir()
    for name, numbers in (("train", (1, 2)), ("validation", (3,)), ("test", (4,))):
        Path(f"{name}.csv").write_text("filename,sigma\n" + "".join(f"i{i}.png,{i}\n" for i in numbers))
    for i in range(1, 5):
        Path(f"images/i{i}.png").touch()


def test_form_of_droulette_makes_one_cube_for_all_networks(asked, capsys):
    write_tables()
    _, (runs, options) = asked(DROULETTE)
    assert options["dirbase"] == "experiment%%" and [run.swept["model"] for run in runs] == ["value-cnn", "otrain-cnn"]
    assert {run.cube for run in runs} == {"datacube/images-train.npz"}
    assert runs[0].made_from == runs[1].made_from and runs[0].made_from["variables"] == ["sigma"]
    assert [run.asked["architecture"] for run in runs] == ["value-cnn", "otrain-cnn"]
    assert capsys.readouterr().err.count("AdamW") == 1  # not once for each run


@pytest.mark.parametrize(("old", "new", "word"), [
    ('"otrain-cnn"', '"otrain-cn"', "experiment002 (model otrain-cn, learning-rate 0.001): [settings] model: unknown"),
    ("[1e-3]", '["fast"]', "learning-rate must be a number"), ("learning-rate", "learning_rate", "Did you mean")])
def test_combination_that_droulette_would_not_take_is_refused(asked, capsys, old, new, word):
    write_tables()
    try:
        code, *seen = asked(DROULETTE.replace(old, new))
    except SystemExit as stop:
        code, seen = stop.code, [None]
    err = capsys.readouterr().err
    assert code == 2 and seen == [None] and word in err and not Path("datacube").exists()


def test_nothing_is_said_to_be_best_where_nothing_is_known():
    assert list(best(SUMMARY | {"best": None, "measure": None})) == []
