import pytest
from hostile.data import DATA, sound
from hostile.running import run_child

# Odd, and read as what it is: text stays text, and nothing of it is run.
READ = {"formula.csv", "nul.csv", "laughs.ecsv", "wide.dat", "mapping-call.toml", "mapping-template.toml"}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What became of every hostile file."""
    pytest.importorskip("fastavro")
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "secret").mkdir()
    (folder / "secret" / "passwd").write_bytes(b"root:x:0:0\n" * 200)
    good = sound(folder)
    return run_child(folder, good, list(DATA(folder)))


@pytest.mark.slow
def test_hostile_data_are_refused_in_words_or_read_as_what_they_are(found):
    wrong = [(row["name"], row["fate"], row["words"]) for row in found.rows
             if row["fate"] != "refused" and not (row["fate"] == "loaded" and row["name"] in READ)]
    assert not wrong
    assert len(found.rows) >= 80
    assert all(row["words"].strip() for row in found.rows if row["fate"] == "refused")


@pytest.mark.slow
def test_nothing_is_executed_imported_or_written(found):
    assert not {row["name"]: row["events"] for row in found.rows if row["events"]}
    assert not found.witness
    assert not found.traced
    assert not found.new_files


@pytest.mark.slow
def test_no_file_takes_a_gigabyte_or_two_seconds(found):
    assert not {row["name"]: row["peak"] for row in found.rows if row["peak"] > 1024}
    assert not {row["name"]: row["cpu"] for row in found.rows if row["cpu"] > 2}
