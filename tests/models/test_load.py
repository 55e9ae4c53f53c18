import io
import json
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from otrain.errors import DataError, IntegrityError
from otrain.models.compact import build_compact
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A compact network in both formats."""
    folder = tmp_path_factory.mktemp("saved")
    network = build_compact([InputSpec("cutout", (12, 12, 1))], OutputSpec(1, "sigmoid"), width=4, seed=1)
    for ending in ("keras", "h5"):
        network.save(folder / f"n.{ending}")
    return folder


def edited(path, target, *, config=None, weights=None, extra=None):
    """Copy a .keras file with another configuration (a function of the old text) or other members."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "config.json" and config:
                data = config(data.decode()).encode()
            if name == "model.weights.h5" and weights:
                data = weights(data)
            new.writestr(name, data)
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return target


def with_layer(text, layer):
    """Replace the configuration of the dropout by another layer."""
    config = json.loads(text)
    described = config["config"]["layers"]
    place = next(i for i, item in enumerate(described) if item["class_name"] == "Dropout")
    described[place] = {**described[place], **layer}
    return json.dumps(config)


@pytest.mark.parametrize("layer", [
    {"class_name": "Lambda", "module": "keras.layers"},
    {"class_name": "TFSMLayer", "module": "keras.layers"},
    {"class_name": "Dropout", "module": "os"},
    {"class_name": "Dropout", "module": "keras.layers", "registered_name": "builtins>Dropout"},
    {"class_name": "system", "module": "os", "registered_name": None},
    {"class_name": "function", "module": "builtins", "config": "exec"},
    {"class_name": ["Dropout"], "module": "keras.layers"},
], ids=lambda layer: str(layer["class_name"]))
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_whatever_could_run_code_is_refused(saved, tmp_path, layer, ending):
    target = tmp_path / f"n.{ending}"
    if ending == "keras":
        edited(saved / "n.keras", target, config=lambda text: with_layer(text, layer))
    else:
        target.write_bytes((saved / "n.h5").read_bytes())
        with h5py.File(target, "r+") as file:
            file.attrs["model_config"] = with_layer(file.attrs["model_config"], layer)
    with pytest.raises(IntegrityError, match=r"refused class"):
        load_network(target)


def test_activation_by_name_of_a_function_is_refused(saved, tmp_path):
    target = edited(saved / "n.keras", tmp_path / "n.keras",
                    config=lambda text: text.replace('"activation": "sigmoid"', '"activation": "os>system"'))
    with pytest.raises(IntegrityError, match="refused activation 'os>system'"):
        load_network(target)


def test_lambda_saved_by_keras_is_refused(tmp_path):
    x = keras.Input((4, 4, 1))
    y = layers.Dense(1, activation="sigmoid")(layers.Flatten()(layers.Lambda(lambda v: v * 2)(x)))
    network = keras.Model(x, y)
    for ending in ("keras", "h5"):
        network.save(tmp_path / f"n.{ending}")
        with pytest.raises(IntegrityError, match=r"refused (class|layer) 'Lambda'"):
            load_network(tmp_path / f"n.{ending}")


def test_further_members_of_the_archive_are_refused(saved, tmp_path):
    target = edited(saved / "n.keras", tmp_path / "n.keras", extra={"../../evil.py": b"print(1)"})
    with pytest.raises(IntegrityError, match=r"a \.keras file holds .* Received: .*evil"):
        load_network(target)


def test_archive_that_unpacks_to_more_than_a_configuration_is_refused(saved, tmp_path):
    target = tmp_path / "n.keras"
    with zipfile.ZipFile(saved / "n.keras") as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, b" " * (17 << 20) if name == "config.json" else old.read(name))
    with pytest.raises(IntegrityError, match=r"config.json is larger than 17 MB"):
        load_network(target)


@pytest.mark.parametrize(("written", "named"), [("3.99.1", True), (keras.__version__, False), ("\x1b[2J", False)])
def test_file_of_another_keras_that_cannot_be_rebuilt_names_the_version_it_needs(saved, tmp_path, written, named):
    target = tmp_path / "n.keras"
    with zipfile.ZipFile(saved / "n.keras") as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "metadata.json":
                content = json.dumps({"keras_version": written}).encode()
            elif name == "config.json":
                content = content.replace(b'"units": 1,', b'"units": 1, "of_the_future": 1,')
            new.writestr(name, content)
    with pytest.raises(IntegrityError, match=rf"not a network that Keras {keras.__version__} can rebuild") as error:
        load_network(target)
    assert ("written by Keras 3.99.1" in str(error.value)) is named


@pytest.mark.parametrize(("units", "words"), [(10**6, "weights but .* are stored"), (10**11, "has 134217728 at most")])
def test_configuration_of_a_giant_network_takes_no_memory(saved, tmp_path, units, words):
    target = edited(saved / "n.keras", tmp_path / "n.keras",
                    config=lambda text: text.replace('"units": 1,', f'"units": {units},'))
    with pytest.raises(IntegrityError, match=words):
        load_network(target)


def test_link_out_of_the_weights_is_refused(saved, tmp_path):
    def linked(data):
        buffer = io.BytesIO(data)
        with h5py.File(buffer, "r+") as file:
            file["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")
        return buffer.getvalue()

    target = edited(saved / "n.keras", tmp_path / "n.keras", weights=linked)
    with pytest.raises(IntegrityError, match="elsewhere is a link"):
        load_network(target)


def test_weights_kept_in_another_file_are_refused(saved, tmp_path):
    target = tmp_path / "n.h5"
    target.write_bytes((saved / "n.h5").read_bytes())
    (tmp_path / "secret").write_bytes(bytes(64))
    with h5py.File(target, "r+") as file:
        file.create_dataset("outside", (16,), "f4", external=[(tmp_path / "secret", 0, 64)])
    with pytest.raises(IntegrityError, match="/outside is not plain contiguous data"):
        load_network(target)


def test_weights_that_are_not_finite_are_refused(saved, tmp_path):
    target = tmp_path / "n.h5"
    target.write_bytes((saved / "n.h5").read_bytes())
    with h5py.File(target, "r+") as file:
        file["model_weights/logits/logits/bias"][...] = np.nan
    with pytest.raises(IntegrityError, match="weights that are not finite"):
        load_network(target)


def test_weights_of_another_shape_are_refused(saved, tmp_path):
    target = tmp_path / "n.h5"
    target.write_bytes((saved / "n.h5").read_bytes())
    with h5py.File(target, "r+") as file:
        group = file["model_weights/logits/logits"]
        del group["bias"]
        group["bias"] = np.zeros(7, "f4")
    with pytest.raises(IntegrityError, match=r"layer 'logits' must have the shapes"):
        load_network(target)


@pytest.mark.parametrize("content", [b"", b"no network", b"PK\3\4 broken", b"\x89HDF\r\n\x1a\n broken"])
def test_file_that_is_no_network_is_refused(tmp_path, content):
    (tmp_path / "n.keras").write_bytes(content)
    with pytest.raises(IntegrityError, match=r"n\.keras"):
        load_network(tmp_path / "n.keras")


def test_cut_file_is_refused(saved, tmp_path):
    for name in ("n.keras", "n.h5"):
        data = (saved / name).read_bytes()
        for length in (len(data) // 3, len(data) - 100):
            (tmp_path / name).write_bytes(data[:length])
            with pytest.raises(IntegrityError, match=name):
                load_network(tmp_path / name)


def test_absent_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"nothing\.keras: no such file"):
        load_network(tmp_path / "nothing.keras")


def test_sequential_network_comes_back_functional_with_gradients(tmp_path):
    import tensorflow as tf

    network = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="c"), layers.Flatten(),
                                layers.Dense(2, activation="softmax")])
    images = np.random.default_rng(0).normal(size=(3, 8, 8, 1)).astype("f4")
    for ending in ("keras", "h5"):
        network.save(tmp_path / f"n.{ending}")
        again = load_network(tmp_path / f"n.{ending}")
        np.testing.assert_allclose(again.predict(images, verbose=0), network.predict(images, verbose=0), atol=1e-7)
        assert not isinstance(again, keras.Sequential)
        both = keras.Model(again.inputs[0], [again.get_layer("c").output, again.output])
        with tf.GradientTape() as tape:
            maps, score = both(images)
            total = score[:, 0]
        assert tape.gradient(total, maps) is not None
        assert [layer.name for layer in again.layers[-2:]] == ["logits", "score"]


def test_scores_per_point_are_split_into_logits_and_score(tmp_path):
    x = keras.Input((20, 2))
    network = keras.Model(x, layers.Conv1D(3, 3, padding="same", activation="softmax")(x))
    network.save(tmp_path / "n.keras")
    again, curves = load_network(tmp_path / "n.keras"), np.random.default_rng(0).normal(size=(3, 20, 2)).astype("f4")
    np.testing.assert_allclose(again.predict(curves, verbose=0), network.predict(curves, verbose=0), atol=1e-7)
    assert [layer.name for layer in again.layers[-2:]] == ["logits", "score"]


def test_other_endings_are_refused(tmp_path):
    x = keras.Input((20, 2))
    keras.Model(x, layers.MaxPooling1D(2)(layers.Conv1D(1, 1)(x))).save(tmp_path / "n.keras")
    with pytest.raises(IntegrityError, match=r"one Conv1D of scores per point. Received: MaxPooling1D"):
        load_network(tmp_path / "n.keras")


def test_network_without_a_score_is_refused(tmp_path):
    x = keras.Input((4, 4, 1))
    keras.Model(x, layers.Dense(3)(layers.Flatten()(x))).save(tmp_path / "n.keras")
    with pytest.raises(IntegrityError, match=r"must end in a sigmoid or softmax. Received: 'linear'"):
        load_network(tmp_path / "n.keras")
