import pytest

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


def test_published_network_gets_the_published_learning_rate():
    assert Recipe.resolved(examples=2000, architecture="otrain-cnn").learning_rate == 1e-3
