import numpy as np
import pytest

from otrain.data.files.work_log import WorkLog
from otrain.errors import DataError, OutputError, UsageError


def log(folder, request=None, **options):
    return WorkLog(folder / ".scores.dat.progress", request or {"model": "a"}, **options)


@pytest.fixture
def written(tmp_path):
    """A log with three finished parts."""
    writer = log(tmp_path, every=0)
    for part in range(3):
        writer.add({"name": np.array([f"c{part}", "é"]), "score": np.array([part, np.nan])}, {"rows": 2 * part})
    writer._file.close()
    return tmp_path


def read(folder, **options):
    reader = log(folder, **options)
    reader.begin(resume=True, overwrite=False)
    return reader


def test_finished_parts_are_read_back_in_order(written):
    reader = read(written)
    assert [state["rows"] for state in reader.states] == [0, 2, 4]
    parts = list(reader.parts())
    assert [part["name"][0] for part in parts] == ["c0", "c1", "c2"] and parts[0]["name"][1] == "é"
    np.testing.assert_array_equal(parts[1]["score"], [1, np.nan])


def test_part_that_was_cut_short_is_dropped_wherever_that_was(written):
    path = written / ".scores.dat.progress"
    content = path.read_bytes()
    counts = set()
    for end in range(len(content)):
        path.write_bytes(content[:end])
        reader = read(written)
        assert [part["score"][0] for part in reader.parts()] == list(range(len(reader.states)))
        counts.add(len(reader.states))
    assert counts == {0, 1, 2}


def test_parts_behind_a_damaged_one_are_dropped(written):
    path = written / ".scores.dat.progress"
    content = bytearray(path.read_bytes())
    content[content.index(b"c1".decode().encode("utf-32-le"))] ^= 1
    path.write_bytes(content)
    assert len(read(written).states) == 1


def test_continued_log_has_the_parts_of_both_processes(written):
    (written / ".scores.dat.progress").write_bytes((written / ".scores.dat.progress").read_bytes()[:-1])
    reader = read(written)
    reader.add({"score": np.array([7.0])}, {"rows": 9})
    reader._file.close()
    assert [state["rows"] for state in read(written).states] == [0, 2, 9]


def test_damaged_parts_can_be_given_up_afterwards(written):
    read(written).keep(1)
    assert [state["rows"] for state in read(written).states] == [0]


def test_other_request_is_refused_by_what_differs(written):
    with pytest.raises(UsageError, match=r"another request \(model: 'a' then, 'b' now\)"):
        read(written, request={"model": "b"})


def test_much_unfinished_work_is_not_given_up_unasked(written):
    with pytest.raises(OutputError, match=r"unfinished work were left here\. Continue with --resume"):
        log(written, every=0).begin(resume=False, overwrite=False)
    log(written, every=0).begin(resume=False, overwrite=True)
    assert not list(written.iterdir())


def test_a_moment_of_unfinished_work_is_done_again(written):
    reader = log(written, every=30)
    reader.begin(resume=False, overwrite=False)
    assert reader.states == [] and not list(written.iterdir())


def test_nothing_is_written_before_the_first_part(tmp_path):
    reader = read(tmp_path)
    assert not reader.states and not list(reader.parts()) and not list(tmp_path.iterdir())


@pytest.mark.parametrize(("error", "every", "left"), [
    (DataError("no usable candidate"), 0, False), (KeyboardInterrupt(), 0, True), (KeyboardInterrupt(), 30, False)])
def test_log_of_a_job_is_kept_if_it_was_stopped_after_a_while(tmp_path, error, every, left):
    writer = log(tmp_path, every=every)
    with pytest.raises(type(error)), writer.kept():
        writer.add({}, {})
        raise error
    assert writer.path.exists() == left


def test_log_of_a_job_that_ends_well_is_removed(tmp_path):
    writer = log(tmp_path)
    with writer.kept():
        writer.add({}, {})
    assert not list(tmp_path.iterdir())
