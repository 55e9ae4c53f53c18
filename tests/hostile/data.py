"""Hostile data: cubes, candidate files, alerts, tables and settings of strangers.

Each builder writes one file; what may not happen is what `hostile.models` says.
"""

import gzip
import io
import json
import pickle
import warnings
import zipfile
from pathlib import Path

import h5py
import numpy as np

from hostile.models import MODULE, Payload

__all__ = ["DATA", "sound"]


def sound(folder):
    """Write one good file of each kind; return ``(kind, path)`` of each."""
    from fault_corpus.seeds import FLAVOURS, cards, encode, pixels

    from otrain.data.cubes.datacube import write_cube

    folder, rng = Path(folder), np.random.default_rng(0)
    images = rng.normal(size=(4, 9, 9, 1)).astype(np.float32)
    found = []
    for store, name in (("npz", "good.npz"), ("h5", "good-cube.h5"), ("folder", "good-cube"), ("gotorb", "good-gotorb")):
        write_cube(folder / name, [images], labels=[0, 1, 0, 1], columns={"candid": np.array(list("abcd"))}, meta={},
                   store=store).close()
        found.append(("cube", folder / name))
    for flavour in FLAVOURS:
        path = folder / f"good-{flavour.name}{flavour.suffix}"
        path.write_bytes(encode(flavour, pixels(rng), cards(rng)))
        if flavour.name != "table":
            found.append(("candidates", path))
    texts = {"good.csv": "candid,label\na,1\n", "good.ecsv": _ecsv(""), "good.toml": 'name = "x"\n[columns]\nmag = "MAG"\n',
             "good-options.toml": "size = 4\n", "scores.dat": "# candid score\na 0.5\n"}
    kinds = {"good.csv": "labels", "good.ecsv": "labels", "good.toml": "mapping", "good-options.toml": "options",
             "scores.dat": "scores"}
    for name, text in texts.items():
        (folder / name).write_text(text)
        found.append((kinds[name], folder / name))
    return found


def _ecsv(extra, rows="a 1\n"):
    return ("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: candid, datatype: string}\n# - {name: label, datatype: int64}\n"
            f"{extra}candid label\n{rows}")


def DATA(folder):
    """Write every hostile file below a folder; yield ``(kind, path)``."""
    folder = Path(folder)
    for kind, name, content in (*_archives(), *_tables(), *_settings(), *_candidates(), *_alerts()):
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        yield kind, path
    yield from _hdf5(folder)
    yield from _folders(folder)


def _npz(members, packed=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED, compresslevel=1) as archive:
        for name, data in members:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # names twice
                archive.writestr(name, data)
    return out.getvalue()


def _npy(array, **header):
    out = io.BytesIO()
    if header:
        np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": (1,)} | header)
    else:
        np.lib.format.write_array(out, np.asarray(array), allow_pickle=True)
    return out.getvalue() + (bytes(400) if header else b"")


def _archives():
    """Yield data cubes as ``.npz``."""
    images, labels = ("cube.npy", _npy(np.zeros((2, 5, 5, 1), "f4"))), ("labels.npy", _npy(np.zeros(2, int)))
    objects = _npy(np.array([Payload(), Payload()], object))
    code = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little") + f"__import__('{MODULE}', fromlist=['run']).run()".encode().ljust(118)
    for name, members in {
        "object-images": [("cube.npy", objects), labels], "object-labels": [images, ("labels.npy", objects)],
        "object-meta": [images, labels, ("meta.npy", objects)],
        "code-in-header": [("cube.npy", code), labels],
        "record-type": [("cube.npy", _npy(np.zeros(2, [("a", "f4"), ("b", "O")]))), labels],
        "giant-shape": [("cube.npy", _npy(0, shape=(2**40, 63, 63, 3))), labels],
        "overflowing-shape": [("cube.npy", _npy(0, shape=(2**33, 2**33, 1, 1))), labels],
        "negative-shape": [("cube.npy", _npy(0, shape=(-1, 5, 5, 1))), labels],
        "long-header": [("cube.npy", b"\x93NUMPY\x02\x00" + (2**31 - 1).to_bytes(4, "little") + b"{" * 1000), labels],
        "deep-header": [("cube.npy", b"\x93NUMPY\x01\x00" + (60_000).to_bytes(2, "little") + b"(" * 60_000), labels],
        "traversal": [("../../cube.npy", images[1]), labels], "two-images": [images, labels, ("cube.npy", objects)],
        "meta-no-json": [images, labels, ("meta.npy", _npy(np.array("!!python/object/apply:os.system [id]")))],
        "meta-deep": [images, labels, ("meta.npy", _npy(np.array("[" * 100_000)))],
    }.items():
        yield "cube", f"{name}.npz", _npz(members)
    zeros = bytes(150 << 20)
    for name, members in {
        "bomb-images": [("cube.npy", _npy(np.zeros((150 << 20 >> 2, 1, 1, 1), "f4"))), labels],
        "bomb-column": [images, labels, ("mags.npy", zeros)],
        "bomb-meta": [images, labels, ("meta.npy", _npy(np.zeros((), "U30000000")))],
    }.items():
        yield "cube", f"{name}.npz", _npz(members, packed=True)
    yield "cube", "pickle.npz", pickle.dumps(Payload())


def _tables():
    """Yield tables of labels and scores."""
    call = f"!!python/object/apply:{MODULE}.run []"
    for name, extra in {
        "call": f"# meta: {call}\n", "module": f"# meta: !!python/module:{MODULE}\n", "name": f"# meta: !!python/name:{MODULE}.run\n",
        "new": f"# meta: !!python/object/new:{MODULE}.run []\n",
        "array": "# meta: !numpy.ndarray {buffer: !!binary AAAA, dtype: object, shape: [1], order: C}\n",
        "class": f"# meta: !!omap\n# - __serialized_columns__:\n#     candid:\n#       __class__: {MODULE}.run\n",
        "laughs": "# meta:\n#   a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"#   {b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "deep": "# meta: " + "[" * 5000 + "\n",
    }.items():
        yield "labels", f"{name}.ecsv", _ecsv(extra)
    yield "labels", "formula.csv", "candid,label\n=cmd|' /C calc'!A0,1\n"
    yield "labels", "wide.csv", "candid,label\n" + "x" * (20 << 20) + ",1\n"
    yield "labels", "nul.csv", "candid,label\n\0\0,1\n"
    yield "labels", "pickle.csv", pickle.dumps(Payload())
    yield "scores", "wide.dat", "# candid score\n" + "x" * (20 << 20) + " 1\n"
    yield "scores", "pickle.dat", pickle.dumps(Payload())
    yield "scores", "lines.dat", "#\n" * 500_000


def _settings():
    """Yield mapping files and settings of a command."""
    for name, text in {
        "dunder": 'name = "x"\n[columns]\n__class__ = "MAG"\n', "call": f'name = "x"\n[columns]\nmag = {{value = "{MODULE}.run()"}}\n',
        "template": 'name = "{{7*7}}"\n[match]\nA = "__import__(\'os\')"\n[images]\nscience = {hdu = "__class__"}\n',
        "deep": "a = " + "[" * 20_000, "deep-keys": ".".join("a" * 5000) + " = 1\n",
        "digits": "a = " + "9" * 100_000, "python": f"import {MODULE}\n",
        "yaml": f"!!python/object/apply:{MODULE}.run []\n",
    }.items():
        yield "mapping", f"mapping-{name}.toml", text
        yield "options", f"options-{name}.toml", text


def _candidates():
    """Yield files of candidates."""
    from fault_corpus.seeds import FLAVOURS, cards, encode, pixels

    rng = np.random.default_rng(1)
    good = encode(FLAVOURS[0], pixels(rng), cards(rng))
    yield "candidates", "bomb.fits.gz", gzip.compress(bytes(200 << 20), 1)
    yield "candidates", "bomb-behind.fits.gz", gzip.compress(good + bytes(200 << 20), 1)
    yield "candidates", "many-members.fits.gz", gzip.compress(b"") * 100_000
    yield "candidates", "long-header.fits", good[:2880].replace(b"END", b"   ") + b" " * (30 << 20)
    yield "candidates", "long-chain.fits", (b"SIMPLE  =                    T".ljust(80) + b"LONG    = 'x&'".ljust(80)
                                            + b"CONTINUE  'x&'".ljust(80) * 100_000 + b"END".ljust(80))
    yield "candidates", "pickle.fits", pickle.dumps(Payload())
    yield "candidates", "giant.fits", good.replace(b"NAXIS1  =                   21", b"NAXIS1  =          21000000000")
    yield "candidates", "program.fits", b"\x7fELF" + bytes(4000)
    yield "candidates", "link.fits", b"SIMPLE  = T".ljust(80) + b"EXTNAME = 'file:///etc/passwd'".ljust(80)


def _alerts():
    """Yield Avro files."""
    import fastavro

    def alert(schema, records, **options):
        out = io.BytesIO()
        fastavro.writer(out, schema, records, **options)
        return out.getvalue()

    yield "candidates", "recursive.avro", alert(
        {"type": "record", "name": "alert", "fields": [{"name": "next", "type": ["null", "alert"]}]}, [_nested(400)])
    yield "candidates", "bomb.avro", alert(
        {"type": "record", "name": "alert", "fields": [{"name": "cutoutDifference", "type": "bytes"}]},
        [{"cutoutDifference": bytes(100 << 20)}], codec="deflate")
    image = gzip.compress(bytes(200 << 20), 1)
    yield "candidates", "bomb-inside.avro", alert(
        {"type": "record", "name": "alert", "fields": [{"name": "cutoutDifference", "type": "bytes"}]},
        [{"cutoutDifference": image}])

    def file(schema, block, codec=b"null"):
        """An Avro file of one block, written byte by byte."""
        text = schema if isinstance(schema, bytes) else json.dumps(schema).encode()
        sync = bytes(16)
        head = b"Obj\1" + _long(2) + _text(b"avro.schema") + _text(text) + _text(b"avro.codec") + _text(codec) + b"\0" + sync
        return head + _long(1) + _long(len(block)) + block + sync

    numbers = {"type": "record", "name": "a", "fields": [{"name": "x", "type": {"type": "array", "items": "null"}}]}
    yield "candidates", "long-text.avro", file({"type": "record", "name": "a", "fields": [{"name": "x", "type": "string"}]}, _long(2**60))
    yield "candidates", "nothing-many-times.avro", file(numbers, _long(2**40) + b"\0")
    yield "candidates", "no-size.avro", b"Obj\1" + _long(2) + _text(b"avro.schema") + _text(b'"null"') + _text(b"avro.codec") + _text(
        b"null") + b"\0" + bytes(16) + _long(2**40) + _long(0) + bytes(16)
    yield "candidates", "endless-schema.avro", file(b'{"type": "array", "items": ' * 3000 + b'"null"' + b"}" * 3000, b"\0")
    yield "candidates", "codec.avro", file(b'"null"', b"", codec=MODULE.encode())
    yield "candidates", "logical.avro", file({"type": "record", "name": "a", "fields": [
        {"name": "x", "type": {"type": "bytes", "logicalType": f"{MODULE}.run", "precision": 10**9}}]}, _text(b"x"))
    yield "candidates", "default.avro", file({"type": "fixed", "name": "a", "size": 2**40}, b"x")


def _nested(depth):
    record = {"next": None}
    for _ in range(depth):
        record = {"next": record}
    return record


def _long(value):
    value, out = value << 1, b""
    while value > 0x7F:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def _text(data):
    return _long(len(data)) + data


def _hdf5(folder):
    """Yield data cubes as HDF5."""
    secret = folder / "secret" / "passwd"

    def virtual(file):
        layout = h5py.VirtualLayout((4, 9, 9, 1), "f4")
        layout[:] = h5py.VirtualSource(str(folder / "secret" / "numbers.h5"), "x", (4, 9, 9, 1))
        file.create_virtual_dataset("images", layout)

    for name, change in {
        "external": lambda file: file.create_dataset("images", (4, 9, 9, 1), "f4", external=[(str(secret), 0, 1296)]),
        "virtual": virtual, "external-link": lambda file: file.__setitem__("images", h5py.ExternalLink(str(secret), "/x")),
        "soft-link": lambda file: file.__setitem__("images", h5py.SoftLink("/labels")),
        "giant": lambda file: file.create_dataset("images", (2**40, 9, 9, 1), "f4", chunks=(64, 9, 9, 1)),
        "packed": lambda file: file.create_dataset("images", data=np.zeros((300_000, 9, 9, 1), "f4"), chunks=(300_000, 9, 9, 1),
                                                   compression="gzip"),
        "references": lambda file: file.create_dataset("images", (4, 9, 9, 1), h5py.ref_dtype),
        "texts": lambda file: file.create_dataset("images", data=["x"] * 4, dtype=h5py.string_dtype()),
        "opaque": lambda file: file.create_dataset("images", data=np.array([np.void(pickle.dumps(Payload()))])),
    }.items():
        path = folder / f"{name}.h5"
        path.write_bytes((folder / "good-cube.h5").read_bytes())
        with h5py.File(path, "r+") as file:
            del file["images"]
            change(file)
        yield "cube", path
    path = folder / "column-of-objects.h5"
    path.write_bytes((folder / "good-cube.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        file["columns"]["evil"] = h5py.ExternalLink(str(secret), "/x")
    yield "cube", path


def _folders(folder):
    """Yield cube folders, and folders of gotorb."""
    import shutil

    def copy(name, change):
        path = folder / name
        shutil.copytree(folder / "good-cube", path)
        manifest = json.loads((path / "cube.json").read_text())
        changed = change(path, manifest)
        (path / "cube.json").write_text(changed if isinstance(changed, str) else json.dumps(manifest))
        return "cube", path

    def named(name):
        return lambda path, manifest: manifest["shards"][0]["images"].__setitem__("file", name)

    def linked(path, manifest):
        shard = path / manifest["shards"][0]["images"]["file"]
        shard.unlink()
        shard.symlink_to(folder / "secret" / "passwd")

    yield copy("traversal", named("../secret/passwd"))
    yield copy("absolute", named("/etc/passwd"))
    yield copy("with-nul", named("shard-00000\0.npy"))
    yield copy("linked", linked)
    yield copy("deep", lambda path, manifest: "[" * 300_000)
    yield copy("negative", lambda path, manifest: manifest["shards"][0].__setitem__("rows", -5))
    yield copy("giant", lambda path, manifest: manifest["shards"][0].__setitem__("rows", 10**15))
    yield copy("pickled", lambda path, manifest: (path / manifest["shards"][0]["columns"]["file"]).write_bytes(
        pickle.dumps(Payload())) and None)
    path = folder / "gotorb-pickle"
    shutil.copytree(folder / "good-gotorb", path)
    (path / "meta.hkl").write_bytes(pickle.dumps(Payload()))
    (path / "data_labels.csv").write_bytes(pickle.dumps(Payload()))
    yield "cube", path
