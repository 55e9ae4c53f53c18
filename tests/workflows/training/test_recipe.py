import pytest

from otrain.errors import UsageError
from otrain.workflows.training.recipe import Recipe


@pytest.mark.parametrize(("examples", "epochs", "size"), [(20_000, 10, 64), (1000, 10, 32), (210, 10, 8), (4, 10, 4)])
def test_batches_shrink_until_there_are_enough_updates(examples, epochs, size):
    assert Recipe.resolved(examples=examples, epochs=epochs).batch_size == size


def test_batch_size_and_learning_rate_that_are_asked_for_are_used():
    recipe = Recipe.resolved(examples=2000, batch_size=1024, learning_rate=0.5)
    assert (recipe.batch_size, recipe.learning_rate) == (1024, 0.5)


def test_one_network_is_asked_for_as_before_there_were_several():
    assert "ensemble" not in Recipe().to_request() and Recipe(ensemble=3).to_request()["ensemble"] == 3
    assert Recipe().to_request()["options"] == {}


@pytest.mark.parametrize(("name", "rate"), [("otrain-cnn", 1e-3), ("keras:VGG16", 1e-4), ("keras:MobileNet", 3e-3)])
def test_network_without_batch_normalisation_gets_a_smaller_learning_rate(name, rate):
    assert Recipe.resolved(examples=2000, architecture=name).learning_rate == rate


def test_file_of_first_weights_is_asked_for_by_its_content(tmp_path):
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (Recipe(first_weights=str(tmp_path / name)).to_request()["first_weights"] for name in "abc")
    assert a == b != c and "first_weights" not in Recipe().to_request()


@pytest.mark.parametrize(("examples", "asked", "accumulate", "size"), [
    (20_000, None, 4, 16), (210, None, 2, 4), (210, 32, 4, 32), (100, 64, 4, 25), (3, 8, 3, 1)])
def test_batches_that_make_an_update_together_are_parts_of_the_usual_one(examples, asked, accumulate, size):
    recipe = Recipe.resolved(examples=examples, batch_size=asked, accumulate=accumulate)
    assert (recipe.batch_size, recipe.accumulate) == (size, accumulate)


@pytest.mark.parametrize("accumulate", [0, 11])
def test_more_batches_to_an_update_than_examples_are_refused(accumulate):
    with pytest.raises(UsageError, match=f"--accumulate must lie between 1 and .* 10. Received: {accumulate}"):
        Recipe.resolved(examples=10, accumulate=accumulate)


def test_scaling_is_asked_for_only_where_it_was():
    assert "scaling" not in Recipe().to_request() and Recipe(scaling="standard").to_request()["scaling"] == "standard"


def test_one_batch_to_an_update_is_asked_for_as_before_there_were_several():
    assert "accumulate" not in Recipe().to_request() and Recipe(accumulate=2).to_request()["accumulate"] == 2
