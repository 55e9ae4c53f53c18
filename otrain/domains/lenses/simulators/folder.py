"""Sets of simulated lenses: images, the table of their parameters and that of their roulette amplitudes."""

from collections import Counter
from contextlib import ExitStack

import numpy as np

from otrain.data.files.scattered import ScatteredFolder
from otrain.data.tables.csv_table import csv_rows
from otrain.domains.domain import Simulator
from otrain.domains.lenses.simulators.distributions import SIZE, notes_about
from otrain.domains.lenses.simulators.draws import DECIMALS, image_name
from otrain.domains.lenses.simulators.extras import extra_files
from otrain.domains.lenses.simulators.image_files import NpzWriter, fits_bytes, png_bytes
from otrain.domains.lenses.simulators.names import CONFIGS
from otrain.domains.lenses.simulators.picture import make_picture
from otrain.domains.lenses.simulators.request import (
    AMPLITUDES,
    IMAGES,
    PARAMETERS,
    check,
    engine_of,
    outputs,
    single_names,
    table_of,
    way_of,
)
from otrain.domains.lenses.simulators.resimulation import picture_again, rows_again
from otrain.domains.lenses.simulators.rows import Draws, given_rows, single_row
from otrain.domains.lenses.simulators.scene import scene_of
from otrain.domains.lenses.simulators.settings import settings_of
from otrain.domains.lenses.simulators.tables import dataset_columns, is_version_2, roulette_columns
from otrain.engine.local import Done, run_restartable
from otrain.errors import ResourceError, UsageError

__all__ = ["SIMULATOR", "TRUTH", "simulate_lenses", "write"]

TRUTH = "truth.csv"  # the parameters of images that must not be labelled by them
_TIMEOUT = 600.0  # s for one image
_TRIES = 200  # draws in a row that may show nothing
_FAULTS = {"blank": "would have been black", "outside": "had left the frame"}


class _Maker:
    """Makes the picture of one row; sent to the workers.

    ``maker(item)`` returns the row, the picture and the faults of the draws that were not taken.
    """

    def __init__(self, request):
        self.way, self.table = way_of(request), table_of(request)
        self.settings = settings_of(
            self.table, format=request.get("format", "png"), bits=request.get("bits", 8)
        )
        self.folder = request.get("folder", ".")
        self.seed = request.get("seed", 0)
        self.draws = Draws(self.table, self.seed, full_precision=request.get("full_precision", False))
        self._engine = None

    @property
    def engine(self):
        """The module that makes images; loaded where it is needed."""
        if self._engine is None:
            self._engine = engine_of(self.settings)
        return self._engine

    def __getstate__(self):
        return self.__dict__ | {"_engine": None}

    def __call__(self, item):
        if self.way == "draw":
            return self._drawn(item)
        index, row = item
        if self.way == "again":
            return row, picture_again(row, self.settings, self.engine, folder=self.folder), Counter()
        picture = self._picture(row, f"{row['filename']}: ", self.draws.generator(index))
        return row, picture, Counter()

    def _drawn(self, index):
        rng, faults = self.draws.generator(index), Counter()
        for _ in range(_TRIES):
            row = self.draws.draw(rng)
            picture = self._picture(row, f"lens {index}: ", rng)
            if not picture.fault:
                name = image_name(index, _ending(self.settings))
                told = {"nterms": self.settings.nterms} if is_version_2(self.table) else {}
                told |= {name: picture.columns[name] for name in ("snr",) if name in picture.columns}
                return {"index": index, "filename": name, **row, **told}, picture, faults
            faults[picture.fault] += 1
        worst, count = faults.most_common(1)[0]
        raise UsageError(
            f"lens {index}: {_TRIES} draws in a row gave no image; {count} {_FAULTS[worst]}. Simulate a "
            f"larger image (imagesize is {self.settings.imagesize} pixel, {self.settings.side} are kept), "
            "centre it (-C), or choose smaller lenses and nearer or brighter sources."
        )

    def _picture(self, row, where, rng):
        scene = scene_of(row, where=where, lightprofile=self.settings.lightprofile, folder=self.folder)
        picture = make_picture(self.engine, scene, self.settings, rng=rng)
        name = row.get("filename", "")
        if name and not picture.fault:
            picture.extras.update(extra_files(name, scene, self.settings))
        return picture


class _Writer:
    """Makes pictures and writes their files, so that workers send small things only."""

    def __init__(self, maker, folder):
        self.maker, self.folder, self.settings = maker, folder, maker.settings

    def __call__(self, item):
        row, picture, faults = self.maker(item)
        if self.folder is None:
            return row, picture.columns, picture.fault, faults, np.asarray(picture.image, np.float32)
        contents = {row["filename"]: _content(picture.image, row, self.settings)} | picture.extras
        for name, content in contents.items():
            with open(self.folder / name, "wb", buffering=0) as file:
                file.write(content)
        return row, picture.columns, picture.fault, faults, None


def _ending(settings):
    return ".fits" if settings.format == "fits" else ".png"


def _content(image, row, settings):
    if settings.format == "fits":
        cards = {"PIXSCALE": (settings.pixel_scale, "arcsec / pixel")}
        for name, word, comment in (
            ("psf_fwhm", "PSFFWHM", "arcsec"),
            ("background_rms", "BKGRMS", "grey level"),
            ("exposure_time", "EXPTIME", "s"),
            ("saturation", "SATURATE", "grey level"),
        ):
            if row.get(name):
                cards[word] = (row[name], comment)
        return fits_bytes(image, cards)
    return png_bytes(image, bits=settings.bits)


def write(folder, request, *, jobs, update):
    """Write the images and tables of a request; see `Simulator`."""
    maker = _Maker(request)
    items = _items(request, maker)
    workers = jobs if len(items) > 1 else 0
    if getattr(maker.engine, "IN_A_CHILD", False):
        workers = max(workers, 1)
    stack = maker.settings.format == "npz"
    unlabelled = bool(request.get("unlabelled"))
    images = _image_folder(folder, request, maker, stack, unlabelled)
    with ExitStack() as files:
        tables = _Tables(folder, request, maker, files, unlabelled)
        pack = NpzWriter(folder / f"{IMAGES}.npz", len(items), maker.settings.side) if stack else None
        summary = Summary(maker)
        for done, result in run_restartable(_Writer(maker, images), items, workers=workers, timeout=_TIMEOUT):
            if not isinstance(result, Done):
                raise ResourceError(
                    f"image {done + 1} was lost: {result.words} Try --jobs 1, or smaller images."
                )
            row, columns, fault, faults, image = result.value
            tables.add(row, columns)
            if pack is not None:
                pack.add(image)
            summary.add(row, fault, faults)
            update(done + 1, len(items))
        if pack is not None:
            pack.close(tables.arrays())
    return summary.kinds(), summary.words(), *summary.notes()


def _items(request, maker):
    """Return what the workers are given one by one."""
    if maker.way == "draw":
        return range(1, maker.table.get("simulator", {}).get("size", SIZE) + 1)
    ending = _ending(maker.settings)
    if maker.way == "single":
        return [(1, single_row(maker.table, single_names(request)[0]))]
    if maker.way == "again":
        rows = rows_again(request["roulette"], maker.table, ending=ending)
    else:
        rows = given_rows(request["csvfile"], maker.table, ending=ending)
    return list(enumerate(rows, 1))


def _image_folder(folder, request, maker, stack, unlabelled):
    """Return where images are written; None where they go into one file."""
    if stack:
        return None
    if unlabelled:
        return folder
    if isinstance(folder, ScatteredFolder) and maker.way == "single":
        return _Renamed(folder)
    images = folder / IMAGES
    images.mkdir(exist_ok=True)
    return images


class _Renamed:
    """Stands for the folder of the files of a single image, which go to where they are asked for."""

    def __init__(self, folder):
        self.folder = folder

    def __truediv__(self, name):
        return self.folder / f"{IMAGES}/{name}"


class _Tables:
    """The tables of a set, written row by row; and the columns for a stack."""

    def __init__(self, folder, request, maker, files, unlabelled):
        self.maker, self.files = maker, files
        self.mldata = request.get("mldata", False)
        self.decimals = None if request.get("full_precision") else DECIMALS
        everything = not isinstance(folder, ScatteredFolder)
        self.parameters = self._open(
            folder, TRUTH if unlabelled else PARAMETERS, maker.way != "again", everything
        )
        self.amplitudes = self._open(folder, AMPLITUDES, maker.way != "again" and not unlabelled, everything)
        self.add_parameters = self.add_amplitudes = None
        self.columns = {} if maker.settings.format == "npz" else None

    def _open(self, folder, name, wanted, everything):
        if not wanted or not (everything or name in folder):
            return None
        return self.files.enter_context(open(folder / name, "w", newline="", encoding="utf-8"))

    def add(self, row, columns):
        """Write a row of each table that is asked for."""
        if self.parameters is not None:
            if self.add_parameters is None:
                self.keys = dataset_columns(row, version_2=is_version_2(self.maker.table))
                self.add_parameters = csv_rows(
                    self.parameters,
                    [name for name, _ in self.keys],
                    lineterminator="\n",
                    decimals=self.decimals if self.maker.way == "draw" else None,
                )
            self.add_parameters([row.get(key) for _, key in self.keys])
        told = {"filename": row["filename"], **columns}
        if self.amplitudes is not None:
            if self.add_amplitudes is None:
                self.names = roulette_columns(self.maker.settings.nterms, mldata=self.mldata)
                self.add_amplitudes = csv_rows(self.amplitudes, self.names, lineterminator="\n")
            self.add_amplitudes([told.get(name) for name in self.names])
        if self.columns is not None:
            for name, value in {**row, **told, "pixel_scale": self.maker.settings.pixel_scale}.items():
                self.columns.setdefault(name, []).append(value)

    def arrays(self):
        """Return the columns of all rows as arrays: texts, or float64 with NaN where nothing stands."""
        arrays = {}
        for name, values in (self.columns or {}).items():
            if any(isinstance(value, str) for value in values):
                arrays[name] = np.array(["" if value is None else str(value) for value in values])
            else:
                arrays[name] = np.array([np.nan if value is None else value for value in values], float)
        return arrays


class Summary:
    """What was made, in words.

    Parameters
    ----------
    maker : _Maker
    """

    def __init__(self, maker):
        self.maker, self.count = maker, 0
        self.lenses, self.kept, self.faults = Counter(), Counter(), Counter()

    def add(self, row, fault, faults):
        """Count one image."""
        self.count += 1
        word = "cluster" if row.get("cluster") else row.get("lens")
        if word is None:
            word = CONFIGS[row["config"]].lens if row.get("config") in CONFIGS else "SIS"
        self.lenses["roulette" if self.maker.way == "again" and "alpha[1][0]" in row else word] += 1
        self.faults += faults
        if fault:
            self.kept[fault] += 1

    def kinds(self):
        """Return the number of images of each lens."""
        return dict(sorted(self.lenses.items()))

    def words(self):
        """Return what was written."""
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.kinds().items())
        what = "image" if self.count == 1 else "images"
        return f"{self.count} {what} of lenses ({kinds}), {self.maker.settings.side} pixel wide,"

    def notes(self):
        """Return what the user has to know."""
        notes = notes_about(self.maker.table) if self.maker.way == "draw" else []
        drawn = self.count + self.faults.total()
        for fault, count in sorted(self.faults.items()):
            notes.append(
                f"{count} of {drawn} draws ({100 * count / drawn:.1f} %) {_FAULTS[fault]} and were drawn "
                "again, so the lenses that are left are larger, brighter or nearer to the middle than the "
                "ranges say. A larger --imagesize or --cropsize leaves more of them."
            )
        for fault, count in sorted(self.kept.items()):
            words = "black" if fault == "blank" else "mostly outside the frame"
            notes.append(
                f"{count} of {self.count} images are {words}: their rows ask for it. They were written."
            )
        if self.maker.settings.format == "png" and self._noisy():
            notes.append(
                "PNG files hold no negative levels, so half of the noise of a dark sky is lost. Take "
                "--format fits or npz for images with noise."
            )
        return notes

    def _noisy(self):
        return any(
            key.startswith(("background-rms", "exposure-time"))
            for key in self.maker.table.get("observation", {})
        )


def simulate_lenses(**request):
    """Return simulated lenses in memory.

    Parameters
    ----------
    **request
        As that of `otrain.domains.lenses.simulators.request.check`; nothing is written.

    Returns
    -------
    images : (N, H, W) float32 ndarray
        Row 0 is the top.
    rows : list of dict
        Of each image, the columns of both tables.
    """
    request = check(**request)
    maker = _Maker(request)
    images, rows = [], []
    for item in _items(request, maker):
        row, picture, _ = maker(item)
        images.append(np.asarray(picture.image, np.float32))
        rows.append(row | picture.columns | {"filename": row["filename"]})
    return np.stack(images), rows


SIMULATOR = Simulator(simulate=simulate_lenses, check=check, write=write, outputs=outputs)
