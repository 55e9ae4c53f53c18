"""Candidate files as a bad night leaves them: 500 mutations of good ones, from a seed.

Seeds are FITS cutouts of every flavour that surveys write; mutators lie, cut
and overwrite. The folder also holds what is no file at all.
"""

import gzip
import io
import os
import time

import numpy as np
from astropy.io import fits

__all__ = ["write_corpus"]

BLOCK = 2880  # bytes; FITS files are made of these
LIES = {"NAXIS": (0, 1, 3, 999, -1), "NAXIS1": (0, -1, 1, 2**31, 2**40), "NAXIS2": (0, -1, 2**31, 2**40),
        "BITPIX": (0, -1, 7, 8, 64, -64, 2**31), "PCOUNT": (-1, 2**31, 2**40), "GCOUNT": (-1, 2**40),
        "TFIELDS": (-1, 0, 2**31), "ZTILE1": (0, -1, 2**31), "ZNAXIS1": (-1, 2**31), "THEAP": (-1, 2**40)}
KEYWORDS = {"CANDID": "c{}", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.2, "EDGE": "False"}


def _header(rng):
    header = fits.Header()
    for key, value in KEYWORDS.items():
        header[key] = value.format(rng.integers(10**6)) if isinstance(value, str) else value
    return header


def _seeds(rng):
    """Yield (suffix, bytes) of one good file per flavour."""
    pixels = rng.normal(100, 5, (33, 33)).astype(np.float32)
    flavours = [
        (".fits", [fits.PrimaryHDU(pixels, _header(rng))]),
        (".fits", [fits.PrimaryHDU(pixels.astype(np.int16), _header(rng))]),
        (".fits", [fits.PrimaryHDU(pixels.astype(np.float64), _header(rng))]),
        (".fits", [fits.PrimaryHDU(header=_header(rng)), fits.ImageHDU(pixels, name="DIFF")]),
        (".fits", [fits.PrimaryHDU(np.stack([pixels] * 3), _header(rng))]),
    ]
    for kind in ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1", "PLIO_1"):
        data = pixels.clip(0, 1000).astype(np.int16) if kind == "PLIO_1" else pixels
        flavours.append((".fits.fz", [fits.PrimaryHDU(header=_header(rng)),
                                      fits.CompImageHDU(data, _header(rng), compression_type=kind)]))
    for suffix, hdus in flavours:
        yield suffix, _encoded(hdus, checksum=suffix == ".fits.fz")
    yield ".fits.gz", gzip.compress(_encoded(flavours[0][1]), mtime=0)


def _encoded(hdus, checksum=False):
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out, checksum=checksum)
    return out.getvalue()


def _truncate_block(data, rng):
    return data[:BLOCK * int(rng.integers(0, max(1, len(data) // BLOCK)))]


def _truncate_anywhere(data, rng):
    return data[:int(rng.integers(0, len(data)))]


def _zero_bytes(data, rng):
    start = int(rng.integers(0, len(data)))
    return data[:start] + bytes(min(400, len(data) - start)) + data[start + 400:]


def _noise_bytes(data, rng):
    data = bytearray(data)
    for place in rng.integers(0, len(data), 12):
        data[place] = int(rng.integers(256))
    return bytes(data)


def _insert(data, rng):
    start = int(rng.integers(0, len(data)))
    return data[:start] + rng.bytes(int(rng.integers(1, 300))) + data[start:]


def _lie(data, rng):
    """Give a structural keyword a false value."""
    present = [key for key in LIES if f"{key:8}=".encode() in data]
    if not present:
        return _noise_bytes(data, rng)
    key = present[rng.integers(len(present))]
    start = data.rindex(f"{key:8}=".encode())
    card = f"{key:8}= {LIES[key][rng.integers(len(LIES[key]))]:>20}".ljust(80).encode()
    return data[:start] + card + data[start + 80:]


def _wrong_type(data, rng):
    """Give a column keyword a value of another type."""
    key = ("MAG", "FWHM", "EDGE", "CANDID", "MAGERR")[rng.integers(5)]
    value = ("'nan'", "''", "T", "'abc'", "1E999", "(1, 2)", "'F'", "-")[rng.integers(8)]
    place = data.find(f"{key:8}=".encode())
    return data if place < 0 else data[:place] + f"{key:8}= {value}".ljust(80).encode() + data[place + 80:]


def _no_end(data, rng):
    return data.replace(b"END" + b" " * 77, b" " * 80, 1)


def _not_text(data, rng):
    place = 80 * int(rng.integers(0, 30))
    return data[:place] + rng.bytes(80) + data[place + 80:]


def _not_finite(data, rng):
    value = (np.nan, np.inf, -np.inf, 1e38)[rng.integers(4)]
    count = int(rng.integers(1, 400))
    start = BLOCK + 4 * int(rng.integers(0, 400))
    return data[:start] + np.full(count, value, ">f4").tobytes() + data[start + 4 * count:]


MUTATORS = (_truncate_block, _truncate_anywhere, _zero_bytes, _noise_bytes, _insert, _lie, _lie, _wrong_type,
            _no_end, _not_text, _not_finite)
NAMES = ("plain", "with space", "ünï¢ode", "emoji \U0001f52d", "new\nline", "tab\there", "-dash", "per%cent",
         "quo'te\"s", "x" * 240, "surrogate\udcff")


def write_corpus(folder, count=500, seed=0):
    """Write mutated files and odd things under ``true/`` and ``false/``.

    Returns
    -------
    int
        Number of inputs that must be accounted for.
    """
    rng = np.random.default_rng(seed)
    seeds = list(_seeds(rng))
    for label in ("true", "false"):
        (folder / label).mkdir(parents=True)
    for i in range(count):
        suffix, data = seeds[i % len(seeds)]
        if suffix == ".fits.gz" and i % 2:  # a broken image in sound compression
            data = gzip.compress(MUTATORS[i % len(MUTATORS)](gzip.decompress(data), rng), mtime=0)
        else:
            data = MUTATORS[rng.integers(len(MUTATORS))](data, rng)
        name = NAMES[i % len(NAMES)] if i < 5 * len(NAMES) else f"f{i}"
        (folder / ("true", "false")[i % 2] / f"{name[:235]}{i:04d}{suffix}").write_bytes(data)
    return count + _write_oddities(folder / "true", seeds[0][1])


def _write_oddities(folder, good):
    """Write names that stand for no readable file; return how many."""
    (folder / "directory.fits").mkdir()
    os.mkfifo(folder / "fifo.fits")
    (folder / "loop.fits").symlink_to("loop.fits")
    (folder / "dangling.fits").symlink_to("nowhere.fits")
    (folder / "empty.fits").write_bytes(b"")
    (folder / "text.fits").write_text("this is a note, not a cutout\n")
    (folder / "zip.npz").write_bytes(b"PK\3\4" + bytes(200))
    (folder / "alert.avro").write_bytes(b"Obj\1" + bytes(100))
    for copy in ("copy1.fits", "copy2.fits"):
        (folder / copy).write_bytes(good)
    (folder.parent / "false" / "conflict.fits").write_bytes(good)
    locked = folder / "locked.fits"
    locked.write_bytes(good)
    locked.chmod(0)
    return 12


class Deadly:
    """A door through which some files kill their process, hang or take all memory."""

    def __init__(self, door):
        self.door = door

    def __call__(self, item):
        if item.name.endswith("7.fits"):
            os.abort()
        if item.name.endswith("40.fits"):
            time.sleep(60)
        if item.name.endswith("50.fits"):
            bytearray(64 << 30)
        return self.door(item)
