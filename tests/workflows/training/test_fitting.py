from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from otrain.catalogue import TASKS
from otrain.data.cubes.datacube import DataCube
from otrain.data.subsets.split import Split
from otrain.errors import IntegrityError, ResourceError, UsageError
from otrain.models.layers.head import score_head
from otrain.models.ports import OutputSpec
from otrain.workflows.training.fitting import _optimizer, _Watch, build, compute, fit
from otrain.workflows.training.recipe import Recipe


def test_same_recipe_builds_the_same_weights():
    first, second = (build(Recipe(seed=4), (12, 12, 1), OutputSpec(1, "sigmoid")).get_weights() for _ in "ab")
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_cosine_warms_up_and_ends_near_zero():
    rate = _optimizer(Recipe(learning_rate=1.0, epochs=10), 10)._learning_rate
    rates = [float(rate(step)) for step in range(101)]
    assert rates[0] < 0.1 and max(rates) == pytest.approx(1) and rates.index(max(rates)) == 10
    assert rates[-1] == pytest.approx(0.01)


@pytest.mark.parametrize(("scheduler", "schedule", "rates"), [
    ("exponential", {"gamma": 0.5}, [1, 1, 0.5, 0.5, 0.25]),
    ("step", {"gamma": 0.1, "step_size": 2}, [1, 1, 1, 1, 0.1]),
    ("linear", {"start_factor": 0.5, "end_factor": 1.0, "total_iters": 2}, [0.5, 0.625, 0.75, 0.875, 1]),
])
def test_schedulers_of_torch_take_their_step_each_epoch(scheduler, schedule, rates):
    recipe = Recipe(learning_rate=1.0, epochs=3, scheduler=scheduler, schedule=schedule)
    rate = _optimizer(recipe, 2)._learning_rate
    assert [float(rate(step)) for step in range(5)] == pytest.approx(rates)


@pytest.mark.parametrize("name", ["adam", "sgd", "rmsprop"])
def test_every_optimizer_decays_kernels_and_not_offsets(name):
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    optimizer = _optimizer(Recipe(optimizer=name, scheduler="constant", learning_rate=0.1, weight_decay=0.5), 10)
    optimizer.build(network.trainable_variables)
    kernel, bias = network.trainable_variables
    assert optimizer._use_weight_decay(kernel) and not optimizer._use_weight_decay(bias)


def test_schedule_counts_updates_and_not_batches():
    alone = _optimizer(Recipe(learning_rate=1.0, epochs=3), 4)._learning_rate
    together = _optimizer(Recipe(learning_rate=1.0, epochs=3, accumulate=5), 20)._learning_rate
    assert [float(together(step)) for step in range(60)] == [float(alone(step // 5)) for step in range(60)]


@pytest.fixture
def teach(monkeypatch):
    """Train a small network without batch normalisation on a few cutouts, and return its weights."""
    def small(recipe, shape, head):
        image = keras.Input(shape, name="cutout")
        hidden = keras.layers.Dense(4, "tanh", kernel_initializer=keras.initializers.GlorotUniform(seed=1))(
            keras.layers.Flatten()(image))
        return keras.Model(image, score_head(hidden, head, initialiser=keras.initializers.GlorotUniform(seed=2)))

    def run(**recipe):
        rng = np.random.default_rng(0)
        images, labels = rng.normal(size=(52, 5, 5, 1)).astype("f4"), np.arange(52) % 2
        images[labels == 1, 2, 2] += 3
        cube = DataCube.from_arrays(images, labels, {}, {"channels": ["a"], "classes": ["bogus", "real"]})
        recipe = Recipe(seed=2, epochs=2, learning_rate=0.05, **recipe)
        split = Split(np.arange(40), np.arange(40, 52), np.empty(0, int), np.empty(0, int))
        network, _ = fit(recipe, cube, split, TASKS.load("classification"), channels=[0], augmentations={},
                         on_epoch=lambda *_: None)
        return network.get_weights()

    monkeypatch.setattr("otrain.workflows.training.fitting.build", small)
    return run


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_two_batches_of_eight_move_the_weights_as_one_of_sixteen(optimizer, teach):
    alone, together, half = (teach(optimizer=optimizer, **sizes) for sizes in (
        {"batch_size": 16}, {"batch_size": 8, "accumulate": 2}, {"batch_size": 8}))
    apart = [max(np.abs(a - b).max() for a, b in zip(alone, others, strict=True)) for others in (together, half)]
    assert apart[0] < 2e-6 and apart[1] > 0.01  # sums of float32 in another order


def test_several_batches_to_an_update_are_refused_on_several_gpus(monkeypatch, teach):
    monkeypatch.setattr("tensorflow.distribute.has_strategy", lambda: True)
    with pytest.raises(UsageError, match=r"--accumulate 2 is for one GPU.*CUDA_VISIBLE_DEVICES"):
        teach(batch_size=8, accumulate=2)


@pytest.mark.parametrize(("size", "words"), [
    (16, r"a batch of 16 examples 5x5x1 .* with compact\. --batch-size 8 --accumulate 4 makes the same"),
    (1, r"a batch of 1 examples .*\. Smaller images \(otrain-convert")])
def test_batch_that_does_not_fit_the_memory_is_told_how_it_would(monkeypatch, teach, size, words):
    def fill_the_memory(*parts, **options):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr("otrain.workflows.training.fitting.fit_epochs", fill_the_memory)
    with pytest.raises(ResourceError, match=words):
        teach(batch_size=size, accumulate=2)


def watch_over(weights, on_epoch=lambda *a: None, **recipe):
    watch = _Watch(Recipe(**recipe), on_epoch)
    layer = SimpleNamespace(name="conv2d_7", weights=[keras.Variable(weights, name="kernel")])
    watch.set_model(SimpleNamespace(layers=[layer], optimizer=SimpleNamespace(learning_rate=0.1), stop_training=False,
                                    get_weights=lambda: [layer.weights[0].numpy()]))
    return watch, layer


def end(watch, epoch, val_loss, loss=1.0):
    watch.on_epoch_begin(epoch)
    watch.on_epoch_end(epoch, {"loss": loss, "val_loss": val_loss})


def test_one_nan_weight_stops_the_run_though_the_loss_is_finite():
    weights = np.ones((3, 3))
    weights[1, 1] = np.nan
    watch, _ = watch_over(weights)
    with pytest.raises(IntegrityError, match=r"epoch 3: weights of layer 'conv2d_7' \(kernel\) are not finite"):
        end(watch, 2, 0.5)


@pytest.mark.parametrize("losses", [(np.nan, 1.0), (1.0, np.inf)])
def test_loss_that_is_not_finite_stops_the_run(losses):
    watch, _ = watch_over(np.ones(3))
    with pytest.raises(IntegrityError, match=r"epoch 1: (val_)?loss is"):
        end(watch, 0, losses[1], loss=losses[0])


def test_weights_of_the_best_epoch_are_restored():
    watch, layer = watch_over(np.zeros(2))
    for epoch, loss in enumerate([3.0, 1.0, 2.0]):
        layer.weights[0].assign(np.full(2, epoch))
        end(watch, epoch, loss)
    restored = []
    watch.model.set_weights = restored.append
    watch.restore_best()
    np.testing.assert_array_equal(restored[0][0], [1, 1])


def test_patience_ends_training():
    watch, _ = watch_over(np.zeros(2), patience=2)
    for epoch, loss in enumerate([1.0, 2.0]):
        end(watch, epoch, loss)
    assert not watch.model.stop_training
    end(watch, 2, 1.5)
    assert watch.model.stop_training


def test_gpu_that_is_not_there_is_named():
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        pytest.skip("this machine has a GPU")
    with pytest.raises(ResourceError, match="sees no GPU"), compute("gpu", seed=0):
        pass
