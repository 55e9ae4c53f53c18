"""kill -9 at random instants: the command that is continued ends as one that was never killed."""

import numpy as np
import pytest
from kills import JOBS, kill_and_continue, kill_at_calls, prepare, run_whole

KILLS = 5


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    prepare(folder, files=240)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convert", "infer"])
def test_killed_command_ends_with_the_same_bytes(source, tmp_path, name):
    expected, seconds = run_whole(JOBS[name], source, tmp_path / "whole")
    assert any(path.endswith((".npz", ".ecsv")) for path in expected)
    rng, kills = np.random.default_rng(20), 0
    while kills < KILLS:
        found = kill_and_continue(JOBS[name], source, tmp_path / f"after{kills}", expected, seconds,
                                  kills=KILLS - kills, rng=rng)
        assert not found["failures"] and not found["differences"] and not found["partial"], found
        kills += found["kills"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convert", "infer"])
def test_command_killed_at_chosen_calls_ends_with_the_same_bytes(source, tmp_path, name):
    expected, _ = run_whole(JOBS[name], source, tmp_path / "whole")
    found = kill_at_calls(JOBS[name], source, tmp_path / "after", expected, kills=KILLS, most=12,
                          rng=np.random.default_rng(20))
    assert found["kills"] and not found["failures"] and not found["differences"] and not found["partial"], found


@pytest.mark.slow
def test_killed_training_ends_with_the_same_bits(source, tmp_path):
    expected, _ = run_whole(JOBS["train"], source, tmp_path / "whole")
    assert sum(isinstance(value, tuple) for value in expected.values()) > 4
    found = kill_and_continue(JOBS["train"], source, tmp_path / "after", expected, 0.3, kills=KILLS,
                              rng=np.random.default_rng(20))
    assert found["kills"] == KILLS and not found["failures"] and not found["differences"], found
    assert not found["partial"], found
