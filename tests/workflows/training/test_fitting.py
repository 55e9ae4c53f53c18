from types import SimpleNamespace

import keras
import numpy as np
import pytest

from otrain.errors import IntegrityError, ResourceError
from otrain.models.ports import OutputSpec
from otrain.workflows.training.fitting import _optimizer, _Watch, build, compute
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
