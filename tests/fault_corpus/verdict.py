"""Run convert and infer over a corpus, each as its user does, and say what became of every file."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from handmade import write_curve_network, write_network, write_value_network

from fault_corpus import changed, outer
from fault_corpus.lenses import table_of
from fault_corpus.seeds import SIDE

__all__ = ["COMMANDS", "CROP", "Verdict", "judge", "run", "unaccounted"]

CROP = SIDE - 2  # pixel
CURVE = {"cadence": 1800.0, "length": 100}
LENS = {"size": 20, "pad": True, "channels": ["image"]}
VARIABLES = ["einsteinradius", "x", "y", "sigma"]
PROBLEM = """[problem]
filename = "{table}"
variables = ["einsteinradius", "x", "y", "sigma"]
[dataset]
directory = "{folder}"
training = {{filename = "training.csv", size = 0.6}}
validation = {{filename = "validation.csv", size = 0.2}}
testing = {{filename = "testing.csv"}}
"""
COMMANDS = ("convert", "infer")
LIMIT = 3000.0  # s; a run that takes longer hangs


STARTER = """import resource, subprocess, sys
done = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(done if done >= 0 else 128 - done)
"""


@dataclass
class Verdict:
    """What one command made of a corpus.

    Parameters
    ----------
    code : int
        Its exit code: 3 where all went well, as some inputs are quarantined.
    said : str
        What it wrote to standard error.
    kept : int
        Examples.
    unaccounted : list of str
        Files of which nothing is said.
    lost : list of str
        Sound files that were not kept.
    infinite : int
        Values that are neither finite nor missing: pixels, samples, scores, maps.
    skipped, reasons : Counter
    table : list of (str, str, str)
        File, reason and words of each quarantined input.
    seconds : float
    memory : int
        Largest peak of one of its processes [byte].
    changed : list of Case
        Files whose pixels came out changed.
    """

    code: int
    said: str
    kept: int
    unaccounted: list
    lost: list
    infinite: int
    skipped: Counter
    reasons: Counter
    table: list
    seconds: float
    memory: int
    changed: list = field(default_factory=list)

    @property
    def crashed(self):
        """Whether the command ended otherwise than it may."""
        return self.code not in (0, 3) or "Traceback" in self.said

    @property
    def hung(self):
        """Number of files that took longer than the command allows."""
        return self.reasons["timeout"]


def run(command, corpus, folder, out, *, jobs=2, nice=0):
    """Run ``otrain-convert`` or ``otrain-infer`` over a corpus, with the limits that they have, and judge it.

    Parameters
    ----------
    command : {"convert", "infer"}
    corpus : Corpus
    folder : Path
        Where it lies.
    out : Path
        An existing folder for what is written.
    jobs : int
    nice : int
        How much others go before it.

    Returns
    -------
    Verdict
    """
    words = {"convert": _convert, "infer": _infer}[command](corpus, folder, out)
    start = time.monotonic()
    with (out / f"{command}.out").open("w+") as printed, (out / f"{command}.err").open("w+") as said:
        # A process has the peak of the one that started it, so a small one starts the command and asks.
        peak = out / f"{command}.peak"
        process = subprocess.run([sys.executable, "-S", "-c", STARTER, str(peak), "nice", "-n", str(nice), sys.executable,
                                  "-m", f"otrain.cli.{command}", *words, "--jobs", str(jobs)], stdout=printed, stderr=said)
        memory = int(peak.read_text()) * 1024
        seconds = time.monotonic() - start
        said.seek(0)
        said = said.read()
    if process.returncode not in (0, 3):
        return Verdict(process.returncode, said, 0, corpus.names, corpus.good, 0, Counter(), Counter(), [], seconds,
                       memory)
    kept, files, counts, infinite, silent = {"convert": _converted, "infer": _inferred}[command](corpus, out)
    base = out / "datacube" / "night" if command == "convert" else out / "scores.csv"
    table = _quarantined(base.with_name(f"{base.name}.quarantine.ecsv"))
    labels = [_subsets(out)] if command == "convert" and corpus.domain == "lenses" else None
    return judge(corpus, folder, Verdict(
        process.returncode, said, kept, [], [], infinite, Counter(counts["skipped"]),
        Counter(reason for _, reason, _ in table), table, seconds, memory, silent), files, counts, labels)


def judge(corpus, folder, verdict, files, counts, labels=None):
    """Fill in which files are unaccounted for or lost, and check that the counts add up.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
    verdict : Verdict
    files : Counter of str
        Kept examples of each file.
    counts : dict
        Those that the command gave.
    labels : list of Path, optional
        Tables that the command was given.
    """
    from otrain.data.tables.written import printable

    names = {printable(name): name for name in corpus.names}
    quarantined = {names[outer(file)] for file, _, _ in verdict.table}
    if counts["kept"] + verdict.reasons.total() + verdict.skipped.total() != counts["seen"]:
        raise AssertionError(f"the counts do not add up: {counts}; {verdict.reasons.total()} rows of quarantined inputs")
    if counts["kept"] != verdict.kept:
        raise AssertionError(f"{verdict.kept} kept examples were found. Received: {counts}")
    if counts["quarantined"] != dict(verdict.reasons):
        raise AssertionError(f"the table of quarantined inputs says {verdict.reasons}. Received: {counts}")
    verdict.unaccounted = unaccounted(corpus, folder, files.keys() | quarantined, verdict.skipped, labels)
    verdict.lost = sorted(case.name for case in corpus.cases if case.good and files[case.name] < case.examples)
    return verdict


def unaccounted(corpus, folder, named, skipped, labels=None):
    """Return what a listing of the folder has and the command says nothing of.

    A file that is named nowhere may be skipped by rule, which the door itself must say of each of its
    candidates: a count of skipped ones cannot hide a file that was lost.

    Parameters
    ----------
    corpus : Corpus
    folder : Path
    named : set of str
        Names in the output and in the table of quarantined inputs, as they are in the corpus.
    skipped : Counter
        Reasons that the command counted.
    labels : list of Path, optional
        Tables that the command was given.
    """
    from otrain.data.inputs.listing import Input

    entries = {os.path.relpath(os.path.join(place, name), folder) for place, folders, files in os.walk(folder)
               for name in [*files, *(name for name in folders if not os.listdir(os.path.join(place, name)))]}
    if strangers := entries ^ {*corpus.names, *corpus.passed}:
        raise AssertionError(f"the corpus does not know what lies in its folder: {sorted(strangers)[:5]}")
    door, by_rule, lost = _door(corpus, labels), Counter(), []
    for name in sorted(entries - named - corpus.passed.keys()):
        fates = door(Input(os.path.join(folder, name), name))
        if fates and all(not hasattr(fate, "example") and not hasattr(fate, "words") for fate in fates):
            by_rule.update(fate.reason for fate in fates)
        else:
            lost.append(name)
    by_rule.update(corpus.passed.values())
    # More may be skipped by rule than that: single candidates of files that are named.
    lost += [f"{count - skipped[reason]} more skipped as {reason}" for reason, count in by_rule.items()
             if skipped[reason] < count]
    lost += [f"{skipped[reason] - by_rule[reason]} fewer skipped as {reason}" for reason in set(corpus.passed.values())
             if skipped[reason] > by_rule[reason]]
    return lost


def _domain(corpus):
    from otrain.catalogue import DOMAINS

    return DOMAINS.load(corpus.domain)


OPTIONS = {"transients": {"size": CROP, "channels": ["difference"], "pad": True}, "lightcurves": CURVE, "lenses": LENS}


def _door(corpus, labels=None):
    domain = _domain(corpus)
    options = OPTIONS[corpus.domain] | ({} if labels is None else {"variables": VARIABLES})
    return domain.source.make_door(domain.preparation.make_recipe(**options), labels=labels)


def _convert(corpus, folder, out):
    """Return the arguments of ``otrain-convert``."""
    shape = {"transients": ["--cutout-size", str(CROP), "--pad", "--channels", "difference"],
             "lightcurves": ["--length", str(CURVE["length"]), "--cadence", str(CURVE["cadence"])],
             "lenses": ["--cutout-size", str(LENS["size"]), "--pad", "--channels", "image"]}[corpus.domain]
    source = ["--cutouts", str(folder)]
    if corpus.domain == "lenses":  # as droulette's users do
        problem = out / "problem.toml"
        problem.write_text(PROBLEM.format(table=table_of(folder), folder=folder))
        source = ["--toml", str(problem)]
    return [*source, "--domain", corpus.domain, "--path-datacube", str(out), "--cube", "night",
            "--frac-true", "all", *shape, "--store", "npz", "--overwrite", "--no-contact-sheet"]


def _infer(corpus, folder, out):
    """Write a network that needs no training; return the arguments of ``otrain-infer``."""
    make_recipe = _domain(corpus).preparation.make_recipe
    if corpus.domain == "transients":
        write_network(out / "bundle", CROP)
    elif corpus.domain == "lenses":
        write_value_network(out / "bundle", make_recipe(**LENS), VARIABLES)
    else:
        write_curve_network(out / "bundle", CURVE["length"], make_recipe(**CURVE))
    more = ["--pad"] if corpus.domain == "transients" else []
    return ["--cutouts", str(folder), "--model", str(out / "bundle"), "--json", "--out", str(out / "scores.csv"), *more]


def _subsets(out):
    """Return the table of all rows with their subset that convert has written."""
    return out / "datacube" / "night.subsets.csv"


def _converted(corpus, out):
    """Return kept examples, their files, the counts, infinite values and silent changes of a cube."""
    from otrain.data.cubes.datacube import open_cube

    with open_cube(out / "datacube" / "night.npz", verified=True) as cube:
        files = [outer(str(name)) for name in cube.columns["file"]]
        images = cube.read(np.arange(len(cube)))
        empty = np.isnan(images[..., 0]).all(axis=tuple(range(1, images.ndim - 1)))
        infinite = int(np.isinf(images).sum() + empty.sum())
        infinite += sum(int(np.isinf(values).sum()) for values in cube.columns.values() if np.asarray(values).dtype.kind == "f")
        silent = [] if corpus.domain == "lightcurves" else changed(corpus, partial(_read, corpus), files, images)
        return len(cube), Counter(files), cube.meta["counts"], infinite, silent


def _inferred(corpus, out):
    """Return the same of what ``otrain-infer`` wrote."""
    from otrain.data.tables.written import printable

    # The table holds what can be printed; the corpus holds names as they are.
    names = {printable(name).lstrip("'"): name for name in corpus.names}
    counts = json.loads((out / "infer.out").read_text())["inputs"]
    with (out / "scores.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    replies = VARIABLES if corpus.domain == "lenses" else ["score"]
    infinite = sum(not np.isfinite(float(row[name])) for row in rows for name in replies)
    files = [row["file"] for row in rows]
    if corpus.domain == "lightcurves":  # curves without an event stand in the maps alone
        with h5py.File(out / "scores.maps.h5") as maps:
            files = [group.attrs["file"] for group in maps.values()]
            infinite += sum(int(np.isinf(group["probability"][()]).sum()) + int(np.isinf(group["flux"][()]).sum())
                            for group in maps.values())
        # Windows overlap; how many there were is not in the output.
        return counts["kept"], Counter(names[printable(file)] for file in files), counts, infinite, []
    return len(rows), Counter(names[outer(file.lstrip("'"))] for file in files), counts, infinite, []


def _quarantined(path):
    from astropy.table import Table

    if not path.exists():
        return []
    table = Table.read(path, format="ascii.ecsv")
    return [tuple(map(str, (row["file"], row["reason"], row["words"]))) for row in table]


def _read(corpus, suffix, data):
    """Return the images of a good file as convert prepares them."""
    from otrain.data.inputs.listing import Input

    door = _door(corpus)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"good{suffix}"
        path.write_bytes(data)
        return [outcome.example.image for outcome in door(Input(os.fspath(path), "good"))
                if hasattr(outcome, "example")]
