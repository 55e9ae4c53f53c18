import json
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from otrain.bundle.bundle import Bundle
from otrain.catalogue import TASKS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.predictions import Predictions
from otrain.data.subsets.split import Split
from otrain.errors import UsageError
from otrain.models.load import load_network
from otrain.workflows.train import train
from otrain.workflows.training.checkpoints import resumable
from otrain.workflows.training.fitting import build, fit, lesson_of, logits_of
from otrain.workflows.training.recipe import Recipe

SMALL = {"epochs": 2, "batch_size": 16, "frac": 0.25, "test_frac": 0.25, "seed": 1, "ensemble": 3}
SPLIT = Split(np.arange(40), np.arange(40, 60), np.empty(0, int), np.empty(0, int))
CNN = {"architecture": "otrain-cnn", "epochs": 2, "batch_size": 16, "seed": 1}
VALUES = {"architecture": "value-cnn", "options": {"width": 4, "dense": 8}, "epochs": 2, "batch_size": 16, "seed": 1}
TARGETS = [{"name": name, "column": name, "shape": [], "unit": "arcsec"} for name in ("x_source", "y_source")]


def write(path, domain, n=80, side=12):
    """A cube of noise with a spot: in the middle where label is 1, or whose place is to be learnt."""
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(n, side, side, 1)).astype("f4"), np.arange(n) % 2
    x, y = rng.integers(1, side - 2, (2, n))
    if domain == "transients":
        x, y = np.where(labels, side // 2, -9), np.full(n, side // 2)
    for image, column, row in zip(images, x, y):
        if column > 0:
            image[row - 1:row + 2, column - 1:column + 2] += 5
    columns = {"candid": np.array([f"c{i}" for i in range(n)]), "file": np.array([f"{i}.png" for i in range(n)]),
               "x_source": x + 0.0, "y_source": y + 0.0}
    meta = {"counts": {"seen": n, "kept": n, "skipped": {}, "quarantined": {}}, "recipe": {
        "kind": "cutout", "size": side, "channels": None, "pad": False, "nonfinite": "fill"}}
    if domain == "lenses":
        labels = np.full(n, -1)
        meta |= {"domain": "lenses", "task": "regression", "classes": [], "channels": ["image"], "targets": TARGETS}
    else:
        meta |= {"classes": ["bogus", "real"], "channels": ["difference"]}
    write_cube(path, [images], labels=labels, columns=columns, meta=meta).close()
    return path


@pytest.fixture(scope="module")
def cubes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cubes")
    return {domain: write(folder / f"{domain}.npz", domain) for domain in ("transients", "lenses")}


def read_json(path):
    return json.loads(path.read_text())


def members_of(network, images):
    """Logits of each of three networks, (3, N, units)."""
    ends = keras.Model(network.inputs[0], network.get_layer("logits").output)
    return np.stack(np.split(ends.predict(images, verbose=0).astype(float), 3, axis=-1))


def check_records(run, report):
    """The number of networks stands in recipe, report and bundle, and the parameters are those of all."""
    weights = load_network(run.model_keras).count_params()
    assert read_json(run.run_json)["recipe"]["ensemble"] == 3
    assert (report["ensemble"], report["parameters"]) == (3, weights)
    assert (read_json(run.report_json)["ensemble"], Bundle.open(run.bundle).manifest["ensemble"]) == (3, 3)
    assert f"3 of them that answer together (`ensemble`), {weights:,} parameters" in (run.bundle / "card.md").read_text()


@pytest.mark.slow
def test_classes_are_told_by_the_mean_of_three_probabilities(cubes, tmp_path):
    report, run = train(cubes["transients"], model_path=tmp_path, architecture="otrain-cnn", **SMALL)
    check_records(run, report)
    stored = Predictions.load(run.predictions)
    with open_cube(cubes["transients"]) as cube:
        places = {name: row for row, name in enumerate(cube.columns["candid"])}
        images = cube.read([places[name] for name in stored.columns["candid"]])
    logits = members_of(load_network(run.model_keras), images)
    odds = logits[..., 1] - logits[..., 0]
    assert (np.abs(odds - odds.mean(axis=0)).max(axis=1) > 1e-3).all()  # they differ from each other
    for said in (Bundle.open(run.bundle).logits(images), stored.logits):
        np.testing.assert_allclose(1 / (1 + np.exp(-said)), (1 / (1 + np.exp(-odds))).mean(axis=0), atol=1e-5)
    assert Bundle.open(run.bundle).manifest["head_note"] == "several networks answer together"


@pytest.mark.slow
def test_numbers_are_moments_of_three_networks(cubes, tmp_path):
    report, run = train(cubes["lenses"], model_path=tmp_path, architecture="value-cnn", options=VALUES["options"],
                        augment=(), **SMALL)
    check_records(run, report)
    stored = Predictions.load(run.predictions)
    with open_cube(cubes["lenses"]) as cube:
        places = {name: row for row, name in enumerate(cube.columns["candid"])}
        images = cube.read([places[name] for name in stored.columns["candid"]])
    means, logs = np.split(members_of(load_network(run.model_keras), images), 2, axis=-1)
    encoding = stored.meta["encoding"]
    assert encoding["transforms"] == ["linear", "linear"]
    values = means.mean(axis=0) * encoding["scale"] + encoding["centre"]
    errors = np.sqrt(np.exp(logs).mean(axis=0) + means.var(axis=0)) * encoding["scale"]
    for said in (Bundle.open(run.bundle).logits(images), stored.logits):
        np.testing.assert_allclose(said, np.concatenate([values, errors], axis=1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("members", [0, 51])
def test_impossible_number_is_refused_before_training(cubes, tmp_path, members):
    with pytest.raises(UsageError, match="--ensemble must lie between 1 and 50"):
        train(cubes["transients"], model_path=tmp_path, **{**SMALL, "ensemble": members})
    assert not (tmp_path / "CNN_training" / "transients").exists()


def fitted(path, recipe, keeper=None, on_epoch=lambda *logs: None):
    """Train on the first 40 examples of a cube."""
    with open_cube(path) as cube:
        task = TASKS.load(cube.meta["task"])
        keras.utils.set_random_seed(1)
        network, history = fit(recipe, cube, SPLIT, task, channels=[0], augmentations={}, on_epoch=on_epoch, keeper=keeper)
        return SimpleNamespace(
            weights=network.get_weights(), history={name: some for name, some in history.items() if name != "seconds"},
            names=[layer.name for layer in network.layers], said=logits_of(network, cube, np.arange(60, 80), task, channels=[0]),
            head=task.head(lesson_of(recipe, cube, SPLIT, task)))


CASES = [("transients", CNN), ("lenses", {**VALUES, "loss": "full-nll"})]


@pytest.mark.slow
@pytest.mark.parametrize(("domain", "options"), CASES[1:])
def test_killed_training_of_three_goes_on_with_the_same_bits(cubes, tmp_path, domain, options):
    recipe = Recipe(**options, ensemble=3)
    whole = fitted(cubes[domain], recipe)

    def kill(epoch, *_):
        raise KeyboardInterrupt

    checkpoint = tmp_path / ".n.checkpoint"
    with pytest.raises(KeyboardInterrupt), resumable(checkpoint, {}, {}, every=0.0) as keeper:
        fitted(cubes[domain], recipe, keeper, on_epoch=kill)
    with resumable(checkpoint, {}, {}, resume=True, every=0.0) as keeper:
        assert keeper.continues and keeper.position == 2  # of three updates in the epoch
        again = fitted(cubes[domain], recipe, keeper)
    assert again.history == whole.history
    assert all((a == b).all() for a, b in zip(again.weights, whole.weights, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize(("domain", "options", "optimizer"), [(*CASES[0], "sgd"), (*CASES[1], "adam")])
def test_each_network_learns_what_it_learns_alone(cubes, domain, options, optimizer):
    options = {**options, "epochs": 1, "optimizer": optimizer, "learning_rate": 1e-3}  # no choice among epochs
    alone, together = (fitted(cubes[domain], Recipe(**options, ensemble=members)) for members in (1, 2))
    assert len(together.weights) == 2 * len(alone.weights)
    assert any(name.startswith("member1_") for name in together.names)
    # Weights come layer by layer in the order of the graph, in which those of both networks alternate.
    untrained = build(Recipe(**options), (12, 12, 1), alone.head).get_weights()
    both = build(Recipe(**options, ensemble=2), (12, 12, 1), alone.head)
    mine = [weight.path for layer in both.layers if layer.name.startswith("member1_") for weight in layer.weights]
    of_first = [value for weight, value in zip(both.weights, together.weights, strict=True) if weight.path in mine]
    assert len(of_first) == len(untrained)
    moved = [np.abs(after - before).max() for after, before in zip(alone.weights, untrained)]
    apart = [np.abs(one - other).max() for one, other in zip(of_first, alone.weights)]
    assert max(moved) > 1e-4
    assert max(apart) < 0.02 * max(moved)  # rounding, which the first steps of Adam enlarge where gradients vanish


def test_one_network_is_built_as_before_there_were_several(cubes):
    recipe = Recipe(**CNN, ensemble=1)
    with open_cube(cubes["transients"]) as cube:
        task = TASKS.load("classification")
        head = task.head(lesson_of(recipe, cube, SPLIT, task))
    network, before = build(recipe, (12, 12, 1), head), build(Recipe(**CNN), (12, 12, 1), head)
    assert not any(layer.name.startswith("member") for layer in network.layers)
    assert all((a == b).all() for a, b in zip(network.get_weights(), before.get_weights(), strict=True))
