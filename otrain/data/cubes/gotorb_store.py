"""gotorb's folder of images and labels: ``data_stamps.h5`` beside ``data_labels.csv``."""

import csv

import numpy as np

from otrain.data.cubes.h5_store import WindowedImages
from otrain.data.cubes.meta import checked_shape, default_meta, parse_meta
from otrain.data.files.safe_hdf5 import create_hdf5, open_hdf5
from otrain.data.tables.csv_table import plain_cell, write_csv
from otrain.errors import IntegrityError

__all__ = ["GOTORB_CHANNELS", "IMAGES", "LABELS", "read_gotorb", "write_gotorb"]

IMAGES, LABELS = "data_stamps.h5", "data_labels.csv"
GOTORB_CHANNELS = ("science", "template", "difference", "peak_to_peak", "minimum", "maximum")
NUMBERS = {"x": "x", "y": "y", "ra": "ra", "dec": "dec", "mag": "mag", "fwhm": "fwhm",
           "realbogus": "survey_score"}
TEXTS = {"id": "candid", "metalabel": "kind", "fits_filepath": "original_file", "image_id": "image_id",
         "ut": "ut", "ncoadd": "ncoadd", "number": "number"}
_GARBAGE = 99.99  # gotorb's mark for "not measured" in fwhm and realbogus


def read_gotorb(path):
    """Return ``(images, labels, columns, meta)`` of a gotorb folder.

    Raises
    ------
    IntegrityError
        If the two files disagree, or one of them is broken.
    """
    file = open_hdf5(path / IMAGES)
    try:
        images = file.array("src", kinds="fiu")
        shape = checked_shape(images.shape, images.dtype.itemsize, path / IMAGES)
        text = file.attribute("otrain_meta")
        meta = _meta(shape[1:]) if text is None else parse_meta(text, path / IMAGES, shape[1:])
        labels, columns = _table(path / LABELS, shape[0])
        return WindowedImages(file, images), labels, columns, meta
    except BaseException:
        file.close()
        raise


def write_gotorb(temporary, batches, labels, columns, text, shape):
    """Write a folder that gotorb can train on.

    Parameters are those of `otrain.data.cubes.npz_store.write_npz`; `temporary` is an
    existing folder. Columns that gotorb does not know are left out.
    """
    with create_hdf5(temporary / IMAGES) as file:
        images = file.create_dataset("src", shape, "<f8", maxshape=(None, *shape[1:]),
                                     chunks=(min(64, max(shape[0], 1)), *shape[1:]))
        row = 0
        for batch in batches:
            images[row:row + len(batch)] = batch
            row += len(batch)
        # What PyTables, which gotorb reads with, writes beside such an array.
        images.attrs.update(CLASS=np.bytes_("EARRAY"), EXTDIM=np.int32(0), TITLE=np.bytes_("src"),
                            VERSION=np.bytes_("1.1"))
        file.attrs["otrain_meta"] = text()
    known = TEXTS | NUMBERS
    names = {theirs: columns[ours] for theirs, ours in known.items() if ours in columns}
    with (temporary / LABELS).open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
        columns = [["" if value != value else value for value in values.tolist()]  # NaN
                   for values in names.values()]
        write_csv(stream, [*names, "label"], zip(*columns, map(int, labels), strict=True))


def _meta(shape):
    channels = GOTORB_CHANNELS[:shape[-1]] if shape[-1] in (3, 4, 5, 6) else None
    return default_meta(shape) if channels is None else default_meta(shape) | {"channels": list(channels)}


def _table(path, rows):
    """Labels and columns of the CSV file."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as stream:
            table = list(csv.DictReader(stream))
        labels = np.array([int(float(row["label"])) for row in table], dtype=np.int64)
    except (OSError, csv.Error, KeyError, TypeError, ValueError, OverflowError) as error:
        raise IntegrityError(f"{path}: not a label table of gotorb "
                             f"({type(error).__name__}: {error}).") from None
    if len(table) != rows:
        raise IntegrityError(f"{path}: {len(table)} rows for {rows} images in {IMAGES}. "
                             "The two files must belong together.")
    present = table[0].keys() if table else ()
    columns = {ours: _numbers(table, theirs) for theirs, ours in NUMBERS.items() if theirs in present}
    columns |= {ours: np.array([_text(row.get(theirs)) for row in table], dtype=np.str_)
                for theirs, ours in TEXTS.items() if theirs in present}
    return labels, columns


def _text(cell):
    return plain_cell(cell or "")


def _numbers(table, name):
    def number(text):
        try:
            value = float(text)
        except (TypeError, ValueError):
            return np.nan
        return np.nan if name in ("fwhm", "realbogus") and value == _GARBAGE else value

    return np.array([number(row.get(name)) for row in table], dtype=np.float64)
