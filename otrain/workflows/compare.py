"""Two folders of images laid beside each other: which differ, and by how much."""

import io
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from otrain.data.files.atomic import require_absent, write_text
from otrain.data.tables.csv_table import write_csv
from otrain.errors import DataError, UsageError
from otrain.evaluation.image_difference import MEASURES, difference_picture, image_difference, within_circles
from otrain.workflows.comparing.pictures import (
    ENDINGS,
    in_same_colours,
    list_pictures,
    read_picture,
    write_png,
)
from otrain.workflows.comparing.report import report_text, stats_text
from otrain.workflows.outcome import document
from otrain.workflows.progress import progress

__all__ = ["Comparison", "compare"]

# What became of a pair, in words for a person; the first two are no difference and a difference of pixels.
FATES = {"same": "are the same", "different": "differ", "size": "have different sizes",
         "missing": "are in one folder only", "unreadable": "cannot be read"}


def compare(first, second, *, diff=None, report=None, stats=None, outfile=None, threshold=0.001, masked=False,
            tolerance=0.0, overwrite=False) -> "Comparison":
    """Compare the images of two folders that have the same names, or two images.

    Parameters
    ----------
    first, second : path-like
        Folders, or two files.
    diff : path-like, optional
        Folder for pictures of the differences: 128 is equal.
    report : path-like, optional
        LaTeX file with a row for each image: the image, the picture of the difference, the numbers.
    stats : path-like, optional
        Folder for a LaTeX file of numbers for each image.
    outfile : path-like, optional
        CSV table of all images.
    threshold : float
        Images with a larger distance per pixel are measured within circles, where `masked` is set.
    masked : bool
        Measure the distance within circles about the centre, every 10 pixel.
    tolerance : float
        Largest difference of a pixel that is none.
    overwrite : bool
        Replace outputs.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        If one is a folder and the other a file, or a number makes no sense.
    DataError
        If one is not there, or no image is in either.
    OutputError
        If an output exists and `overwrite` is false.
    """
    if not threshold >= 0 or not tolerance >= 0:
        raise UsageError("--threshold and --tolerance must not be negative. "
                         f"Received: {threshold}, {tolerance}.")
    pairs = _pairs(Path(first), Path(second))
    for path in filter(None, (report, outfile)):
        require_absent(path, overwrite=overwrite, folder=False)
    for name in pairs:
        for path in _outputs(name, diff, stats).values():
            require_absent(path, overwrite=overwrite, folder=False)
    rows = []
    with progress("comparing") as on_progress:
        for name, paths in sorted(pairs.items()):
            rows.append(_compared(name, paths, threshold=threshold, masked=masked, tolerance=tolerance,
                                  outputs=_outputs(name, diff, stats)))
            on_progress(len(rows), len(pairs))
    if outfile is not None:
        _write(outfile, table_text(rows))
    if report is not None:
        _write(report, report_text(rows))
    return Comparison(Path(outfile or first), rows)


def _pairs(first, second):
    """Return the two paths of each image by its name; None where there is none."""
    for path in (first, second):
        if not path.exists():
            raise DataError(f"{path}: there is no such file or folder.")
    if first.is_dir() != second.is_dir():
        raise UsageError(f"give two folders or two files. Received: {first} and {second}.")
    if first.is_file():
        return {first.name: (first, second)}
    left, right = list_pictures(first), list_pictures(second)
    if not left and not right:
        raise DataError(f"{first}, {second}: no image in either ({', '.join(ENDINGS)}).")
    return {name: (left.get(name), right.get(name)) for name in {**left, **right}}


def _outputs(name, diff, stats):
    """Return where the picture of a difference and its numbers go, of those that are wanted."""
    stem = name.replace("/", "_").rsplit(".", 1)[0]
    wanted = {"picture": diff and Path(diff, f"{stem}.png"), "stats": stats and Path(stats, f"{stem}.tex")}
    return {what: path for what, path in wanted.items() if path}


def _compared(name, paths, *, threshold, masked, tolerance, outputs):
    """Return what is known of one pair, and write what is wanted of it."""
    row = {"name": name, "fate": "missing", "first": _text(paths[0]), "second": _text(paths[1])}
    if None in paths:
        return row | {"note": f"not in the {'first' if paths[0] is None else 'second'} folder"}
    try:
        one, other = map(read_picture, paths)
    except DataError as error:
        return row | {"fate": "unreadable", "note": str(error)}
    if one.shape[:2] != other.shape[:2]:
        return row | {"fate": "size", "note": f"{_size(one)} and {_size(other)} pixel"}
    one, other = in_same_colours(one, other)
    told = image_difference(one, other)
    largest = max(-told["minimum"], told["maximum"])
    row |= {"fate": "different" if largest > tolerance else "same", "note": "", **told}
    if masked and told["relnorm"] > threshold:
        row["circles"] = within_circles(one, other)
    if "picture" in outputs:
        outputs["picture"].parent.mkdir(parents=True, exist_ok=True)
        write_png(outputs["picture"], difference_picture(one, other))
        row["picture"] = _text(outputs["picture"])
    if "stats" in outputs:
        _write(outputs["stats"], stats_text(row))
    return row


def _text(path):
    return "" if path is None else str(path)


def _size(image):
    return f"{image.shape[1]}x{image.shape[0]}"


def _write(path, text):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_text(Path(path), text)


def table_text(rows):
    """Return the table of all images as CSV."""
    radii = sorted({radius for row in rows for radius in row.get("circles", ())})
    text = io.StringIO(newline="")
    names = ["filename", "result", *MEASURES, *(f"relnorm_r{radius}" for radius in radii), "note"]
    write_csv(text, names, map(partial(_cells, radii=radii), rows), lineterminator="\n")
    return text.getvalue()


def _cells(row, radii):
    circles = row.get("circles", {})
    numbers = [*(row.get(name) for name in MEASURES), *(circles.get(radius) for radius in radii)]
    return [row["name"], row["fate"], *(None if value != value else value for value in numbers), row["note"]]


@dataclass(frozen=True)
class Comparison:
    """How two folders of images differ.

    Parameters
    ----------
    path : Path
        The table, or the first folder where no table is written.
    images : list of dict
        For each image `name`, `fate` ("same", "different", "size", "missing" or "unreadable"), `note` and,
        where both could be read, the numbers of `otrain.evaluation.image_difference`.
    """

    path: Path
    images: list = field(repr=False)

    @property
    def counts(self):
        """How many images have each fate."""
        return {fate: sum(row["fate"] == fate for row in self.images) for fate in FATES}

    @property
    def notes(self):
        """What is not a matter of pixels."""
        return tuple(f"{row['name']}: {row['note']}" for row in self.images if row["note"])

    @property
    def exit_code(self):
        """8 where anything differs."""
        return 0 if self.counts["same"] == len(self.images) else 8

    @property
    def worst(self):
        """The images whose pixels differ, the farthest first."""
        return sorted((row for row in self.images if row["fate"] == "different"),
                      key=lambda row: -row["relnorm"])

    def to_dict(self):
        """Return what ``--json`` prints."""
        images = [{name: None if value != value else value for name, value in row.items()}
                  for row in self.images]
        measured = [row for row in self.images if "norm" in row]
        mean = {name: float(np.mean([row[name] for row in measured])) if measured else None
                for name in ("norm", "relnorm", "mae", "rmse")}
        return document("otrain-compare", self, {"counts": self.counts, "mean": mean, "images": images})

    def lines(self, most=10):
        """Yield what a person reads: counts, then the images that differ most."""
        yield ", ".join(f"{count} {FATES[fate]}" for fate, count in self.counts.items() if count) + "."
        for row in self.worst[:most]:
            yield (f"  {row['name']}: {row['relnorm']:.4g} per pixel (norm {row['norm']:.4g}, from "
                   f"{row['minimum']:g} to {row['maximum']:g}, {row['pixels']} pixels)")
            for radius, value in row.get("circles", {}).items():
                yield f"    within {radius} pixel of the centre: {value:.4g} per pixel"
        if len(self.worst) > most:
            yield f"  and {len(self.worst) - most} more."
