import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

from otrain.engine import local
from otrain.engine import ray as ray_engine
from otrain.engine.local import Done, Failed
from otrain.engine.ray import run_restartable
from otrain.errors import MissingExtraError, ResourceError

HERE = str(Path(__file__).parent)


@pytest.fixture(autouse=True)
def faulty(monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    import faulty

    return faulty


def outcomes(results):
    results = list(results)
    assert [index for index, _ in results] == list(range(len(results)))
    return [result for _, result in results]


def test_results_are_those_of_the_local_engine_in_their_order(cluster, faulty):
    found = outcomes(run_restartable(faulty.picture, range(200), chunk=7))
    expected = outcomes(local.run_restartable(faulty.picture, range(200), workers=0))
    assert len(found) == 200
    assert all(np.array_equal(a.value, b.value) for a, b in zip(found, expected, strict=True))


def test_no_items_give_no_results(cluster, faulty):
    assert list(run_restartable(faulty.square, [])) == []


def test_a_worker_killed_in_the_middle_changes_nothing(cluster, faulty):
    values, pids, killed = [], [], None
    for index, result in run_restartable(faulty.process, range(300), chunk=5):
        values.append((index, result.value[0]))
        pids.append(result.value[1])
        if index == 20:
            killed = result.value[1]
            os.kill(killed, signal.SIGKILL)
    assert values == [(i, i) for i in range(300)]
    assert killed in pids and killed not in pids[-100:]


def test_an_input_that_kills_its_worker_is_lost_alone(cluster, faulty):
    found = outcomes(run_restartable(faulty.exits, range(12), chunk=6))
    assert [i for i, result in enumerate(found) if isinstance(result, Failed)] == [3]
    assert found[3].reason == "decoder-crash" and found[4] == Done(4)


def test_a_slow_input_is_given_up(cluster, faulty):
    found = outcomes(run_restartable(faulty.slow, range(4), workers=1, chunk=1, timeout=1.0))
    assert found[2] == Failed("timeout", "not decoded within 1 s of processor time.") and found[3] == Done(3)


def test_an_input_that_waits_for_ever_is_given_up_later(cluster, faulty, monkeypatch):
    monkeypatch.setattr(ray_engine, "_ASLEEP", 2)
    found = outcomes(run_restartable(faulty.asleep, range(4), workers=1, chunk=1, timeout=0.5))
    assert found[2] == Failed("timeout", "not decoded: it waited 1 s for something, such as a disk.")
    assert found[3] == Done(3)


def test_an_error_of_the_request_ends_the_run(cluster, faulty):
    with pytest.raises(MissingExtraError, match=r"pip install 'otrain\[alerts\]'"):
        list(run_restartable(faulty.asks_for_an_extra, range(9), chunk=2))


def test_missing_ray_is_an_error_that_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'otrain\[ray\]'"):
        next(run_restartable(len, ["a"]))


def test_workers_that_cannot_start_are_no_fault_of_the_inputs(cluster, faulty):
    with pytest.raises(ResourceError, match="is otrain installed on every node"):
        list(run_restartable(faulty.HomeOnly(), range(9)))


def test_address_without_a_cluster_is_refused(monkeypatch):
    ray = pytest.importorskip("ray")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", no_cluster)
    with pytest.raises(ResourceError, match="--ray-address head:6379: no Ray cluster"):
        next(run_restartable(len, ["a"], address="head:6379"))


def no_cluster(**options):
    raise ConnectionError("nobody there")
