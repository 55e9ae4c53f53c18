"""One good candidate file per flavour that surveys write, from pixels and cards.

Every flavour is written with checksums or without. ``encode`` gives the bytes of
a file; damage may be done to the FITS bytes inside a container before it is
closed again, so that the container itself is sound.
"""

import base64
import bz2
import gzip
import io
import json
import lzma
import tarfile
import warnings
from unittest.mock import patch

import numpy as np
from astropy.io import fits
from packing import compress

__all__ = ["COMPRESSIONS", "FLAVOURS", "SIDE", "Flavour", "cards", "encode", "pixels"]

SIDE = 21  # pixel
COMPRESSIONS = ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1")
CAMEL = ("cutoutScience", "cutoutTemplate", "cutoutDifference")


class Flavour:
    """How one kind of file is written.

    Parameters
    ----------
    name, suffix : str
    write : callable
        ``write(pixels, header, checksum, damage) -> bytes``.
    sealed : bool
        Whether the container itself has a checksum over the pixels (gzip).
    whole : bool
        Whether the pixels are whole numbers.
    bare : bool
        Whether nothing in such a file can have a checksum over the pixels.
    beside : callable, optional
        ``beside(stem) -> (name, text)`` of a sound table that belongs to the file.
    """

    def __init__(self, name, suffix, write, *, sealed=False, whole=False, bare=False, beside=None):
        self.name, self.suffix, self.write, self.sealed, self.whole = name, suffix, write, sealed, whole
        self.bare, self.beside = bare, beside

    def is_checked(self, checksum):
        """Return whether a checksum covers the pixels of a file."""
        return not self.bare and (checksum or self.sealed)


def pixels(rng, side=SIDE):
    """Return a point source on noise, (side, side) float32."""
    y, x = np.mgrid[:side, :side] - side // 2
    star = 200 * np.exp(-(x**2 + y**2) / 6)
    return (rng.normal(100, 5, (side, side)) + star).astype(np.float32)


def cards(rng):
    """Return the header of a candidate."""
    return fits.Header({"CANDID": f"c{rng.integers(10**9)}", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r",
                        "FWHM": 3.2, "EDGE": "False", "RA": 120.5, "DEC": -20.25})


def encode(flavour, image, header, *, checksum=False, damage=None):
    """Return the bytes of a file; `damage` changes the FITS bytes inside a container."""
    if flavour.whole:
        image = np.nan_to_num(image, nan=0, posinf=3e4, neginf=0).clip(0, 250)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # astropy's, of what the corpus is odd in on purpose
        return flavour.write(image, header, checksum, damage or (lambda data: data))


def _file(hdus, checksum):
    out = io.BytesIO()
    # astropy writes the time beside a checksum and into gzip tiles; one seed is to give the same bytes.
    with patch("time.time", lambda: 1e9), patch("astropy.io.fits.hdu.base._ValidHDU._get_timestamp",
                                                   lambda hdu: "2026-01-01T00:00:00"):
        fits.HDUList(hdus).writeto(out, checksum=checksum, output_verify="ignore")
    return out.getvalue()


def _plain(dtype):
    def write(image, header, checksum, damage):
        return _file([fits.PrimaryHDU(image.astype(dtype), header)], checksum)

    return write


def _scaled(image, header, checksum, damage):
    hdu = fits.PrimaryHDU(np.rint(image).astype("i2"), header)
    hdu.scale("int16", bscale=0.5, bzero=64)
    return _file([hdu], checksum)


def _compressed(kind):
    def write(image, header, checksum, damage):
        kept = np.rint(image).astype("i2") if kind in ("PLIO_1", "HCOMPRESS_1") else image
        tile = image.shape[-2:] if kind == "HCOMPRESS_1" else None
        hdu = fits.CompImageHDU(kept, header, compression_type=kind, tile_shape=tile, dither_seed=1)
        return _file([fits.PrimaryHDU(header=header), hdu], checksum)

    return write


def _gzipped(image, header, checksum, damage):
    return gzip.compress(damage(_file([fits.PrimaryHDU(image, header)], checksum)), mtime=0)


def _extension(image, header, checksum, damage):
    return _file([fits.PrimaryHDU(header=header), fits.ImageHDU(image, name="DIFF")], checksum)


def _triplet(image, header, checksum, damage):
    hdus = [fits.ImageHDU(image + shift, name=name)
            for shift, name in ((7, "IMAGE"), (3, "TEMPLATE"), (0, "DIFFERENCE"))]
    return _file([fits.PrimaryHDU(header=header), *hdus], checksum)


def _planes(image, header, checksum, damage):
    return _file([fits.PrimaryHDU(np.stack([image + 7, image + 3, image]), header)], checksum)


def _table(image, header, checksum, damage):
    column = fits.Column("DIFFERENCE", f"{image.size}E", dim=str(image.shape[::-1]), array=image[None])
    return _file([fits.PrimaryHDU(header=header), fits.BinTableHDU.from_columns([column])], checksum)


def _alert(count, packed):
    def write(image, header, checksum, damage):
        import fastavro

        stamp = {"type": "record", "name": "image", "fields": [{"name": "fileName", "type": "string"},
                                                               {"name": "stampData", "type": "bytes"}]}
        schema = {"type": "record", "name": "ztf.alert", "fields": [
            {"name": "objectId", "type": "string"}, {"name": "candid", "type": "long"},
            {"name": "candidate", "type": {"type": "record", "name": "c", "fields": [
                {"name": "ra", "type": "double"}, {"name": "magpsf", "type": "float"}]}},
            *({"name": role, "type": stamp if i == 0 else "image"} for i, role in enumerate(CAMEL))]}
        packets = []
        for k in range(count):
            packet = {"objectId": f"O{k}", "candid": k, "candidate": {"ra": 10.0, "magpsf": 18.5}}
            for shift, role in ((7, CAMEL[0]), (3, CAMEL[1]), (0, CAMEL[2])):
                data = damage(_file([fits.PrimaryHDU(image + shift + 10 * k)], checksum))
                packet[role] = {"fileName": "x", "stampData": gzip.compress(data, mtime=0) if packed else data}
            packets.append(packet)
        out = io.BytesIO()
        fastavro.writer(out, schema, packets, sync_marker=bytes(range(16)))
        return out.getvalue()

    return write


def _packed(pack):
    return lambda image, header, checksum, damage: pack(damage(_file([fits.PrimaryHDU(image, header)], checksum)))


def _tar(mode):
    def write(image, header, checksum, damage):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for number in range(2):
                data = damage(_file([fits.PrimaryHDU(image + 10 * number, header)], checksum))
                info = tarfile.TarInfo(f"night/c{number}.fits")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        return gzip.compress(out.getvalue(), mtime=0) if mode == "gz" else out.getvalue()

    return write


def _packed_alert(image, header, checksum, damage):
    return gzip.compress(_alert(1, packed=True)(image, header, checksum, damage), mtime=0)


def _stamp(image, checksum, damage):
    return gzip.compress(damage(_file([fits.PrimaryHDU(image)], checksum)), mtime=0)


def _parquet(image, header, checksum, damage):
    import pyarrow as pa
    from pyarrow import parquet

    stamps = {role: [{"fileName": "x", "stampData": _stamp(image + shift, checksum, damage)}]
              for shift, role in ((7, CAMEL[0]), (3, CAMEL[1]), (0, CAMEL[2]))}
    out = io.BytesIO()
    parquet.write_table(pa.table({"objectId": ["ZTF1"], "candid": [7], "magpsf": [18.5], **stamps}), out)
    return out.getvalue()


def _json(image, header, checksum, damage):
    packet = {role: {"stampData": base64.b64encode(_stamp(image + shift, checksum, damage)).decode()}
              for shift, role in ((7, CAMEL[0]), (3, CAMEL[1]), (0, CAMEL[2]))}
    return json.dumps(packet | {"candid": 7, "candidate": {"magpsf": 18.5}}).encode()


def _npy(image, header, checksum, damage):
    out = io.BytesIO()
    np.save(out, np.stack([image + 7, image + 3, image], -1)[None].astype("f4"))
    return out.getvalue()


def _npz(image, header, checksum, damage):
    out = io.BytesIO()
    np.savez(out, X=image[None, ..., None].astype("f4"), y=[1])
    return out.getvalue()


FLAVOURS = (
    Flavour("float", ".fits", _plain("f4")),
    Flavour("double", ".fit", _plain("f8")),
    Flavour("bytes", ".fts", _plain("u1"), whole=True),
    Flavour("integers", ".fits", _plain("i4"), whole=True),
    Flavour("scaled", ".fits", _scaled, whole=True),
    *(Flavour(kind, ".fits.fz", _compressed(kind), whole=kind in ("PLIO_1", "HCOMPRESS_1"))
      for kind in COMPRESSIONS),
    Flavour("gz", ".fits.gz", _gzipped, sealed=True),
    Flavour("extension", ".fits", _extension),
    Flavour("triplet", ".fits", _triplet),
    Flavour("planes", ".fits", _planes),
    Flavour("table", ".fits", _table),
    Flavour("alert", ".avro", _alert(1, packed=True), sealed=True),
    Flavour("alert-plain", ".avro", _alert(1, packed=False)),
    Flavour("alerts", ".avro", _alert(4, packed=True), sealed=True),
    Flavour("alert-gz", ".avro.gz", _packed_alert, sealed=True),
    Flavour("bz2", ".fits.bz2", _packed(bz2.compress), sealed=True),
    Flavour("xz", ".fits.xz", _packed(lzma.compress), sealed=True),
    Flavour("compress", ".fits.Z", _packed(compress)),
    Flavour("tar", ".tar", _tar("")),
    Flavour("tar-gz", ".tar.gz", _tar("gz"), sealed=True),
    Flavour("parquet", ".parquet", _parquet, sealed=True),
    Flavour("json", ".json", _json, sealed=True),
    Flavour("npy", ".npy", _npy, bare=True, beside=lambda stem: (f"{stem}.csv", "candid,magpsf\n7,18.5\n")),
    Flavour("npz", ".npz", _npz, sealed=True),
)
