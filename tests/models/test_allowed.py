import keras
import pytest
from keras import ops

from otrain.errors import IntegrityError
from otrain.models.allowed import LAYERS, OPS, OURS, check_config


@pytest.mark.parametrize("name", sorted(OPS))
def test_keras_still_keeps_the_operation_where_the_list_says(name):
    module = __import__(OPS[name], fromlist=[name])
    assert isinstance(getattr(module, name), type), "a Keras release has moved it: change OPS"


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_every_layer_of_the_list_exists(name):
    assert issubclass(getattr(keras.layers, name), keras.layers.Layer)


def test_configuration_of_every_operation_we_write_is_allowed():
    x = keras.Input((4, 4, 1))
    y = ops.where(ops.isnan(x), 0.0, x)
    y = ops.sort(ops.clip(ops.absolute(y), 0, 5), axis=-1) + ops.cast(ops.isfinite(x), "float32")
    config = keras.Model(x, ops.mean(y[:, ::2], axis=(1, 2))).to_json()
    import json

    check_config(json.loads(config))


def test_operation_from_another_module_is_refused():
    config = {"class_name": "Functional", "module": "keras.src.models.functional", "config": {
        "layers": [{"class_name": "Where", "module": "keras.src.ops.core", "config": {}}]}}
    with pytest.raises(IntegrityError, match=r"refused class 'Where' of module 'keras.src.ops.core'"):
        check_config(config)


def test_deep_nesting_is_refused():
    config = {"class_name": "Functional", "module": "keras.src.models.functional", "config": []}
    inner = config["config"]
    for _ in range(60):
        inner.append([])
        inner = inner[0]
    with pytest.raises(IntegrityError, match="nested too deeply"):
        check_config(config)


@pytest.mark.parametrize("name", sorted(OURS))
def test_layer_of_our_own_is_allowed_from_its_module_alone(name):
    layer = {"class_name": name, "module": OURS[name], "registered_name": f"otrain>{name}", "config": {}}
    config = {"class_name": "Functional", "module": "keras.src.models.functional", "config": {"layers": [layer]}}
    assert issubclass(getattr(__import__(OURS[name], fromlist=[name]), name), keras.layers.Layer)
    check_config(config)
    for key, wrong in (("module", "os"), ("registered_name", f"evil>{name}"), ("module", None)):
        config["config"]["layers"] = [layer | {key: wrong}]
        with pytest.raises(IntegrityError, match=f"refused class '{name}'"):
            check_config(config)
