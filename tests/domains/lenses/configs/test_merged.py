import pytest

from otrain.cli._dialects import Tables, change_table
from otrain.domains.lenses.configs.merged import Place, merge_files
from otrain.errors import UsageError


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Three files in two folders: the training names the problem, which names the data set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "problem.toml").write_text(
        '[problem]\nfilename = "r.csv"\ndataset = "d.toml"\n[dataset.training]\nfilename = "training.csv"\nsize = 5\n')
    (tmp_path / "p" / "d.toml").write_text('[simulator]\nsize = 9\n[dataset]\ndirectory = "images"\n')
    return Tables({"settings": {"problem": "p/problem.toml"}, "training": {"num-epochs": 3},
                   "dataset": {"directory": "old", "training": {"filename": "train.csv"}}})


def test_later_file_wins_and_says_so(files):
    merged = merge_files(files, "ml.toml")
    assert merged.table("dataset")["training"] == {"filename": "training.csv", "size": 5}
    assert merged.table("dataset")["directory"] == "images" and merged.table("simulator") == {"size": 9}
    assert merged.table("training") == {"num-epochs": 3}
    assert merged.notes == [
        "dataset.training.filename: 'training.csv' of p/problem.toml takes the place of 'train.csv'.",
        "dataset.directory: 'images' of p/d.toml takes the place of 'old'."]


def test_what_is_set_on_the_command_line_is_not_overruled(files):
    change_table(files, "dataset.training.size", 2, command="train")
    change_table(files, "dataset.directory", "mine", command="train")
    merged = merge_files(files, "ml.toml")
    assert merged.table("dataset")["training"]["size"] == 2 and merged.table("dataset")["directory"] == "mine"


def test_path_is_that_beside_its_file_else_that_of_the_current_folder(files, tmp_path):
    place = merge_files(files, "ml.toml").table("problem")["filename"]
    assert place.find() == "p/r.csv"  # neither is there
    (tmp_path / "r.csv").touch()
    assert place.find() == "r.csv" and place.is_here_alone()
    (tmp_path / "p" / "r.csv").touch()
    assert place.find() == "p/r.csv" and not place.is_here_alone()


def test_what_is_written_goes_beside_what_is_read(files, tmp_path):
    merged = merge_files(files, "ml.toml")
    read, name = merged.table("problem")["filename"], Place("out/a.csv", "p")
    assert merged.beside(read, name) == "p/out/a.csv"
    (tmp_path / "r.csv").touch()
    assert merged.beside(read, name) == "out/a.csv"


def test_file_that_is_named_must_be_there_and_known(files, tmp_path):
    (tmp_path / "p" / "d.toml").write_text("[dataset]\ndirectry = 3\n")
    with pytest.raises(UsageError, match=r"p/d.toml: unknown key 'directry'"):
        merge_files(files, "ml.toml")
    (tmp_path / "p" / "d.toml").unlink()
    with pytest.raises(UsageError, match=r"ml.toml: problem.dataset: p/d.toml cannot be read"):
        merge_files(files, "ml.toml")
