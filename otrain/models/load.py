"""Networks from files, without executing anything that a file says.

The configuration is checked against a list of what is allowed, the network is
rebuilt from it, and the weights are read as numbers. Keras' own ``safe_mode``
is a second line, not the first.
"""

import copy
import json
import math
import re
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path

import keras

from otrain.errors import DataError, IntegrityError, OtrainError
from otrain.models.allowed import check_config, with_modules
from otrain.models.keras2 import rebuild
from otrain.models.planning import planning
from otrain.models.weights import LARGEST, LARGEST_FILE, assign_by_layer, numbers, open_checked

__all__ = ["load_network"]

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
LARGEST_CONFIG = 16 << 20  # bytes; the compact network takes 80 kB, an ensemble of 50 U-Nets 3+ 12 MB
MOST_PACKED = 20  # times that weights may unpack to; noise of that kind hardly shrinks
_VERSION = re.compile(r"3\.\d+(\.\d+)?\w{0,8}")
WIDEST, LARGEST_INPUT = 65_536, 1 << 22  # values along one axis, and of one example


def load_network(path):
    """Return the network of a ``.keras`` or ``.h5`` file.

    Parameters
    ----------
    path : path-like
        Written by otrain or by Keras 3; or an ``.h5`` of the Keras 2 era, as
        braai, O'TRAIN and gotorb shipped theirs.

    Returns
    -------
    keras.Model
        Functional, uncompiled; it ends with ``logits``, a Dense layer or, for a
        score at each point of a curve, a Conv1D, and Activation ``score``.

    Raises
    ------
    DataError
        If there is no such file.
    IntegrityError
        If the file is damaged, larger than a network of cutouts, holds weights
        that are not finite, or names anything that could run code (Lambda).
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file. Give a .keras or .h5 file, or a run directory.")
    if path.stat().st_size > 4 * LARGEST_FILE:
        raise IntegrityError(f"{path}: {path.stat().st_size / 1e9:.1f} GB are more than any network of "
                             "cutouts needs.")
    try:
        network = _from_archive(path) if zipfile.is_zipfile(path) else _from_hdf5(path)
        return _with_named_ending(_functional(network))
    except OtrainError as error:
        raise type(error)(f"{path}: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, RuntimeError,
            RecursionError, MemoryError, OverflowError, zlib.error, zipfile.BadZipFile) as error:
        words = str(error).strip().splitlines() or [type(error).__name__]
        raise IntegrityError(f"{path}: not a network that Keras {keras.__version__} can rebuild: "
                             f"{words[0]}{_written_by_another(path)}") from error


def _written_by_another(path):
    """Return a sentence if a file was written by another version of Keras 3, else nothing."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                written = str(_parsed(_member(archive, "metadata.json", LARGEST_CONFIG))["keras_version"])
        else:
            with open_checked(path) as file:
                written = file.attrs.get("keras_version", "")
                written = written.decode() if isinstance(written, bytes) else str(written)
    except Exception:  # the file is broken, which is said already
        return ""
    if written.split(".")[:2] == keras.__version__.split(".")[:2] or not _VERSION.fullmatch(written):
        return ""
    return (f" It was written by Keras {written}, and Keras reads files of its own version and of older "
            f"ones: install keras=={written}, or use the bundle, which needs no Keras.")


def _from_archive(path):
    """Load a ``.keras`` file: a zip of a configuration and an HDF5 file."""
    with zipfile.ZipFile(path) as archive:
        sizes = {item.filename: item.file_size for item in archive.infolist()}
        if set(sizes) != MEMBERS or len(archive.infolist()) != len(MEMBERS):
            raise IntegrityError(f"a .keras file holds {sorted(MEMBERS)}. Received: {sorted(sizes)[:8]}.")
        _parsed(_member(archive, "metadata.json", LARGEST_CONFIG))  # only that it is sound
        config = _parsed(_member(archive, "config.json", LARGEST_CONFIG))
        # The optimiser's state may stand in the file too: up to twice the weights.
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "model.weights.h5"
            _unpack(archive, file, LARGEST_FILE)
            return _with_weights(config, file)


def _with_weights(config, file):
    """Rebuild a network and read its weights from an HDF5 file."""
    with open_checked(file) as stored:
        stored_count = _count(stored)
    network = _built(config, stored_count)
    network.load_weights(file)
    return network


def _member(archive, name, largest):
    """Return the bytes of a member, never more than `largest` whatever the archive declares."""
    with archive.open(name) as member:
        data = member.read(largest + 1)
    if len(data) > largest:
        raise IntegrityError(f"{name} is larger than {largest / 1e6:.0f} MB.")
    return data


def _unpack(archive, file, largest):
    """Write a member to a file of its name, if it is no larger than weights can be."""
    info = archive.getinfo(file.name)
    if info.file_size > largest or info.file_size > MOST_PACKED * max(info.compress_size, 1):
        raise IntegrityError(f"refused: {file.name} unpacks from {info.compress_size} to {info.file_size} "
                             f"bytes; weights have {largest / 1e6:.0f} MB at most and shrink little.")
    with archive.open(info) as member, file.open("wb") as unpacked:
        shutil.copyfileobj(member, unpacked, 1 << 20)


def _from_hdf5(path):
    """Load an ``.h5`` file of Keras 2 or 3."""
    with open_checked(path) as file:
        text = file.attrs.get("model_config")
        if text is None:
            raise IntegrityError("the file holds weights only, no configuration (`model_config`).")
        config = _parsed(text)
        version = file.attrs.get("keras_version", "1")
        version = version.decode() if isinstance(version, bytes) else str(version)
        if version.startswith("3"):
            network = _built(with_modules(config), _count(file))
        else:
            network = rebuild(config)
        assign_by_layer(network, file)
    return network


def _parsed(text):
    if len(text) > LARGEST_CONFIG:
        raise IntegrityError(f"the configuration is larger than {LARGEST_CONFIG / 1e6:.0f} MB.")
    return json.loads(text)


def _count(file):
    """Return how many weights a checked HDF5 file stores, the optimiser's left out."""
    found = []

    def visit(name, item):
        if hasattr(item, "shape") and not name.startswith("optimizer"):
            found.append(numbers(item).size if item.dtype.kind == "f" else item.size)

    file.visititems(visit)
    return sum(found)


def _built(config, stored_count):
    """Rebuild a network whose configuration is allowed, if the file stores as many weights as it has."""
    check_config(config)
    # Without variables first: a layer of 10^12 units costs nothing until memory is asked for.
    with planning():
        declared = _deserialised(config).count_params()
    if declared * 4 > LARGEST:
        raise IntegrityError(f"refused: the configuration describes {declared} weights; a network of cutouts "
                             f"has {LARGEST // 4} at most.")
    if declared > stored_count:
        raise IntegrityError(f"the configuration describes {declared} weights but {stored_count} are stored.")
    network = _deserialised(config)
    for port in network.inputs:
        shape = [n for n in port.shape[1:] if n is not None]
        if any(n > WIDEST for n in shape) or math.prod(shape) > LARGEST_INPUT:
            raise IntegrityError(f"refused: an example of shape {tuple(port.shape[1:])} is larger than any "
                                 "that can be scored.")
    return network


def _deserialised(config):
    # Keras takes the configuration to pieces; an optimiser is not part of the network.
    config = {**copy.deepcopy(config), "compile_config": None}
    return keras.saving.deserialize_keras_object(config, safe_mode=True)


def _functional(network):
    """Rewrite a Sequential network: reloaded, it would have no gradients for heat maps."""
    if not isinstance(network, keras.Sequential):
        return network
    x = cutout = keras.Input(network.input_shape[1:], name="cutout")
    for layer in network.layers:
        # A copy: the layer itself belongs to a second graph already.
        copied = type(layer).from_config(layer.get_config())
        x = copied(x)
        copied.set_weights(layer.get_weights())
    return keras.Model(cutout, x, name=network.name)


def _with_named_ending(network):
    """Return the network with its last Dense or Conv1D split into ``logits`` and ``score``."""
    names = [layer.name for layer in network.layers]
    if names[-1] == "score" and "logits" in names:
        return network
    activation, last = "linear", network.layers[-1]
    if isinstance(last, (keras.layers.Activation, keras.layers.Softmax)):
        activation = getattr(last, "activation", None) or keras.activations.softmax
        last = network.layers[-2]
    if not isinstance(last, (keras.layers.Dense, keras.layers.Conv1D)) or len(network.outputs) != 1:
        raise IntegrityError("the network must end in one Dense layer of class scores, or one Conv1D of "
                             f"scores per point. Received: {type(last).__name__} {last.name!r}.")
    if activation == "linear":
        activation = last.activation
    activation = getattr(activation, "__name__", activation)
    if activation not in ("sigmoid", "softmax"):
        raise IntegrityError(f"the network must end in a sigmoid or softmax. Received: {activation!r}.")
    logits = type(last).from_config({**last.get_config(), "activation": "linear", "name": "logits"})
    score = keras.layers.Activation(activation, name="score")
    output = score(logits(last.input))
    logits.set_weights(last.get_weights())
    return keras.Model(network.inputs[0], output, name=network.name)
