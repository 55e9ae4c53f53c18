"""Compare two checkouts on the example data: cubes, scores, tables to the byte, CPU time of every command.

    python -m benchmarks.before_and_after OLD NEW [--repeats 3]

Both trees run the same commands in turn, with the same interpreter; the network is trained by OLD and
scored by both. A table is equal if every column is; a cube if images, labels and columns are; a figure
of time is the ratio NEW / OLD of the CPU seconds of the command and its children, pair by pair.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CONVERT = ["convert", "--cutouts", "{examples}", "--path", "{out}", "--cube", "c", "--jobs", "1",
           "--no-contact-sheet"]
TRAIN = ["train", "--cube", "{out}/datacube/c.npz", "--model-path", "{out}", "--model-name", "net",
         "--epochs", "3", "--seed", "1", "--deterministic", "--overwrite"]
CURVES = ["--architecture", "unet", "--option", "depth=3", "features=8", "--batch-size", "4",
          "--learning-rate", "0.01"]


def command(tree, words, **places):
    """Run one command of a tree; return its CPU seconds."""
    words = [word.format(**places) for word in words]
    environment = {**os.environ, "PYTHONPATH": str(tree), "XDG_CACHE_HOME": str(places["out"])}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-m", f"otrain.cli.{words[0]}", *words[1:]], env=environment,
                          cwd=places["out"], capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{tree}: {' '.join(words)}\n{done.stderr[-2000:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def arrays(path):
    """Return the arrays of a cube, without its description."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name].tobytes() for name in file.files if name != "meta"}


def table(path):
    """Return the columns of a table."""
    from astropy.table import Table

    read = Table.read(path, format="ascii.ecsv" if path.suffix == ".ecsv" else "ascii")
    return {name: [str(value) for value in read[name]] for name in read.colnames}


def differences(old, new):
    """Return the names that only one has, or that differ."""
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    trees = {"old": args.old.resolve(), "new": args.new.resolve()}
    examples = trees["new"] / "data_examples"
    for domain, source, tonight, more, format in (
            ("transients", "transients", "transients/tonight", [], "ecsv"),
            ("lightcurves", "lightcurves/stars", "lightcurves/tonight", ["--domain", "lightcurves"], "ecsv")):
        with tempfile.TemporaryDirectory() as folder:
            places = {name: {"out": Path(folder) / name, "examples": examples / source} for name in trees}
            for place in places.values():
                place["out"].mkdir()
            times = {}

            def run(what, words, places=places, times=times):
                for _ in range(args.repeats):
                    for name, tree in trees.items():
                        times.setdefault(what, {}).setdefault(name, []).append(
                            command(tree, words, **places[name]))

            run("convert", [*CONVERT, "--overwrite", *more])
            cubes = [arrays(place["out"] / "datacube" / "c.npz") for place in places.values()]
            print(f"{domain}: cube differs in {differences(*cubes) or 'nothing'}")
            run("train", TRAIN + (CURVES if more else []))
            network = places["old"]["out"] / "CNN_training" / "net"
            infer = ["infer", "--cutouts", str(examples / tonight), "--model", str(network), "--format",
                     format, "--jobs", "1", "--out", "{out}/t.ecsv", "--overwrite"]
            run("infer", infer)
            tables = [table(place["out"] / "t.ecsv") for place in places.values()]
            print(f"{domain}: table of {len(next(iter(tables[0].values())))} rows differs in "
                  f"{differences(*tables) or 'nothing'}")
            weights = [table(place["out"] / "CNN_training" / "net" / "history.csv")
                       for place in places.values()]
            different = [name for name in differences(*weights) if name != "seconds"]
            print(f"{domain}: history of the training differs in {different or 'nothing'}")
            for what, by_tree in times.items():
                ratios = [new / old for new, old in zip(by_tree["new"], by_tree["old"], strict=True)]
                print(f"{domain}: {what:8} CPU new / old {statistics.median(ratios):.3f} "
                      f"({min(ratios):.3f} to {max(ratios):.3f}, n = {len(ratios)}), old "
                      f"{min(by_tree['old']):.2f} s")


if __name__ == "__main__":
    main()
