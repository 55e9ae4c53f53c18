import numpy as np
import pytest

from otrain.data.files.checkpoint import Checkpoint
from otrain.errors import IntegrityError, OutputError, UsageError

REQUEST = {"cube": "abc", "recipe": {"epochs": 10, "augment": ("turns",)}}


def checkpoint(folder, request=REQUEST, surroundings=None):
    return Checkpoint(folder / ".night.checkpoint", request, surroundings or {"threads": 2})


@pytest.fixture
def saved(tmp_path):
    """A folder with two snapshots, of positions 3 and 4."""
    writer = checkpoint(tmp_path)
    for position in (3, 4):
        writer.save({"position": position, "best": np.inf}, {"kernel": np.full((2, 2), position, np.float32)})
    return tmp_path


def test_latest_snapshot_is_read_back_unchanged(saved):
    snapshot = checkpoint(saved).begin(resume=True, overwrite=False)
    assert snapshot.state == {"position": 4, "best": np.inf} and snapshot.surroundings == {"threads": 2}
    assert snapshot.arrays["kernel"].dtype == np.float32 and (snapshot.arrays["kernel"] == 4).all()


def test_first_snapshot_after_a_continuation_is_the_latest(saved):
    again = checkpoint(saved)
    again.begin(resume=True, overwrite=False)
    again.save({"position": 5}, {})
    assert checkpoint(saved).begin(resume=True, overwrite=False).state == {"position": 5}


def test_nothing_saved_begins_at_the_beginning(tmp_path):
    assert checkpoint(tmp_path).begin(resume=True, overwrite=False) is None
    assert not list(tmp_path.iterdir())


def test_unfinished_run_is_neither_continued_nor_replaced_unasked(saved):
    with pytest.raises(OutputError, match=r"unfinished run was left here\. Continue it with --resume, or begin anew"):
        checkpoint(saved).begin(resume=False, overwrite=False)


def test_overwrite_gives_up_an_unfinished_run(saved):
    assert checkpoint(saved).begin(resume=False, overwrite=True) is None
    assert not list(saved.iterdir())


def test_another_request_is_refused_by_what_differs(saved):
    other = {"cube": "abc", "recipe": {"epochs": 20, "augment": ("turns",)}}
    with pytest.raises(UsageError, match=r"another request \(recipe.epochs: 10 then, 20 now\)"):
        checkpoint(saved, other).begin(resume=True, overwrite=False)


@pytest.mark.parametrize("damage", [lambda c: c[:len(c) // 2], lambda c: b"", lambda c: c[:-1] + bytes([c[-1] ^ 1]),
                                    lambda c: b"\0" * len(c)])
def test_damaged_snapshot_leaves_the_older_one(saved, damage):
    file = saved / ".night.checkpoint" / "state-1"
    file.write_bytes(damage(file.read_bytes()))
    snapshot = checkpoint(saved).begin(resume=True, overwrite=False)
    assert snapshot.state["position"] == 3 and "state-1: its content is not what" in snapshot.notes[0]


def test_two_damaged_snapshots_are_an_error(saved):
    for file in (saved / ".night.checkpoint").iterdir():
        file.write_bytes(b"x")
    with pytest.raises(IntegrityError, match="no snapshot can be read"):
        checkpoint(saved).begin(resume=True, overwrite=False)


def test_objects_in_a_snapshot_are_refused(saved):
    for position in (5, 6):
        checkpoint(saved).save({"position": position}, {})
    writer = checkpoint(saved)
    for _ in "ab":
        writer.save({}, {"kernel": np.array([{}], dtype=object)})
    with pytest.raises(IntegrityError, match="allow_pickle"):
        checkpoint(saved).begin(resume=True, overwrite=False)
