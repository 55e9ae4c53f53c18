"""Hostile variants of a good file, one generator for each format that a reader says it takes.

A generator is asked for the bytes of a good file of one reader and gives ``(name, bytes)`` of files that
are hostile in the ways of that format. Values that may never be seen are `SECRET`; they
lie in files beside it, which HDF5 is told to pass off as its own.
"""

import base64
import bz2
import contextlib
import gzip
import io
import json
import lzma
import pickle
import re
import struct
import warnings
import zipfile
import zlib

import numpy as np

from hostile.data import _alerts, _npy
from hostile.models import MODULE, Payload

__all__ = ["FORMATS", "SECRET", "write_secret"]

SECRET = 4242.5
BLOCK, CARD = 2880, 80


def _deflated(count, head=b""):
    """Return what expands to `head` and so many megabytes of zeros, as a stream of deflate without its ends."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # What ends in a full flush can stand again and again.
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + (packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)) * count + b"\x03\x00"


def _gzipped_zeros(count, head=b""):
    """Return a gzip file of so many megabytes of zeros; whoever gets to its checksum has them all."""
    return b"\x1f\x8b\x08" + bytes(7) + _deflated(count, head) + bytes(8)


def write_secret(folder):
    """Write what may not be read: numbers as HDF5 and as bytes of several kinds."""
    import h5py

    folder.mkdir(exist_ok=True)
    values = np.full(1 << 16, SECRET)
    with h5py.File(folder / "numbers.h5", "w") as file:
        file["x"] = values
    (folder / "numbers.f8").write_bytes(values.tobytes())
    (folder / "numbers.f4").write_bytes(values.astype("f4").tobytes())
    (folder / "passwd").write_bytes(b"root:x:0:0\n" * 2000)


def _hdf5(good, secret):
    """Every array of the file in turn: elsewhere, giant, packed, of another kind; and the groups it lies in."""
    import h5py

    with h5py.File(io.BytesIO(good), "r") as file:
        names = []
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        shapes = {name: (file[name].shape, file[name].dtype) for name in names}

    def external(file, name, shape, dtype):
        kind = "f8" if dtype.kind not in "fiu" or dtype.itemsize not in (4, 8) else f"f{dtype.itemsize}"
        size = int(np.prod(shape)) * int(kind[1])
        file.create_dataset(name, shape, kind, external=[(str(secret / f"numbers.{kind}"), 0, size)])

    def virtual(file, name, shape, dtype):
        layout = h5py.VirtualLayout((int(np.prod(shape)),), "f8")
        layout[:] = h5py.VirtualSource(str(secret / "numbers.h5"), "x", (1 << 16,))[:int(np.prod(shape))]
        file.create_virtual_dataset(name, layout)

    def link(file, name, shape, dtype):
        file[name] = h5py.ExternalLink(str(secret / "numbers.h5"), "/x")

    def soft(file, name, shape, dtype):
        file["away"] = h5py.ExternalLink(str(secret / "numbers.h5"), "/")
        file[name] = h5py.SoftLink("/away/x")

    def giant(file, name, shape, dtype):
        file.create_dataset(name, (2**40, *shape[1:]), "f8", chunks=(1024, *(1 for _ in shape[1:])))

    def unwritten(file, name, shape, dtype):
        file.create_dataset(name, (100_000_000, *shape[1:]), "f8")

    def packed(file, name, shape, dtype):
        rows = max(1, (120 << 20) // 8 // int(np.prod(shape[1:])))
        file.create_dataset(name, data=np.zeros((rows, *shape[1:])), chunks=(rows, *shape[1:]), compression="gzip")

    def inflating(file, name, shape, dtype):
        stream, shape = b"\x78\xda" + _deflated(1500) + bytes(4), (1 << 18, *shape[1:])
        found = file.create_dataset(name, shape, "f8", chunks=shape, compression="gzip")
        found.id.write_direct_chunk((0,) * len(shape), stream)

    def opaque(file, name, shape, dtype):
        file[name] = np.full(shape, np.void(pickle.dumps(Payload())))

    def references(file, name, shape, dtype):
        file.create_dataset(name, shape, h5py.ref_dtype)

    def plug_in(file, name, shape, dtype):
        file.create_dataset(name, data=np.ones(shape, "i4"), chunks=shape, scaleoffset=0)

    def group(file, name, shape, dtype):
        file.create_group(name)

    for name, (shape, dtype) in shapes.items():
        for change in (external, virtual, link, soft, giant, unwritten, packed, inflating, opaque, references, plug_in, group):
            out = io.BytesIO(good)
            with h5py.File(out, "r+") as file:
                del file[name]
                change(file, name, shape, dtype)
            yield f"{change.__name__}-{name.replace('/', '.')}", out.getvalue()
    yield "half", good[:len(good) // 2]
    yield "no-more-than-a-head", good[:8] + bytes(3000)
    for place in range(8, 96, 8):  # addresses and sizes of the superblock
        yield f"superblock-{place}", good[:place] + b"\xff\xff\xff\xff\xff\xff\xff\x7f" + good[place + 8:]


def _npz_members(good):
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _npz_of(members, packed=False, extra=()):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED, compresslevel=9) as archive, \
            warnings.catch_warnings():
        warnings.simplefilter("ignore")  # names twice
        for name, data in (*members.items(), *extra):
            archive.writestr(name, data)
    return out.getvalue()


def _zip_with(members, name, stream, size):
    """Return an archive of which one member is a stream of deflate with a size of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for other in members:
            if other != name:
                archive.writestr(other, members[other])
        archive.writestr(name, stream)
        member = archive.NameToInfo[name]
        member.compress_type, member.file_size = zipfile.ZIP_DEFLATED, size
    data = bytearray(out.getvalue())
    data[member.header_offset + 8:member.header_offset + 10] = struct.pack("<H", zipfile.ZIP_DEFLATED)
    return bytes(data)


def _npz(good, secret):
    """Every array in turn: code, giant headers, bombs; and archives that lie."""
    members = _npz_members(good)
    code = f"__import__('{MODULE}', fromlist=['run']).run()".encode().ljust(118)
    for name in members:
        stem = name.removesuffix(".npy")
        for variant, data in {
            "objects": _npy(np.array([Payload()] * 3, object)), "code": b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + code,
            "giant": _npy(0, shape=(2**40, 63)), "negative": _npy(0, shape=(-1, 5)), "empty": b"", "pickle": pickle.dumps(Payload()),
            "long-header": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31 - 1) + b"{" * 1000,
            "deep-header": b"\x93NUMPY\x01\x00" + struct.pack("<H", 60_000) + b"(" * 60_000,
        }.items():
            yield f"{variant}-{stem}", _npz_of(members | {name: data})
        zeros = _npy(0, descr="|u1", shape=(1500 << 20,))[:-400]
        yield f"bomb-{stem}", _zip_with(members, name, _deflated(1500, zeros), len(zeros) + (1500 << 20))
        lying = bytearray(_npz_of(members, packed=True))
        place = lying.rfind(name.encode()) - 46  # its entry in the directory
        lying[place + 24:place + 28] = struct.pack("<I", 2**32 - 2)
        yield f"lying-size-{stem}", bytes(lying)
    yield "many-columns", _npz_of(members, packed=True, extra=[(f"c{n}.npy", _npy(np.zeros(1 << 20))) for n in range(60)])
    yield "traversal", _npz_of(members, extra=[("../../evil.npy", _npy(np.zeros(3)))])
    yield "half", good[:len(good) // 2]


def _cards_of(data):
    """Where each card of a plain file lies, by keyword: of all its headers."""
    found = []
    for place in range(0, len(data) - CARD, CARD):
        key = data[place:place + 8]
        if re.fullmatch(rb"[A-Z0-9_-]+ *", key) and data[place + 8:place + 10] == b"= ":
            found.append((key.decode().strip(), place))
    return found


def _fits(good, secret):
    """Every number of the structure in turn; long headers; tables and tiles that lie."""
    for key, place in _cards_of(good):
        if re.fullmatch(r"BITPIX|NAXIS\d*|PCOUNT|GCOUNT|TFIELDS|TFORM\d+|TTYPE1|TDIM\d+|TNULL\d+|TZERO\d+|BZERO|BSCALE|SIMPLE|XTENSION",
                        key):
            for number, value in enumerate(("2100000000", "-1", "99999999999999999999", "0", "'1000000000D'", "'1PD(999999999)'",
                                            "1E308", "NaN", "")):
                card = f"{key:<8}= {value:>20}".ljust(CARD).encode()
                yield f"{key}-{place // CARD}-{number}", good[:place] + card + good[place + CARD:]
    end = good.find(b"END" + b" " * 77)
    yield "blank-cards", good[:end] + b" " * (9 << 20)
    yield "comments", good[:end] + (b"COMMENT " + b"x" * 72) * 110_000 + good[end:]
    yield "chain", good[:end] + b"LONG    = 'x&'".ljust(CARD) + b"CONTINUE  'x&'".ljust(CARD) * 100_000 + good[end:]
    yield "quotes", good[:end] + (b"CANDID  = '" + b"'" * 69) * 1000 + good[end:]
    yield "half", good[:len(good) // 2]
    yield "pickle", pickle.dumps(Payload())
    yield "file-name", good.replace(b"EXTNAME = '", b"EXTNAME = 'file:///etc/passwd", 1)
    yield "many-units", good + b"".join(_empty_unit() for _ in range(3000))
    yield from _tiles()


def _empty_unit():
    cards = [b"XTENSION= 'IMAGE   '", b"BITPIX  =                    8", b"NAXIS   =                    0",
             b"PCOUNT  =                    0", b"GCOUNT  =                    1", b"END"]
    return b"".join(card.ljust(CARD) for card in cards).ljust(BLOCK)


def _tiles():
    """Tile-compressed images: bombs, sizes and codes that lie."""
    from astropy.io import fits

    for kind in ("GZIP_1", "RICE_1", "HCOMPRESS_1", "PLIO_1"):
        out = io.BytesIO()
        image = np.zeros((64, 64), "i2")
        fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(image, compression_type=kind, tile_shape=(64, 64))]).writeto(out)
        good = out.getvalue()
        for key, place in _cards_of(good):
            if key.startswith(("ZNAXIS", "ZTILE", "ZVAL", "ZBITPIX", "PCOUNT", "NAXIS", "THEAP", "TFORM")):
                for number, value in enumerate(("4000", "2000000000", "-5", "0", "'1PB(2000000000)'")):
                    card = f"{key:<8}= {value:>20}".ljust(CARD).encode()
                    yield f"{kind}-{key}-{place // CARD}-{number}", good[:place] + card + good[place + CARD:]
        yield f"{kind}-code", good.replace(kind.encode(), b"EVIL_99".ljust(len(kind))[:len(kind)], 1)
    # One gzip tile that unpacks to 1.5 GB, and says that it is 128 bytes.
    stream = _gzipped_zeros(1500)
    column = fits.Column("COMPRESSED_DATA", f"1PB({len(stream)})", array=np.array([np.frombuffer(stream, "u1")], object))
    table = fits.BinTableHDU.from_columns([column])
    for key, value in {"ZIMAGE": True, "ZCMPTYPE": "GZIP_1", "ZBITPIX": 16, "ZNAXIS": 2, "ZNAXIS1": 8, "ZNAXIS2": 8, "ZTILE1": 8,
                       "ZTILE2": 8}.items():
        table.header[key] = value
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(out)
    yield "tile-bomb", out.getvalue()


def _gzip(good, secret):
    """A compressed file that becomes gigabytes; a good one with a bomb behind it; damage."""
    zeros = _gzipped_zeros(3000)
    rows = good if len(good) < 1000 else good[:1000]
    yield "bomb", zeros
    yield "bomb-behind", gzip.compress(good) + zeros
    yield "text-bomb", gzip.compress(b"time,flux\n" + b"1,2\n" * 60_000_000, 1)
    yield "digits-bomb", gzip.compress(b"1" * 300_000_000, 1)
    yield "again", gzip.compress(rows * 100_000 if len(rows) < 3000 else rows, 9)
    yield "lines", gzip.compress(good + b"\n" * 300_000_000, 1)
    yield "many-members", gzip.compress(b"") * 100_000 + gzip.compress(good)
    yield "half", gzip.compress(good)[:-9]
    yield "bad-sum", gzip.compress(good)[:-8] + bytes(8)
    yield "twice", gzip.compress(zeros)


def _bzip2(good, secret):
    """What is small in bzip2 and large without it."""
    zeros = bz2.compress(bytes(40 << 20)) * 40  # streams may follow each other in one file
    yield "bomb", zeros
    yield "bomb-behind", bz2.compress(good) + zeros
    yield "lines", bz2.compress(good) + bz2.compress(b"\n" * 20_000_000) * 15
    yield "many-members", bz2.compress(b"") * 100_000 + bz2.compress(good)
    yield "half", bz2.compress(good)[:-9]
    yield "damaged", bz2.compress(good)[:30] + bytes(8) + bz2.compress(good)[38:]
    yield "twice", bz2.compress(zeros)


def _xz(good, secret):
    """What is small in xz and large without it, or asks for a dictionary of gigabytes."""
    zeros = lzma.compress(bytes(40 << 20), preset=0) * 40
    yield "bomb", zeros
    yield "bomb-behind", lzma.compress(good) + zeros
    yield "dictionary", _large_dictionary(good)
    yield "many-members", lzma.compress(b"") * 50_000 + lzma.compress(good)
    yield "half", lzma.compress(good)[:-9]
    yield "damaged", lzma.compress(good)[:30] + bytes(8) + lzma.compress(good)[38:]
    yield "twice", lzma.compress(zeros)


def _large_dictionary(good):
    """Return an xz file whose header asks for a dictionary of 4 GiB, with the sum of the header put right."""
    data = bytearray(lzma.compress(good, preset=0))
    size = (data[12] + 1) * 4
    place = data.index(b"\x21\x01", 13) + 2  # LZMA2, one byte of properties: the size of the dictionary
    data[place] = 40
    data[12 + size - 4:12 + size] = struct.pack("<I", zlib.crc32(data[12:12 + size - 4]))
    return bytes(data)


def _text(good, secret):
    """Tables of text without end, in either direction; bytes that are no text; formulas."""
    yield "lines", good + b"\n" * 9_900_000
    yield "short-rows", b"time,flux\n" + b"1,2\n" * 2_400_000
    yield "short-words", b"time,flux\n" + b"a,b\n" * 2_400_000
    yield "one-line", good + b"x" * 9_000_000
    yield "many-columns", b"time,flux" + b",a" * 4_000_000 + b"\n" + b"1,2" + b",3" * 900_000 + b"\n"
    yield "quotes", good + b'"' * 9_000_000
    yield "open-quote", good + b'"' + b"1,2\n" * 2_000_000
    yield "nul", good + b"\0" * 1000
    yield "utf-16", b"\xff\xfe" + good.decode("utf-8", "replace").encode("utf-16-le")
    yield "separators", good + "\u2028\x0b\x0c\x1c\x85".encode() * 200_000
    yield "large-letters", b"time,flux\n" + "\U0001f600,1\n".encode() * 1_400_000
    yield "numbers", good + b"1e999999," + b"9" * 1_000_000 + b"\n"
    yield "formula", good + b"=cmd|' /C calc'!A0,1,1,1\n"
    yield "pickle", pickle.dumps(Payload())
    yield "wide-span", b"time,flux\n" + b"".join(b"%d,1.%d\n" % (t, t % 7) for t in (0, 1, 2, 3, 10**9)) + b"832000,1\n"
    yield "wide-span-that-just-fits", b"time,flux\n" + b"".join(b"%r,1.%d\n" % (t, t % 7) for t in (0, 1, 2, 3, 830_000))


def _ecsv(good, secret):
    """What YAML and astropy could be told to do."""
    call = f"!!python/object/apply:{MODULE}.run []"
    names = "# - {name: time, unit: d, datatype: float64}\n# - {name: flux, datatype: float64}\n"
    head, rows = f"# %ECSV 1.0\n# ---\n# datatype:\n{names}", "time flux\n0.0 1.0\n0.02 1.1\n0.04 1.05\n"
    for name, extra in {
        "call": f"# meta: {call}\n", "module": f"# meta: !!python/module:{MODULE}\n", "new": f"# meta: !!python/object/new:{MODULE}.run []\n",
        "array": "# meta: !numpy.ndarray {buffer: !!binary AAAA, dtype: object, shape: [1], order: C}\n",
        "class": f"# meta: !!omap\n# - __serialized_columns__:\n#     flux:\n#       __class__: {MODULE}.run\n",
        "class-with-value": f"# meta: !!omap\n# - __serialized_columns__:\n#     flux:\n#       __class__: {MODULE}.run\n"
                            "#       value: !astropy.table.SerializedColumn {name: flux}\n",
        "laughs": "# meta:\n#   a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"#   {b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
        "deep": "# meta: " + "[" * 5000 + "\n", "long": "# meta: " + "x" * 9_000_000 + "\n",
    }.items():
        yield name, (head + extra + rows).encode()
    yield "type", (head.replace("float64", "object") + rows).encode()
    yield "shape", (head.replace("{name: flux, datatype: float64}", "{name: flux, datatype: string, subtype: 'float64[1000000000]'}")
                    + "time flux\n0.0 [1]\n").encode()
    yield "json", (head.replace("{name: flux, datatype: float64}", "{name: flux, datatype: string, subtype: json}")
                   + "time flux\n0.0 " + "[" * 100_000 + "\n").encode()
    yield "rows", (head + "time flux\n" + "1 2\n" * 2_400_000).encode()
    yield "columns", (head + "".join(f"# - {{name: c{n}, datatype: float64}}\n" for n in range(20_000)) + rows).encode()


def _arrow_table(rows):
    import pyarrow as pa

    return pa.table({"time": pa.array(np.zeros(rows)), "flux": pa.array(np.ones(rows))})


def _parquet(good, secret):
    """Runs that stand for a hundred million rows; texts without end; damaged footers."""
    import pyarrow as pa
    from pyarrow import parquet

    def written(table, **options):
        out = io.BytesIO()
        parquet.write_table(table, out, **options)
        return out.getvalue()

    many = _arrow_table(40_000_000)
    for codec in ("zstd", "gzip", "brotli", "snappy"):
        with contextlib.suppress(Exception):  # a codec that this build lacks
            yield f"rows-{codec}", written(many, compression=codec)
    del many
    words = pa.table({"time": pa.array(["x" * 1000]).take(pa.array(np.zeros(400_000, "i4"))), "flux": pa.array(np.ones(400_000))})
    yield "words", written(words, compression="zstd")
    yield "lists", written(pa.table({"time": [[0.0] * 1000] * 100, "flux": [1.0] * 100}))
    yield "wide", written(pa.table({f"c{n}": [1.0] for n in range(5000)}))
    yield "objects", written(pa.table({"time": [pickle.dumps(Payload())], "flux": [1.0]}))
    yield "pandas", written(pa.table({"time": [0.0, 1.0], "flux": [1.0, 2.0]}).replace_schema_metadata(
        {"pandas": json.dumps({"index_columns": [MODULE], "columns": [{"name": "time", "pandas_type": MODULE, "numpy_type": "object"}]}),
         "ARROW:extension:name": MODULE}))
    yield from _damaged(good)


def _feather(good, secret):
    """Compressed buffers of gigabytes; damaged messages."""
    from pyarrow import feather

    for codec in ("zstd", "lz4"):
        out = io.BytesIO()
        feather.write_feather(_arrow_table(40_000_000), out, compression=codec)
        yield f"rows-{codec}", out.getvalue()
    yield from _damaged(good)


def _damaged(good):
    rng = np.random.default_rng(3)
    yield "half", good[:len(good) // 2]
    yield "tail", good[:8] + good[-64:]
    for number in range(40):
        data = bytearray(good)
        for place in rng.integers(4, len(good), 4):
            data[place] = rng.integers(256)
        yield f"flips-{number}", bytes(data)
    for place in range(max(8, len(good) - 12), len(good) - 4, 4):
        yield f"length-{place}", good[:place] + b"\xff\xff\xff\x7f" + good[place + 4:]


def _avro(good, secret):
    """Schemas without end, blocks that lie, bombs inside."""
    for _, name, content in _alerts():
        yield name.removesuffix(".avro"), content
    yield from _damaged(good)
    import fastavro

    schema = {"type": "record", "name": "pgir.alert", "fields": [{"name": "cutoutDifference", "type": "bytes"}]}
    out = io.BytesIO()
    fastavro.writer(out, schema, [{"cutoutDifference": bytes(1 << 20)} for _ in range(1200)], codec="deflate", sync_interval=10**10)
    yield "one-block", out.getvalue()
    out = io.BytesIO()
    fastavro.writer(out, {"type": "record", "name": "pgir.alert", "fields": [{"name": "x", "type": {"type": "array", "items": "long"}}]},
                    [{"x": [0] * 6_000_000}], codec="deflate")
    yield "many-numbers", out.getvalue()


def _cube_folder(good, secret):
    """The manifest of a cube folder: names elsewhere, numbers without sense; `hostile.data` has more."""
    manifest = json.loads(good)

    def with_shard(**change):
        copy = json.loads(good)
        copy["shards"][0]["images"].update({key: value for key, value in change.items() if key != "rows"})
        if "rows" in change:
            copy["shards"][0]["rows"] = change["rows"]
        return json.dumps(copy).encode()

    yield "traversal", with_shard(file="../secret/numbers.f4")
    yield "absolute", with_shard(file=str(secret / "numbers.f4"))
    yield "giant", with_shard(rows=10**15)
    yield "negative", with_shard(rows=-4)
    yield "deep", b"[" * 300_000
    yield "no-text", pickle.dumps(Payload())
    yield "shape", json.dumps(manifest | {"shape": [2**40, 2**40, 1]}).encode()


def _npy_file(good, secret):
    """Headers that lie, code, and arrays without end."""
    yield from {
        "objects": _npy(np.array([Payload()] * 3, object)), "giant": _npy(0, shape=(2**40, 63, 63)), "negative": _npy(0, shape=(-1, 5, 5)),
        "wide": _npy(0, shape=(1, 2**20, 2**20)), "many-planes": _npy(0, shape=(2**20, 5, 5, 2**20)), "nothing": _npy(0, shape=(0, 5, 5)),
        "long-header": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31 - 1) + b"{" * 1000,
        "deep-header": b"\x93NUMPY\x01\x00" + struct.pack("<H", 60_000) + b"(" * 60_000,
        "version": b"\x93NUMPY\x09\x00" + good[8:], "pickle": good[:8] + pickle.dumps(Payload()),
    }.items()
    yield from _damaged(good)


def _json(good, secret):
    """Lists without end, words that are no images, numbers without end."""
    record = json.loads(good)
    for name, value in {
        "deep": None, "zeros": [[0] * 1500] * 1500, "ragged": [[1, 2], [3]], "words": [["a"]], "empty": [], "number": 7, "path": "/etc/passwd",
        "bomb": base64.b64encode(_gzipped_zeros(1500)).decode(), "pickle": base64.b64encode(pickle.dumps(Payload())).decode(),
        "cube": [[[1.0]]], "infinite": [[1e999]],
    }.items():
        text = json.dumps(record | {"cutoutDifference": value})
        yield name, (text if value is not None else text.replace("null", "[" * 200_000)).encode()
    yield "many", b"[" + b",".join([json.dumps(record | {"cutoutDifference": [[1] * 9] * 9}).encode()] * 20_000) + b"]"
    yield "lists", b'{"cutoutDifference": 1, "x": [' + b"[]," * 2_900_000 + b"1]}"
    yield "digits", good[:-1] + b', "x": ' + b"9" * 1_000_000 + b"}"
    yield "utf-16", good.decode().encode("utf-16")
    yield from _damaged(good)


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(good, secret):
    """Pictures that are larger than their bytes, texts that expand, damage."""
    def picture(width, height, rows, *extra):
        return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + b"".join(extra) + _chunk(
            b"IDAT", rows) + _chunk(b"IEND", b"")

    zeros = b"\x78\xda" + _deflated(1500) + bytes(4)
    yield "large", picture(60_000, 60_000, zeros)
    yield "long", picture(2**31 - 1, 1, zeros)
    yield "bomb", picture(8, 8, zeros)
    yield "text-bomb", picture(8, 8, zlib.compress(bytes(72)), _chunk(b"zTXt", b"x\0\0" + zeros))
    yield "many-texts", picture(8, 8, zlib.compress(bytes(72)), *[_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1 << 20)))] * 400)
    yield "profile", picture(8, 8, zlib.compress(bytes(72)), _chunk(b"iCCP", b"x\0\0" + zeros))
    yield from _damaged(good)


def _jpeg(good, secret):
    """Sizes that lie and damage."""
    place = good.find(b"\xff\xc0")
    for name, size in {"large": (60_000, 60_000), "nothing": (0, 0), "high": (60_000, 1), "wide": (4000, 4000)}.items():
        yield name, good[:place + 5] + struct.pack(">HH", *size) + good[place + 9:]
    yield "comments", good[:2] + (b"\xff\xfe\xff\xff" + bytes(65_533)) * 100 + good[2:]
    yield from _damaged(good)


FORMATS = {"hdf5": _hdf5, "npz": _npz, "fits": _fits, "gzip": _gzip, "bzip2": _bzip2, "xz": _xz, "text": _text, "ecsv": _ecsv, "parquet": _parquet,
           "feather": _feather, "avro": _avro, "cube-folder": _cube_folder, "npy": _npy_file, "json": _json, "png": _png,
           "jpeg": _jpeg}
