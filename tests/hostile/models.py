"""Hostile networks: every hole that Keras had to close, and what else a model file could try.

Each builder writes one file from a sound one. Whatever runs, imports
``hostile.payload`` or reads below ``secret/`` is seen by ``hostile.child``.
"""

import base64
import io
import json
import marshal
import pickle
import stat
import tempfile
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np

__all__ = ["BUNDLES", "NETWORKS", "Payload"]

MODULE = "hostile.payload"  # importable in the child; leaves a file when it is imported or called
CALL = {"module": MODULE, "class_name": "run", "config": {}, "registered_name": None}
FUNCTION = {"module": MODULE, "class_name": "function", "config": "run", "registered_name": "function"}


class Payload:
    """Pickles as a call."""

    def __reduce__(self):
        from hostile import payload

        return payload.run, ()


class Good:
    """A sound network as ``.keras`` and ``.h5``, and how to write changed copies of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        with zipfile.ZipFile(self.folder / "good.keras") as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}
        self.config = json.loads(self.members["config.json"])

    def keras(self, name, config=None, **members):
        """Write a ``.keras`` with another configuration or other members."""
        path = self.folder / f"{name}.keras"
        contents = dict(self.members)
        if config is not None:
            contents["config.json"] = config if isinstance(config, (str, bytes)) else json.dumps(config)
        contents |= members
        with zipfile.ZipFile(path, "w") as archive:
            for member, data in contents.items():
                archive.writestr(member, data)
        return path

    def h5(self, name, config=None, change=None):
        """Write an ``.h5`` with another configuration, or changed by ``change(file)``."""
        path = self.folder / f"{name}.h5"
        path.write_bytes((self.folder / "good.h5").read_bytes())
        with h5py.File(path, "r+") as file:
            if config is not None:
                file.attrs["model_config"] = config if isinstance(config, str) else json.dumps(config)
            if change is not None:
                change(file)
        return path

    def layer(self, **layer):
        """Return the configuration with another layer in the place of the dropout."""
        config = json.loads(json.dumps(self.config))
        layers = config["config"]["layers"]
        place = next(i for i, item in enumerate(layers) if item["class_name"] == "Dropout")
        layers[place] = {**layers[place], **layer}
        return config

    def field(self, key, value):
        """Return the configuration with another argument of the last Dense layer."""
        config = json.loads(json.dumps(self.config))
        dense = next(item for item in reversed(config["config"]["layers"]) if item["class_name"] == "Dense")
        dense["config"][key] = value
        return config


def _bytecode():
    """Return a function as Keras stores it: marshalled code, in base64."""
    code = compile(f"lambda x: __import__('{MODULE}', fromlist=['run']).run() or x", "<lambda>", "eval").co_consts[0]
    return base64.b64encode(marshal.dumps(code)).decode()


def _lambda(name="drop"):
    return {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": {
        "name": name, "function": {"class_name": "__lambda__", "config": {
            "code": _bytecode(), "defaults": None, "closure": None}}}}


def _layer(kind, place="keras.layers", **config):
    return {"class_name": kind, "module": place, "registered_name": None, "config": {"name": "x", **config}}


def _configurations(good):
    """Yield (name, configuration) of what a configuration may try."""
    secret = str(good.folder / "secret" / "passwd")
    for name, layer in {
        "lambda": _lambda(),
        "lambda-of-a-module": _layer("Lambda", function=FUNCTION),
        "lambda-raw-code": _layer("Lambda", function=[_bytecode(), None, None], function_type="lambda"),
        "lambda-safe-mode-off": {**_lambda(), "safe_mode": False, "config": _lambda()["config"] | {"safe_mode": False}},
        "imported-class": CALL,
        "imported-function": FUNCTION,
        "os-system": {"class_name": "system", "module": "os", "registered_name": None, "config": "id"},
        "builtins-eval": {"class_name": "function", "module": "builtins", "config": "eval", "registered_name": "function"},
        "registered-name": _layer("Dropout", rate=0.1) | {"registered_name": f"{MODULE}>run"},
        "custom-object": _layer("Evil", place=None) | {"registered_name": "Custom>Evil"},
        "unsafe-switch": {"class_name": "function", "module": "keras.config", "registered_name": "function",
                          "config": "enable_unsafe_deserialization"},
        "get-file": {"class_name": "function", "module": "keras.utils", "registered_name": "function", "config": "get_file"},
        "saved-model-layer": _layer("TFSMLayer", filepath=secret),
        "torch-wrapper": _layer("TorchModuleWrapper", module=base64.b64encode(pickle.dumps(Payload())).decode()),
        "jax-layer": _layer("JaxLayer", call_fn=FUNCTION), "flax-layer": _layer("FlaxLayer", module=CALL),
        "hub-layer": _layer("KerasLayer", place="tensorflow_hub.keras_layer", handle="http://127.0.0.1:9/x"),
        "string-lookup": _layer("StringLookup", vocabulary=secret), "integer-lookup": _layer("IntegerLookup", vocabulary=secret),
        "text-vectorization": _layer("TextVectorization", vocabulary=secret, standardize=FUNCTION),
        "time-distributed": _layer("TimeDistributed", layer=_lambda("inner")),
        "bidirectional": _layer("Bidirectional", layer=_lambda("inner")),
        "rnn-cell": _layer("RNN", cell=CALL), "wrapper-of-import": _layer("SpectralNormalization", layer=CALL),
        "nested-sequential": _layer("Sequential", place="keras", layers=[_lambda("inner")]),
        "class-name-as-list": {"class_name": ["Dropout"], "module": "keras.layers"},
        "module-of-submodule": _layer("Dropout", place="keras.layers.core", rate=0.1),
        "module-as-path": _layer("Dropout", place=f"../{MODULE}", rate=0.1),
        "unicode-name": _layer("Ｄropout", rate=0.1),
        "shared-object": _layer("Dropout", rate=0.1) | {"shared_object_id": CALL},
    }.items():
        yield name, good.layer(**layer)
    yield "initialiser", good.field("kernel_initializer", CALL)
    yield "initialiser-by-name", good.field("kernel_initializer", f"{MODULE}.run")
    yield "regulariser", good.field("kernel_regularizer", FUNCTION)
    yield "constraint", good.field("kernel_constraint", FUNCTION)
    yield "activation", good.field("activation", FUNCTION)
    yield "activation-by-name", good.field("activation", f"{MODULE}>run")
    yield "data-type", good.field("dtype", CALL)
    yield "quantization", good.field("quantization_config", CALL)
    yield "giant-layer", good.field("units", 10**11)
    yield "giant-number", good.field("units", float("inf"))
    yield "network-class", {**good.config, **CALL}
    yield "compile", {**good.config, "compile_config": {"loss": FUNCTION, "optimizer": CALL, "metrics": [FUNCTION]}}
    yield "build", {**good.config, "build_config": {"input_shape": CALL}}
    deep = good.layer()
    inner = deep["config"]["layers"][1]
    for _ in range(60):
        inner["config"] = inner = {"class_name": "Sequential", "module": "keras", "registered_name": None, "config": {}}
    yield "nested-networks", deep
    text = json.dumps(good.config)
    yield "deep-lists", text[:-1] + ', "x": ' + "[" * 200_000 + "]" * 200_000 + "}"
    yield "many-digits", text[:-1] + ', "x": ' + "9" * 20_000 + "}"
    yield "giant-input", text.replace("[null, 12, 12, 1]", "[null, 1000000, 1000000, 1]")
    yield "yaml", "!!python/object/apply:hostile.payload.run []"


def _archives(good):
    """Yield what an archive may try."""
    yield good.keras("traversal", **{"../../outside": b"x"})
    yield good.keras("absolute", **{f"{Path(tempfile.gettempdir())}/hostile-outside": b"x"})
    yield good.keras("unicode-member", **{"config\u202e.json": b"{}"})
    yield good.keras("assets", **{"assets/x/vocabulary.txt": b"x"})
    yield good.keras("npz-weights", **{"model.weights.npz": b"x"})
    yield good.keras("no-weights", **{"model.weights.h5": b""})
    yield good.keras("pickle-as-weights", **{"model.weights.h5": pickle.dumps(Payload())})
    yield _zipped(good, "bomb-config", {"config.json": b" " * (100 << 20)})
    yield _zipped(good, "bomb-weights", {"model.weights.h5": bytes(200 << 20)})
    yield _zipped(good, "bomb-sound-weights", {"model.weights.h5": good.members["model.weights.h5"] + bytes(200 << 20)})
    path = good.keras("twice")
    with zipfile.ZipFile(path, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the name is there already
        archive.writestr("config.json", json.dumps(good.layer(**_lambda())))
    yield path
    path = good.folder / "symlink.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in good.members.items():
            info = zipfile.ZipInfo(name)
            if name.endswith(".h5"):
                info.external_attr, data = (stat.S_IFLNK | 0o777) << 16, str(good.folder / "secret" / "passwd")
            archive.writestr(info, data)
    yield path
    path = good.folder / "many-members.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for i in range(20_000):
            archive.writestr(f"{i}", b"")
    yield path
    data = bytearray(good.keras("sizes-that-differ").read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 24:at + 28] = (2**31).to_bytes(4, "little")
    yield _written(good, "sizes-that-differ.keras", bytes(data))
    yield _written(good, "pickle.keras", pickle.dumps(Payload()))
    yield _written(good, "pickle.h5", pickle.dumps(Payload()))
    out = io.BytesIO()
    np.savez(out, weights=np.array([Payload()], object))
    yield _written(good, "objects.keras", out.getvalue())
    yield _written(good, "html.h5", b"<html><script>alert(1)</script>")


def _zipped(good, name, members):
    path = good.folder / f"{name}.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for member, data in (good.members | members).items():
            archive.writestr(member, data)
    return path


def _written(good, name, content):
    path = good.folder / name
    path.write_bytes(content)
    return path


def _hdf5(good):
    """Yield what an HDF5 file may try, as ``.h5`` and as the weights of a ``.keras``."""
    secret = good.folder / "secret" / "passwd"

    def external(file):
        file.create_dataset("outside", (16,), "f4", external=[(str(secret), 0, 64)])

    def virtual(file):
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource(str(good.folder / "secret" / "numbers.h5"), "x", (4,))
        file.create_virtual_dataset("virtual", layout)

    def giant(file):
        file.create_dataset("giant", (1 << 40,), "f4")

    def chunked(file):
        file.create_dataset("packed", (1 << 32,), "f4", chunks=(1 << 20,), compression="gzip")

    def cycle(file):
        group = file.create_group("loop")
        group["again"] = group

    def many(file):
        group = file.create_group("many")
        for i in range(25_000):
            group.create_group(str(i))

    def deep(file):
        file.create_group("/".join("d" * 100))

    def references(file):
        file.create_dataset("references", (4,), h5py.ref_dtype)

    def objects(file):
        file.create_dataset("objects", data=np.frombuffer(pickle.dumps(Payload()), np.uint8))
        file.attrs["optimizer"] = np.void(pickle.dumps(Payload()))

    def named_type(file):
        file["type"] = np.dtype([("a", "f4"), ("b", "S10")])

    def strings(file):
        file.create_dataset("text", data=["x" * 1000] * 100, dtype=h5py.string_dtype())

    def attribute(file):
        file.attrs.create("huge", "x", dtype=h5py.string_dtype())
        file.attrs["huge"] = "x" * (50 << 20)

    for name, change in {
        "external-data": external, "virtual-data": virtual, "giant-data": giant, "packed-data": chunked,
        "cycle": cycle, "many-objects": many, "deep-groups": deep, "references": references, "pickled-optimiser": objects,
        "named-type": named_type, "text-data": strings, "huge-attribute": attribute,
        "external-link": lambda file: file.__setitem__("link", h5py.ExternalLink(str(secret), "/")),
        "soft-link": lambda file: file.__setitem__("link", h5py.SoftLink("/model_weights")),
    }.items():
        yield good.h5(name, change=change)
        out = io.BytesIO(good.members["model.weights.h5"])
        with h5py.File(out, "r+") as file:
            change(file)
        yield good.keras(name, **{"model.weights.h5": out.getvalue()})
    yield good.h5("huge-configuration", change=lambda file: file.attrs.modify("model_config", "[" * (20 << 20)))


def _keras2(good):
    """Yield files of the Keras 2 era."""
    plain = [{"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 12, 12, 1]}},
             {"class_name": "Flatten", "config": {"name": "f"}},
             {"class_name": "Dense", "config": {"name": "d", "units": 1, "activation": "sigmoid"}}]
    for name, place, layer in (
        ("lambda", 1, {"class_name": "Lambda", "config": {"name": "l", "function": [_bytecode(), None, None],
                                                          "function_type": "lambda", "module": MODULE}}),
        ("lambda-by-name", 1, {"class_name": "Lambda", "config": {"name": "l", "function": "run", "function_type": "function",
                                                                  "module": MODULE}}),
        ("operation", 1, {"class_name": "TFOpLambda", "config": {"name": "l", "function": "io.read_file"}}),
        ("class", 1, {"class_name": f"{MODULE}>run", "config": {}}),
        ("wrapper", 1, {"class_name": "TimeDistributed", "config": {"layer": _lambda()}}),
        ("activation", 2, {"class_name": "Dense", "config": {"name": "d", "units": 1, "activation": "exec"}}),
        ("giant", 2, {"class_name": "Dense", "config": {"name": "d", "units": 10**9}}),
        ("dunder", 1, {"class_name": "__class__", "config": {}}),
        ("giant-input", 0, {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 10**6, 10**6, 1]}}),
    ):
        listed = [layer if i == place else item for i, item in enumerate(plain)]
        config = {"class_name": "Sequential", "config": {"name": "s", "layers": listed}}
        yield good.h5(f"keras2-{name}", config, lambda file: file.attrs.modify("keras_version", "2.3.1"))


def NETWORKS(folder):
    """Write every hostile network below a folder with ``good.keras`` and ``good.h5``; yield the paths."""
    good = Good(folder)
    for name, config in _configurations(good):
        yield good.keras(name, config)
        if isinstance(config, dict) and name in ("lambda", "imported-class", "saved-model-layer", "string-lookup",
                                                 "initialiser", "nested-sequential"):
            yield good.h5(name, config)
    yield from _archives(good)
    yield from _hdf5(good)
    yield from _keras2(good)


def BUNDLES(folder, good):
    """Write every hostile bundle below a folder from a sound one; yield the paths."""
    import shutil

    import onnx
    from onnx import TensorProto, helper

    from otrain.bundle.format import model_identity
    from otrain.data.results.settings import sha256_of

    def copy(name, *, files=None, change=None, network=None, seal=True):
        path = Path(folder) / name
        shutil.copytree(good, path)
        manifest = json.loads((path / "bundle.json").read_text())
        contents = dict(files or {})
        if network is not None:
            model = onnx.load_model(path / "model.onnx")
            network(model)
            contents["model.onnx"] = model.SerializeToString()
        for file, content in contents.items():
            (path / file).write_bytes(content)
            if seal:  # whoever changes a file can change its hash
                manifest["files"][file] = {"sha256": sha256_of(content), "bytes": len(content)}
        if seal:
            manifest["model_id"] = model_identity(manifest)
        if change is not None:
            change(manifest)
        (path / "bundle.json").write_text(json.dumps(manifest))
        return path

    def node(kind, inputs, outputs, **attributes):
        def add(model):
            model.graph.node.append(helper.make_node(kind, inputs, outputs, **attributes))

        return add

    def constant(model, name, value):
        model.graph.initializer.append(onnx.numpy_helper.from_array(np.asarray(value), name))

    def external(model):
        tensor = model.graph.initializer[1]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", "../secret/passwd"), ("offset", "0"), ("length", "4")):
            tensor.external_data.add(key=key, value=value)

    def loop(model):
        """The logits go 2^62 times through a loop."""
        kind, number = TensorProto.FLOAT, helper.make_tensor_value_info
        body = helper.make_graph(
            [helper.make_node("Identity", ["c"], ["d"]), helper.make_node("Identity", ["v"], ["w"])], "b",
            [number("i", TensorProto.INT64, []), number("c", TensorProto.BOOL, []), number("v", kind, ["N", 1])],
            [number("d", TensorProto.BOOL, []), number("w", kind, ["N", 1])])
        constant(model, "trips", np.int64(2**62))
        constant(model, "yes", np.bool_(True))
        squeeze = next(n for n in model.graph.node if n.op_type == "Squeeze")
        squeeze.input[0] = "column2"
        model.graph.node.insert(list(model.graph.node).index(squeeze), helper.make_node(
            "Loop", ["trips", "yes", "column"], ["column2"], body=body))

    def giant(model, side=100_000):
        """The logits become 0 + 10^10 x 0: 40 GB on the way."""
        constant(model, "huge", np.array([side, side]))
        nodes = [helper.make_node("ConstantOfShape", ["huge"], ["plane"]),
                 helper.make_node("ReduceMax", ["plane"], ["least"], keepdims=0),
                 helper.make_node("Add", ["column", "least"], ["column2"])]
        squeeze = next(n for n in model.graph.node if n.op_type == "Squeeze")
        squeeze.input[0] = "column2"
        place = list(model.graph.node).index(squeeze)
        for item in reversed(nodes):
            model.graph.node.insert(place, item)

    def own_function(model):
        model.functions.append(helper.make_function("x", "f", ["a"], ["b"], [helper.make_node("Identity", ["a"], ["b"])],
                                                    [helper.make_opsetid("", 17)]))

    def shape(manifest):
        manifest["input"]["shape"] = [60_000, 60_000, 1]

    yield copy("changed", files={"model.onnx": b"x" + (Path(good) / "model.onnx").read_bytes()[1:]}, seal=False)
    yield copy("external-weights", network=external)
    yield copy("own-operator", network=node("Evil", ["cutout"], ["x"], domain="evil.example"))
    yield copy("python-operator", network=node("PyOp", ["cutout"], ["x"], domain="ai.onnx.contrib"))
    yield copy("loop", network=loop)
    yield copy("giant", network=giant)
    yield copy("large", network=lambda model: giant(model, 30_000))  # 3.6 GB, which there may be
    yield copy("own-function", network=own_function)
    yield copy("pickle", files={"model.onnx": pickle.dumps(Payload())})
    yield copy("other-file", change=lambda m: m["files"].__setitem__("../secret/passwd", {"sha256": "0" * 64, "bytes": 10}))
    yield copy("absolute-file", change=lambda m: m["files"].__setitem__("/etc/passwd", m["files"].pop("card.md")))
    yield copy("impossible-shape", change=shape)
    yield copy("impossible-recipe", change=lambda m: m["recipe"].__setitem__("kind", "__import__('os')"))
    yield copy("unknown-entry", change=lambda m: m.__setitem__("code", "import hostile.payload"))
    yield copy("object-golden", files={"golden.npz": _npz(images=np.array([Payload()], object))})
    yield copy("lying-golden", files={"golden.npz": _npz(images=np.zeros(3)).replace(b"(3,), }", b"(9999999999999,), }"[:7])})
    yield copy("giant-golden", files={"golden.npz": _giant_npz()})
    yield copy("bomb-golden", files={"golden.npz": _npz_packed(images=np.zeros(64 << 20, "f4"))})
    yield copy("object-head", files={"head.npz": _npz(kernel_0=np.array([Payload()], object))})
    yield copy("missing-head", files={"head.npz": _npz(other=np.zeros(3))})
    path = copy("linked")
    (path / "card.md").unlink()
    (path / "card.md").symlink_to("../secret/passwd")
    yield path
    path = copy("deep")
    (path / "bundle.json").write_text("[" * 500_000)
    yield path
    path = copy("pickled-description")
    (path / "bundle.json").write_bytes(pickle.dumps(Payload()))
    yield path


def _npz(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def _npz_packed(**arrays):
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def _giant_npz():
    """An archive of one array that says it has 10^12 values."""
    out, header = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("images.npy", header.getvalue() + bytes(100))
    return out.getvalue()
