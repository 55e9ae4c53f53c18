import dataclasses
import socket
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from otrain.catalogue import TASKS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.subsets.split import split_cube
from otrain.errors import UsageError
from otrain.workflows import train as workflow
from otrain.workflows.training.host_part import _require_agreement
from otrain.workflows.training.hosts import Hosts, fit_on_hosts
from otrain.workflows.training.recipe import Recipe

RECIPE = Recipe(epochs=2, batch_size=16, seed=1)


def meeting_place():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """Noise, with a star where the label is 1; the training rows fill no whole number of batches."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 2
    images = rng.normal(size=(90, 12, 12, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += 4
    path = tmp_path_factory.mktemp("hosts") / "cube"
    write_cube(path, [images], labels=labels, columns={}, meta={}, store="folder").close()
    with open_cube(path) as cube:
        yield cube


def part(cube, names, index, recipe=RECIPE):
    """Train as one of several hosts; return its weights and history."""
    pytest.importorskip("jax")
    split = split_cube(cube, frac_validation=0.2, frac_test=0.2, seed=1)
    network, history = fit_on_hosts(Hosts(names, index), recipe, cube, split, TASKS.load("classification"),
                                    channels=[0], on_epoch=lambda *done: None, device="cpu")
    return network.get_weights(), history


@pytest.fixture(scope="module")
def trained(cube):
    """What two hosts trained together, and what one with batches as large as theirs together trained."""
    # Half of the time would go into making fast code for a handful of steps.
    names, alone = (meeting_place(), "127.0.0.1:2"), (meeting_place(),)
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(3) as threads:
        patch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
        parts = [threads.submit(part, cube, names, index) for index in (0, 1)]
        return [*(one.result() for one in parts), threads.submit(part, cube, alone, 0).result()]


def test_two_hosts_have_the_same_weights_bit_by_bit(trained):
    (first, _), (second, _), _ = trained
    assert len(first) > 4 and all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_two_hosts_have_the_loss_curve_of_one_with_their_summed_batch(trained):
    (_, together), _, (_, alone) = trained
    assert len(together["loss"]) == RECIPE.epochs
    for name in ("loss", "val_loss", "accuracy", "val_accuracy"):
        assert together[name] == pytest.approx(alone[name], rel=1e-3)  # float32 sums in another order


def test_hosts_that_were_asked_for_different_things_stop(cube, monkeypatch):
    utilities = pytest.importorskip("jax.experimental.multihost_utils")
    gathered = []
    split = split_cube(cube, frac_validation=0.2, frac_test=0.2, seed=1)
    job = {"hosts": ["node1:7077", "node2:7077"], "channels": [0], "recipe": dataclasses.asdict(RECIPE)}
    monkeypatch.setattr(utilities, "process_allgather", lambda digest: gathered.append(digest) or [digest] * 2)
    _require_agreement(job, cube, split)
    job["recipe"]["learning_rate"] = 0.5
    monkeypatch.setattr(utilities, "process_allgather", lambda digest: [*gathered, digest])
    with pytest.raises(UsageError, match=r"node2:7077 was asked for something else than node1:7077"):
        _require_agreement(job, cube, split)


@pytest.mark.parametrize(("text", "index", "options", "words"), [
    ("node1,node2", 0, {}, "takes host:port"),
    ("node1:7077,", 0, {}, "takes host:port"),
    ("node1:7077,node1:7077", 0, {}, "no two alike"),
    ("node1:7077,node2:7077", 2, {}, "between 0 and 1"),
    ("", 1, {}, "Give --hosts as well"),
    ("node1:7077,node2:7077", 0, {"batch_size": 33}, "multiple of the number of hosts, 2"),
    ("node1:7077,node2:7077", 0, {"deterministic": True}, "for one host"),
    ("node1:7077,node2:7077", 0, {"resume": True}, "keeps no checkpoints")])
def test_hosts_that_cannot_train_together_are_refused(text, index, options, words):
    with pytest.raises(UsageError, match=words):
        Hosts.parsed(text, index, **options)


def test_no_hosts_are_no_hosts():
    assert Hosts.parsed(None, 0) is None


def test_host_other_than_the_first_writes_nothing(cube, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(workflow, "fit_on_hosts", lambda *arguments, **options: asked.append(arguments))
    report, run = workflow.train(cube.path, model_path=tmp_path, frac=0.2, test_frac=0.2, batch_size=16,
                                 hosts="node1:7077,node2:7077", host_index=1)
    assert report is None and not run.path.exists() and not list(tmp_path.rglob("*"))
    assert asked[0][0].names == ("node1:7077", "node2:7077") and asked[0][1].batch_size == 16
