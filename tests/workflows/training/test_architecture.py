from types import SimpleNamespace

import pytest

from otrain.catalogue import DOMAINS, TASKS
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import DataError, UsageError
from otrain.registry import Entry, Registry
from otrain.workflows.training import architecture as _architecture
from otrain.workflows.training.architecture import (
    chosen_channels,
    chosen_recipe,
    require_architecture,
    require_teachable,
)

CURVES = SimpleNamespace(name="lightcurves", axes=("time", "channel"))
CUTOUTS = SimpleNamespace(name="transients", axes=("y", "x", "channel"))
SEGMENTATION, CLASSIFICATION = TASKS.load("segmentation"), TASKS.load("classification")


@pytest.mark.parametrize(("name", "domain", "task"), [
    ("compact", CUTOUTS, CLASSIFICATION), ("unet3p", CURVES, SEGMENTATION),
    ("keras:DenseNet121", CUTOUTS, CLASSIFICATION)])
def test_a_fitting_network_is_taken(name, domain, task):
    assert require_architecture(name, domain, task) is None


@pytest.mark.parametrize(("name", "domain", "task", "words"), [
    ("unet", CURVES, CLASSIFICATION, r"answers for each point of it; classification of lightcurves .* each example"),
    ("compact", CURVES, SEGMENTATION, r"takes examples of y x x x channel .* is of time x channel"),
    ("compact", CUTOUTS, SEGMENTATION, "answers for each example; segmentation of transients"),
    ("keras:VGG16", CURVES, CLASSIFICATION, "takes examples of y x x x channel"),
])
def test_another_one_is_refused(name, domain, task, words):
    with pytest.raises(UsageError, match=words):
        require_architecture(name, domain, task)


def test_the_refusal_names_the_networks_that_fit():
    with pytest.raises(UsageError, match=r"Choose: unet3p, unet, unetpp\."):
        require_architecture("compact", CURVES, SEGMENTATION)


def test_an_unknown_network_is_not_imported():
    with pytest.raises(UsageError, match="Did you mean 'compact'"):
        require_architecture("compakt", CUTOUTS, CLASSIFICATION)


def test_where_none_fits_it_says_how_to_bring_one():
    strain = SimpleNamespace(name="strain", axes=("time", "detector"))
    with pytest.raises(UsageError, match="None that is known does"):
        require_architecture("compact", strain, CLASSIFICATION)


def test_a_builder_of_another_package_says_itself_what_it_takes(monkeypatch):
    models = Registry("model", {})
    models._entries["theirs"] = Entry("os.path:join", "")
    monkeypatch.setattr(_architecture, "MODELS", models)
    monkeypatch.setattr("os.path.join.axes", ("time", "channel"), raising=False)
    monkeypatch.setattr("os.path.join.gives", "example", raising=False)
    assert require_architecture("theirs", CURVES, CLASSIFICATION) is None
    with pytest.raises(UsageError, match="--architecture theirs"):
        require_architecture("theirs", CURVES, SEGMENTATION)


def test_every_task_of_every_domain_names_a_network_that_fits():
    pairs = [(domain, task) for domain in DOMAINS.own for task in DOMAINS.load(domain).tasks]
    assert {("lightcurves", "classification"), ("transients", "segmentation")} <= set(pairs)
    for domain, task in pairs:
        assert require_teachable(DOMAINS.load(domain), task) is None


def test_what_is_left_open_is_that_of_the_domain():
    domain, lesson = DOMAINS.load("transients"), SimpleNamespace(units=1)
    rules = domain.rules("classification")
    recipe = chosen_recipe({"epochs": 3, "augment": None, "dropout": None}, domain, CLASSIFICATION, lesson)
    assert recipe == {"architecture": rules.model, "augment": rules.augment, "largest_batch": rules.batch_size,
                      "epochs": 3}


@pytest.mark.parametrize(("asked", "words"), [
    ({"augment": ("turn",)}, "unknown augmentation 'turn'. Did you mean 'turns'"),
    ({"loss": "dice"}, "unknown loss 'dice'"),
    ({"scaling": "standard"}, "--scaling standard: classification has no numbers to be scaled")])
def test_names_of_a_recipe_are_checked(asked, words):
    with pytest.raises(UsageError, match=words):
        chosen_recipe(asked, DOMAINS.load("transients"), CLASSIFICATION, SimpleNamespace(units=1))


def recipe_with(path, **others):
    return chosen_recipe({"first_weights": path, **others}, DOMAINS.load("transients"), CLASSIFICATION,
                         SimpleNamespace(units=1))


def test_first_weights_are_a_file_or_those_of_a_run_directory(tmp_path):
    run = RunDirectory(tmp_path / "night")
    run.path.mkdir()
    for file in (run.run_json, run.model_keras):
        file.touch()
    assert recipe_with(run.path)["first_weights"] == str(run.model_keras)
    assert recipe_with(str(run.model_keras))["first_weights"] == str(run.model_keras)


def test_first_weights_that_are_nowhere_or_for_several_networks_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"--first-weights .*none\.keras: no such file"):
        recipe_with(tmp_path / "none.keras")
    with pytest.raises(UsageError, match="differ by their first weights"):
        recipe_with(tmp_path / "none.keras", ensemble=2)


def test_channels_are_those_asked_for_else_the_usual_ones_else_all():
    cube = SimpleNamespace(channels=("flux", "time", "residual"), meta={"targets": []})
    usual = SimpleNamespace(channels=("residual", "flux", "mask"))
    assert chosen_channels(cube, usual, ["time"]) == [1]
    assert chosen_channels(cube, usual) == [2, 0]
    assert chosen_channels(cube, SimpleNamespace(channels=())) == [0, 1, 2]
    with pytest.raises(UsageError, match=r"no channel .fluks. for a network\. Did you mean .flux."):
        chosen_channels(cube, usual, ["fluks"])


@pytest.mark.parametrize("members", [0, -1, 51])
def test_ensembles_have_from_one_to_fifty_networks(members):
    domain, lesson = DOMAINS.load("transients"), SimpleNamespace(units=1)
    with pytest.raises(UsageError, match=rf"--ensemble must lie between 1 and 50 networks\. Received: {members}\."):
        chosen_recipe({"ensemble": members}, domain, CLASSIFICATION, lesson)
    assert chosen_recipe({"ensemble": 50}, domain, CLASSIFICATION, lesson)["ensemble"] == 50
