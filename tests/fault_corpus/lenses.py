"""Images of lenses as bad nights leave them: every format, damage and oddity, and a table that does not fit."""

import csv
import io
import os
import socket
import struct
import warnings
import zipfile
from pathlib import Path

import numpy as np
from astropy.io import fits

from fault_corpus import NOTHING, Case, Corpus
from fault_corpus.mutators import DAMAGE
from fault_corpus.places import NAMES, write_passed_over
from fault_corpus.pngs import GREY, GREY_ALPHA, PALETTE, PNG_ODDITIES, RAMP, RGB, RGBA, chunk, png
from fault_corpus.seeds import _file

__all__ = ["LENS_FORMATS", "LENS_ODDITIES", "table_of", "write_lenses"]

SIDE = 24  # pixel
HEADER = ("filename", "source", "lens", "x", "y", "einsteinradius", "ellipseratio", "orientation", "sigma")
OF_THREE = 3  # images of a stack


def _image(rng):
    """Return a ring on noise, (SIDE, SIDE) float32."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    ring = 150 * np.exp(-(np.hypot(x, y) - 6)**2 / 4)
    return (rng.normal(30, 5, (SIDE, SIDE)) + ring).astype(np.float32)


def _whole(image, most=255):
    kind = np.uint8 if most == 255 else np.uint16
    return np.rint(np.nan_to_num(image, nan=0, posinf=most, neginf=0)).clip(0, most).astype(kind)


def _png(depth, colour, **more):
    """Return how a picture is written: colours that differ, opaque where it has an alpha."""
    def write(image, stem):
        most = (1 << max(depth, 8)) - 1
        grey = _whole(image * (most // 255), most)
        planes = {GREY: [grey], PALETTE: [grey], RGB: [grey, grey.T, grey[::-1]], GREY_ALPHA: [grey, grey * 0 + most],
                  RGBA: [grey, grey[::-1], grey, grey * 0 + most]}[colour]
        height, width = (min(plane.shape[axis] for plane in planes) for axis in (0, 1))
        values = np.stack([plane[:height, :width] for plane in planes], -1)
        return png(values, depth, colour, **more)

    return write


def _wcs(**more):
    return fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CD1_1": -2.8e-5, "CD2_2": 2.8e-5, "CRVAL1": 150.0,
                        "CRVAL2": 2.0, "EXPTIME": 565.0} | more)


def _plane(image, dtype):
    with np.errstate(all="ignore"):
        return np.asarray(image).astype(dtype) if np.dtype(dtype).kind == "f" else _whole(image, 65535).astype(dtype)


def _fits(dtype="f4", checksum=False, scaled=False):
    def write(image, stem):
        hdu = fits.PrimaryHDU(_plane(image, dtype), _wcs())
        if scaled:
            hdu.scale("int16", bscale=0.5, bzero=64)
        return _quiet([hdu], checksum)

    return write


def _quiet(hdus, checksum=False):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _file(hdus, checksum)


def _rice(image, stem):
    return _quiet([fits.PrimaryHDU(), fits.CompImageHDU(_plane(image, "i2"), _wcs(), compression_type="RICE_1")], True)


def _gzipped(image, stem):
    import gzip

    return gzip.compress(_fits()(image, stem), mtime=0)


def _psf(side=9, width=1.5):
    y, x = np.mgrid[:side, :side] - side // 2
    return np.exp(-(x**2 + y**2) / (2 * width**2)).astype(np.float32)


def _parts(*parts, checksum=False, header=None):
    """Return a FITS file of extensions (name, pixels)."""
    return _quiet([fits.PrimaryHDU(header=fits.Header({"EXPTIME": 565.0}) if header is None else header),
                   *(fits.ImageHDU(pixels, _wcs(), name) for name, pixels in parts)], checksum)


def _hubble(image, stem):
    return _parts(("SCI", image), ("ERR", np.full_like(image, 5)), ("DQ", np.zeros(image.shape, "i2")))


def _euclid(image, stem):
    return _parts(("VIS_FLUX", image), ("VIS_RMS", np.full_like(image, 5)), ("VIS_PSF", _psf()), checksum=True)


def _three(image):
    """Return three images of one shape."""
    return np.stack([image, image[::-1], image[:, ::-1]])


def _npz(save=np.savez, dtype="f4", noise=False, **more):
    def write(image, stem):
        images = _plane(_three(image), dtype)
        if noise:
            images = np.stack([images, np.full_like(images, 5)], -1)
        return _saved(save, images=images, filename=[f"{stem}-{number}.png" for number in range(OF_THREE)], **more)

    return write


def _saved(save, **arrays):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(out, **arrays)
    return out.getvalue()


# By name: ending, how an image becomes bytes, and whether a checksum covers its pixels.
LENS_FORMATS = {
    "png": (".png", _png(8, GREY), True), "png-16": (".png", _png(16, GREY), True),
    "png-rgb": (".png", _png(8, RGB), True), "png-rgba": (".PNG", _png(8, RGBA), True),
    "png-rgb-16": (".png", _png(16, RGB), True), "png-rgba-16": (".png", _png(16, RGBA), True),
    "png-grey-alpha": (".png", _png(8, GREY_ALPHA), True),
    "png-palette": (".png", _png(8, PALETTE, before=chunk(b"PLTE", RAMP)), True),
    "png-interlaced": (".png", _png(8, GREY, interlaced=True), True),
    "png-interlaced-rgb-16": (".png", _png(16, RGB, interlaced=True), True),
    "png-in-parts": (".png", _png(8, GREY, parts=5, before=chunk(b"tEXt", b"Software\0CosmoSim")), True),
    "fits": (".fits", _fits(), False), "fits-sum": (".fits", _fits(checksum=True), True),
    "fits-double": (".fit", _fits("f8"), False), "fits-scaled": (".fts", _fits(scaled=True), False),
    "fits-rice": (".fits.fz", _rice, True), "fits-gz": (".fits.gz", _gzipped, True),
    "fits-hubble": (".fits", _hubble, False), "fits-euclid": (".fits", _euclid, True),
    "npz": (".npz", _npz(), True), "npz-packed": (".npz", _npz(np.savez_compressed, "f8"), True),
    "npz-noise": (".npz", _npz(noise=True, sigma=[1.0, 2.0, np.nan]), True),
    "npz-whole": (".npz", _npz(dtype="u2"), True),
}


def _some(value, most=60):
    """Return an oddity that puts a value into some pixels."""
    def mutate(image, rng):
        image = image.astype(np.float64)
        image.reshape(-1)[rng.integers(0, image.size, int(rng.integers(1, most)))] = value
        return image

    return mutate


def _single(make):
    return lambda image, rng: np.asarray(make(image, rng), np.float32)


IMAGE_ODDITIES = {
    "one_nan": _some(np.nan, 2), "some_nan": _some(np.nan, 300), "some_inf": _some(np.inf), "minus_inf": _some(-np.inf),
    "huge": _some(1e38), "beyond_float32": _some(1e300), "huge_all": _single(lambda image, rng: image * 1e36),
    "all_nan": _single(lambda image, rng: image * np.nan), "zero": _single(lambda image, rng: image * 0),
    "constant": _single(lambda image, rng: image * 0 + rng.integers(256)),
    "saturated": _single(lambda image, rng: np.where(image > 60, 255, image)),
    "negative": _single(lambda image, rng: -image), "tiny": _single(lambda image, rng: image * 1e-42),
    "too_small": _single(lambda image, rng: image[:5, :5]), "one_pixel": _single(lambda image, rng: image[:1, :1]),
    "odd_side": _single(lambda image, rng: image[:-1, :-1]), "not_square": _single(lambda image, rng: image[:, :int(rng.integers(2, 20))]),
    "larger": _single(lambda image, rng: np.pad(image, int(rng.integers(1, 80)), mode="edge")),
}


def _headed(**cards):
    """Return an oddity of the header: one of several values for each keyword."""
    def mutate(image, rng):
        header = _wcs()
        for key, values in cards.items():
            header[key] = values[rng.integers(len(values))]
        return _quiet([fits.PrimaryHDU(image, header)])

    return mutate


def _parted(make):
    return lambda image, rng: _parts(*make(image, rng))


def _packed_psf(image, rng):
    """Return a file whose point-spread function is as large as an image may be, and almost empty."""
    import gzip

    psf = np.zeros((2048, 2048), np.uint8)
    psf[1024, 1024] = 255
    return gzip.compress(_parts(("SCI", image), ("PSF", psf)), 1, mtime=0)


def _packed_zeros(image, rng):
    import gzip

    side = (3500, 4096, 6000)[rng.integers(3)]
    return gzip.compress(_quiet([fits.PrimaryHDU(np.zeros((side, side), np.uint8), _wcs())]), 1, mtime=0)


def _table(image, rng):
    column = fits.Column("FLUX", f"{image.size}E", dim=str(image.shape[::-1]), array=image[None])
    return _quiet([fits.PrimaryHDU(), fits.BinTableHDU.from_columns([column], name="FLUX")])


FITS_ODDITIES = {
    "several_bands": _parted(lambda image, rng: [("VIS_FLUX", image), ("NIR_H_FLUX", image), ("VIS_PSF", _psf())]),
    "band_twice": _parted(lambda image, rng: [("VIS_FLUX", image), ("VIS_FLUX", image + 1), ("VIS_RMS", image * 0)]),
    "noise_of_other_size": _parted(lambda image, rng: [("SCI", image), ("ERR", image[:7])]),
    "noise_of_nothing": _parted(lambda image, rng: [("SCI", image), ("ERR", image * (np.nan, 0, -1, np.inf)[rng.integers(4)])]),
    "noise_alone": _parted(lambda image, rng: [("ERR", image), ("PSF", _psf())]),
    "variance": _parted(lambda image, rng: [("SCI", image), (("VAR", "IVAR")[rng.integers(2)], image * (1, -1, 1e-30)[rng.integers(3)])]),
    "weights": _parted(lambda image, rng: [("SCI", image), ("WHT", image), ("CTX", image.astype("i4"))]),
    "psf_of_nothing": _parted(lambda image, rng: [("SCI", image), ("PSF", _psf() * (np.nan, 0, -1, np.inf, 1e38)[rng.integers(5)])]),
    "psf_of_a_pixel": _parted(lambda image, rng: [("SCI", image), ("PSF", _psf()[:int(rng.integers(1, 4)), :1])]),
    "psf_of_many_planes": _parted(lambda image, rng: [("SCI", image), ("PSF", np.stack([_psf()] * 3))]),
    "psf_is_large": _parted(lambda image, rng: [("SCI", image), ("PSF", _psf(601, 40))]),
    "psf_bomb": _packed_psf, "packed_zeros": _packed_zeros,
    "planes": lambda image, rng: _quiet([fits.PrimaryHDU(np.stack([image] * int(rng.integers(1, 4))), _wcs())]),
    "four_axes": lambda image, rng: _quiet([fits.PrimaryHDU(image[None, None], _wcs())]),
    "one_axis": lambda image, rng: _quiet([fits.PrimaryHDU(image[0], _wcs())]),
    "no_image": lambda image, rng: _quiet([fits.PrimaryHDU(header=_wcs())]), "image_in_a_table": _table,
    "many_extensions": _parted(lambda image, rng: [(f"B{number}_FLUX", image[:4, :4]) for number in range(int(rng.integers(50, 400)))]),
    "wcs_of_nothing": _headed(CD1_1=(0.0, 1e-300, 1e300, "abc", 5.0), CD2_2=(0.0, -2.8e-5, 1e300)),
    "no_square_pixels": _headed(CD2_2=(5e-5, 1e-5)),
    "pixscale": lambda image, rng: _quiet([fits.PrimaryHDU(image, fits.Header({"PIXSCALE": (0.1, -1.0, 0.0, 1e30, "0.05", "abc", True)[
        rng.integers(7)]}))]),
    "exposure": _headed(EXPTIME=("1E999", -1.0, 1e308, "nan", "", True, "'565'")),
    "extension_names": _parted(lambda image, rng: [(("_", "-", " ", "FLUX_FLUX", "x" * 60, "<b>", "=1+1", "PSF_SCI")[rng.integers(8)], image)]),
}


def _arrays(make):
    return lambda image, rng: _saved(np.savez, **make(image, rng))


def _fake_shape(image, rng):
    """Return a stack whose header tells of more images than it has."""
    data = _saved(np.savez, images=_three(image))
    count = (4, 10**6, 10**12, 2**62)[rng.integers(4)]
    shape = f"({count}, 24, 24), }}".encode()
    return data.replace(b"(3, 24, 24), }".ljust(len(shape)), shape)


def _zeros(image, rng):
    """Return a stack that unpacks to much: refused where it is a bomb, else blank images."""
    count = (50, 4000)[rng.integers(2)]
    return _saved(np.savez_compressed, images=np.zeros((count, 128, 128), np.float64))


def _encrypted(image, rng):
    data = _saved(np.savez, images=_three(image))
    return data.replace(b"PK\3\4" + data[4:8], b"PK\3\4" + data[4:6] + struct.pack("<H", data[6] | 1))


def _one_name_twice(image, rng):
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "w") as archive:
            for number in range(2):
                inner = io.BytesIO()
                np.save(inner, _three(image) + number)
                archive.writestr(zipfile.ZipInfo("images.npy"), inner.getvalue())
    return out.getvalue()


NPZ_ODDITIES = {
    "npz_without_images": _arrays(lambda image, rng: {"pictures": _three(image)}),
    "npz_flat": _arrays(lambda image, rng: {"images": image}),
    "npz_of_many_axes": _arrays(lambda image, rng: {"images": _three(image)[None, None]}),
    "npz_of_colours": _arrays(lambda image, rng: {"images": np.stack([_three(image)] * 3, -1)}),
    "npz_of_objects": _arrays(lambda image, rng: {"images": np.array([image, None], object)}),
    "npz_names_of_objects": _arrays(lambda image, rng: {"images": _three(image), "filename": np.array([1, None, "a"], object)}),
    "npz_of_texts": _arrays(lambda image, rng: {"images": np.array(["a", "b"])}),
    "npz_complex": _arrays(lambda image, rng: {"images": _three(image) * 1j}),
    "npz_of_bools": _arrays(lambda image, rng: {"images": _three(image) > 60}),
    "npz_half": _arrays(lambda image, rng: {"images": _three(image).astype((">f4", "f2", ">i2", "i8", "u8")[rng.integers(5)])}),
    "npz_in_fortran": _arrays(lambda image, rng: {"images": np.asfortranarray(_three(image))}),
    "npz_of_none": _arrays(lambda image, rng: {"images": np.zeros(((0, 24, 24), (3, 0, 24), (3, 24, 24, 0))[rng.integers(3)])}),
    "npz_names_too_few": _arrays(lambda image, rng: {"images": _three(image), "filename": ["a.png"]}),
    "npz_odd_names": _arrays(lambda image, rng: {"images": _three(image), "filename": ["", "../../etc/passwd", "\x1b[31m\n=1+1"]}),
    "npz_odd_columns": _arrays(lambda image, rng: {"images": _three(image), "sigma": [np.inf, 1e308, -np.inf], "theta_e": [1e300, np.nan, -0.0],
                                                   "x": np.array(["a", "b", "c"]), "einsteinradius": [1e308, 1e39, np.inf], "y": [1, 2, 3]}),
    "npz_one_bad": _arrays(lambda image, rng: {"images": np.stack([image, image * np.nan, image * 1e36])}),
    "npz_fake_shape": _fake_shape, "npz_zeros": _zeros, "npz_encrypted": _encrypted, "npz_one_name_twice": _one_name_twice,
}

LENS_ODDITIES = IMAGE_ODDITIES | PNG_ODDITIES | FITS_ODDITIES | NPZ_ODDITIES
_ENDINGS = dict.fromkeys(PNG_ODDITIES, ".png") | dict.fromkeys(FITS_ODDITIES, ".fits") | dict.fromkeys(NPZ_ODDITIES, ".npz")
_ENDINGS |= dict.fromkeys(("psf_bomb", "packed_zeros"), ".fits.gz")


def table_of(folder):
    """Return the table with the numbers of a folder of images: beside it, under its name."""
    folder = Path(folder)
    return folder.with_name(f"{folder.name}.csv")


def write_lenses(folder, count=500, seed=0, *, mutators=None, places=True):
    """Write images of lenses of each format, with each damage and oddity in turn, and the table of their numbers.

    Parameters
    ----------
    folder : Path
    count, seed : int
    mutators : collection of str, optional
        Names in `DAMAGE` and `LENS_ODDITIES`, or `NOTHING`; all by default.
    places : bool
        Whether pipes, links and the like are written too, and a table that does not fit the images.

    Returns
    -------
    Corpus
    """
    rng = np.random.default_rng(seed)
    formats, names = list(LENS_FORMATS), list(mutators or [*DAMAGE, NOTHING, *LENS_ODDITIES, NOTHING])
    originals = [_image(rng) for _ in formats]
    folder.mkdir(parents=True)
    cases, files = [], []
    for i in range(count):
        mutator, round_ = names[i % len(names)], i // len(names)
        # Steps without a common divisor: each mutator meets each format.
        which = (round_ + i) % len(formats)
        ending, write, sealed = LENS_FORMATS[formats[which]]
        stem = f"{NAMES[i % len(NAMES)] if i < 3 * len(NAMES) else 'lens'}{i:06d}"
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # of what is odd on purpose
            if mutator in _ENDINGS:
                ending, data = _ENDINGS[mutator], LENS_ODDITIES[mutator](originals[which], rng)
            elif mutator in IMAGE_ODDITIES:
                data = write(IMAGE_ODDITIES[mutator](originals[which], rng), stem)
            else:
                data = write(originals[which], stem)
                data = data if mutator == NOTHING else DAMAGE[mutator](data, rng)
        (folder / f"{stem}{ending}").write_bytes(data)
        cases.append(Case(f"{stem}{ending}", formats[which], mutator, which, sealed, mutator in DAMAGE,
                          OF_THREE if ending == ".npz" else 1))
        in_stack = ending == ".npz" and mutator not in NPZ_ODDITIES
        files += [f"{stem}-{number}.png" for number in range(OF_THREE)] if in_stack else [f"{stem}{ending}"]
    rows = [_row(name, number) for number, name in enumerate(files)]
    found, passed = {}, {}
    if places:
        sound, found, faulty = _write_places(folder, rng)
        cases += [Case(name, "png", NOTHING, -1, True, False) for name in sound]
        rows += [_row(name, len(rows) + number) for number, name in enumerate(sound) if name != "twice.png"] + faulty
        passed = _write_passed_over(folder)
    with table_of(folder).open("w", newline="", encoding="utf-8", errors="surrogateescape") as stream:
        csv.writer(stream, lineterminator="\n").writerows([HEADER, *rows])
    return Corpus("lenses", cases, [(name, LENS_FORMATS[name][0], LENS_FORMATS[name][1](image, "good"))
                                    for name, image in zip(formats, originals, strict=True)], found, passed)


def _row(name, number, **changed):
    """Return the row of an image, which no other one has."""
    values = {"filename": name, "source": "e", "lens": "SIE", "x": f"{number % 97 / 10}", "y": f"{-(number % 89) / 10}",
              "einsteinradius": f"{20 + number / 1000}", "ellipseratio": "0.7", "orientation": f"{number % 180}",
              "sigma": f"{3 + number % 7}"}
    return [(values | changed)[name] for name in HEADER]


def _write_places(folder, rng):
    """Write names that stand for no image, for one in another way, or for one that the table does not fit.

    Returns
    -------
    sound : list of str
        Those that must be kept.
    expected : dict of str to set
        Reasons for the others; None: kept or skipped.
    rows : list of list of str
        Of the table, that do not fit.
    """
    def good():
        return LENS_FORMATS["png"][1](_image(rng), "")

    (folder / "directory.png").mkdir()
    os.mkfifo(folder / "pipe.fits")
    for name, target in (("loop.npz", "loop.npz"), ("dangling.png", "nowhere.png"), ("device.png", "/dev/zero"),
                         ("null.fits", "/dev/null"), ("linked.png", "old.png")):
        (folder / name).symlink_to(target)
    with socket.socket(socket.AF_UNIX) as server:  # a path of more than 107 letters cannot be bound
        here = os.open(folder, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/socket.png")
        os.close(here)
    expected = {name: {"not-a-file"} for name in ("directory.png", "pipe.fits", "loop.npz", "dangling.png", "device.png",
                                                  "null.fits", "socket.png")}
    contents = {"empty.png": (b"", "empty-file"), "empty.npz": (b"", "empty-file"), "zip.npz": (b"PK\3\4" + bytes(200), "corrupt"),
                "text.fits": (b"a note, no image\n", "unknown-format"), "picture.fits": (good(), None),
                "image.png": (_fits()(_image(rng), ""), None), "hdf5.npz": (b"\x89HDF\r\n\x1a\n" + bytes(500), "unknown-format"),
                "page.fits.gz": (b"<html>404 Not Found</html>", "unknown-format"), "archive.fits.gz": (b"\x1f\x8b not gzip", "bad-compression"),
                "head.png": (good()[:8], "truncated"), "empty.fits.fz": (b"", "empty-file")}
    for name, (content, reason) in contents.items():
        (folder / name).write_bytes(content)
        expected[name] = {reason}
    for name, head in (("sparse.fits", _fits()(_image(rng), "")), ("sparse.png", good())):
        with (folder / name).open("wb") as file:  # 8 GB that take no room
            file.write(head[:2880])
            file.truncate(8 << 30)
        expected[name] = {"too-large"}
    deep = folder.joinpath(*["d" * 60] * 6)  # a path of more than 300 letters
    deep.mkdir(parents=True)
    (folder / "foreign").mkdir()
    sound = ["old.png", "future.png", "twice.png", "foreign/beside.png", str((deep / "deep.png").relative_to(folder)),
             "picture.fits", "image.png"]
    for name in sound[:-2]:
        (folder / name).write_bytes(good())
    os.utime(folder / "old.png", (0, 0))
    os.utime(folder / "future.png", (4e9, 4e9))
    (folder / "locked.png").write_bytes(good())
    (folder / "locked.png").chmod(0)
    for name in sound[-2:]:
        del expected[name]
    expected["locked.png"] = {"unreadable", None}
    return [*sound, "linked.png"], expected, [
        *_write_rows(folder, good, expected), _row("twice.png", 900_000), _row("twice.png", 900_000), _row("locked.png", 900_001)]


def _write_rows(folder, good, expected):
    """Write images whose rows are absent or cannot be used; return these rows, and others without an image."""
    rows = [_row(f"absent-{number}.png", 910_000 + number) for number in range(5)]
    faults = {"no-row.png": ([], "label-missing"), "two-rows.png": ([{"x": "1"}, {"x": "2"}], "label-conflict")}
    faults |= {f"target-{number}.png": ([{"sigma": text}], "bad-column") for number, text in enumerate(
        ("nan", "", "inf", "-inf", "1e999", "abc", "=1+1", "NULL", "1,5"))}
    # What is not to be learnt may be unknown, and is finite or unknown in the output.
    faults |= {f"number-{number}.png": ([{"orientation": text}], None) for number, text in enumerate(("nan", "inf", "1e999"))}
    for number, (name, (changes, reason)) in enumerate(faults.items()):
        (folder / name).write_bytes(good())
        rows += [_row(name, 920_000 + number, **change) for change in changes]
        expected[name] = {reason}
    return rows


def _write_passed_over(folder):
    """Write what is no image; return its names with the reasons to skip it."""
    contents = {"foreign/cube.json": ("not-a-cutout", b'{"cube": "of another program"}'), "._lens.png": ("hidden", b"\0\5\x16\7"),
                ".lens.png": ("hidden", b"x"), "pred-of-another.csv": ("not-a-cutout", b"filename,einsteinradius\na.png,1\n"),
                "lens.png.part": ("not-a-cutout", b"x"), "lens.jpg": ("not-a-cutout", b"\xff\xd8\xff")}
    for name, (_, content) in contents.items():
        (folder / name).write_bytes(content)
    return write_passed_over(folder) | {name: reason for name, (reason, _) in contents.items()}
