"""Run convert and infer over a corpus and say what became of every file."""

import contextlib
import csv
import io
import json
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from handmade import write_network

from fault_corpus import changed, missing
from fault_corpus.seeds import SIDE

__all__ = ["CROP", "SLOWEST", "Verdict", "run_convert", "run_infer"]

CROP = SIDE - 2  # pixel
SLOWEST = 5.0  # s for one file


@dataclass
class Verdict:
    """What one command made of a corpus.

    Parameters
    ----------
    code : int
        Its exit code: 3 where all went well, as some inputs are quarantined.
    kept : int
        Examples.
    unaccounted : int
        Files of which nothing is said.
    skipped, reasons : Counter
    table : list of (str, str, str)
        File, reason and words of each quarantined input.
    changed : list of Case
        Files whose pixels came out changed.
    seconds : float
    """

    code: int
    kept: int
    unaccounted: int
    skipped: Counter
    reasons: Counter
    table: list
    seconds: float
    changed: list = field(default_factory=list)

    @property
    def hung(self):
        """Number of files that took longer than `SLOWEST`."""
        return self.reasons["timeout"]


def run_convert(corpus, folder, out, *, jobs=2):
    """Run ``otrain-convert --frac-true all`` and compare every pixel that it kept."""
    from otrain.cli.convert import main
    from otrain.data.datacube import open_cube

    options = ["--path-datacube", str(out), "--cube", "night", "--frac-true", "all", "--cutout-size", str(CROP),
               "--pad", "--channels", "difference", "--overwrite", "--jobs", str(jobs), "--no-contact-sheet"]
    code, _, seconds = _run(main, ["--cutouts", str(folder), *options])
    base = out / "datacube" / "night"
    with open_cube(base.with_suffix(".npz")) as cube:
        counts = cube.meta["counts"]
        files = [str(name) for name in cube.columns["file"]]
        silent = changed(corpus, _read, files, cube.read(np.arange(len(cube))))
    table = _quarantined(base.with_name("night.quarantine.ecsv"))
    return _verdict(corpus, code, seconds, counts, set(files), table, silent)


def run_infer(corpus, folder, out, *, jobs=2):
    """Run ``otrain-infer`` with a network that needs no training."""
    from otrain.cli.infer import main

    write_network(out / "bundle", CROP)
    path = out / "scores.csv"
    code, document, seconds = _run(main, ["--cutouts", str(folder), "--model", str(out / "bundle"), "--pad", "--json",
                                          "--format", "csv", "--out", str(path), "--jobs", str(jobs)])
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    if not all(np.isfinite(float(row["score"])) for row in rows):
        raise AssertionError("a score is not finite")
    table = _quarantined(path.with_name("scores.csv.quarantine.ecsv"))
    # The table holds what can be printed; the corpus holds names as they are.
    from otrain.data.score_table import printable

    names = {printable(name).lstrip("'"): name for name in corpus.names}
    files = [names[row["file"].lstrip("'")] for row in rows]
    counts = json.loads(document)["inputs"]
    if counts["kept"] != len(rows):
        raise AssertionError(f"{len(rows)} rows in the table. Received: {counts}")
    return _verdict(corpus, code, seconds, counts, set(files), table, [])


def _run(main, arguments):
    """Run a command; return its exit code, what it printed, and seconds. Files over `SLOWEST` count as hung."""
    from otrain.workflows import _intake

    usual, _intake.TIMEOUT = _intake.TIMEOUT, SLOWEST
    start, printed = time.monotonic(), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            code = main(arguments)
    finally:
        _intake.TIMEOUT = usual
    return code, printed.getvalue(), time.monotonic() - start


def _quarantined(path):
    from astropy.table import Table

    table = Table.read(path, format="ascii.ecsv")
    return [tuple(map(str, (row["file"], row["reason"], row["words"]))) for row in table]


def _verdict(corpus, code, seconds, counts, files, table, silent):
    from otrain.data.quarantine import _printable

    names = {_printable(name): name for name in corpus.names}
    quarantined = {names[file] for file, _, _ in table}
    reasons = Counter(reason for _, reason, _ in table)
    skipped = Counter(counts["skipped"])
    if counts["kept"] + reasons.total() + skipped.total() != counts["seen"]:
        raise AssertionError(f"the counts do not add up: {counts}; {reasons.total()} rows of quarantined inputs")
    return Verdict(code, counts["kept"], missing(corpus, files | quarantined, skipped.total()), skipped, reasons,
                   table, seconds, silent)


def _read(suffix, data):
    """Return the images of a good file as convert prepares them."""
    from otrain.domains.transients.contents import DOMAIN
    from otrain.domains.transients.inputs import Input

    door = DOMAIN.source.make_door(DOMAIN.preparation.make_recipe(size=CROP, channels=["difference"], pad=True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"good{suffix}"
        path.write_bytes(data)
        return [outcome.example.image for outcome in door(Input(os.fspath(path), "good"))
                if hasattr(outcome, "example")]
