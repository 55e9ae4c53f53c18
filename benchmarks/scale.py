"""A cube folder far beyond memory: written, trained on, scored; memory and speed of each step.

Run it as ``python -m benchmarks scale --examples 1000000``. Cutouts of 31x31 pixel, noise and
for half of them a star, are made on the fly and written as a cube folder; otrain-train
sees each training example once, otrain-infer scores all. Every step is a process of its
own; its peak is what the kernel counts (resident, with pages of mapped files). The whole
is done at a twentieth, a fifth and all of the examples, which gives the growth of memory
per 100,000. The last table compares a feed from the folder with one from memory.
Nothing is sparse: every byte that is counted was written and read.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.convert import measure

SIDE = 31  # pixel
BATCH = 4096  # cutouts made at a time
BANDS = np.array(["g", "r", "i", "z"])
GOAL = 4096  # MiB
STEPS = ("write", "train", "infer")


def cutouts(count, seed=0):
    """Yield noise, with a star in the middle of every second cutout, ``(k, 31, 31, 1)`` float32."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    star = np.exp(-(x**2 + y**2) / (2 * 1.5**2)).astype(np.float32)
    for start in range(0, count, BATCH):
        rows = np.arange(start, min(start + BATCH, count))
        images = rng.standard_normal((len(rows), SIDE, SIDE), np.float32)
        images[rows % 2 == 1] += 3 * star
        yield images[..., None]


class Made(Mapping):
    """The columns that a survey has for every candidate, made when they are asked for."""

    KINDS = {"candid": "U10", "file": "U20", "band": "U1", "mag": "f8", "mag_err": "f8", "fwhm": "f8",
             "ra": "f8", "dec": "f8"}

    def __init__(self, rows):
        self.rows = rows

    def __len__(self):
        return len(self.KINDS)

    def __iter__(self):
        return iter(self.KINDS)

    def __getitem__(self, name):
        return self.take(np.arange(self.rows), [name])[name]

    def dtype(self, name):
        return np.dtype(self.KINDS[name])

    def take(self, rows, names=None):
        number = np.char.zfill(rows.astype("U9"), 9)
        share = _hashed(rows)
        made = {"candid": lambda: np.char.add("c", number), "band": lambda: BANDS[rows % 4],
                "file": lambda: np.char.add(np.char.add("night/", number), ".fits"),
                "mag": lambda: 15 + 6 * share, "mag_err": lambda: 0.01 + 0.3 * share,
                "fwhm": lambda: 2.5 + 0.2 * share, "ra": lambda: 360 * share,
                "dec": lambda: np.degrees(np.arcsin(2 * _hashed(rows + (1 << 40)) - 1))}
        return {name: made[name]() for name in (self if names is None else names)}


def _hashed(rows):
    """Return a number from 0 to below 1 for each row, as if drawn."""
    bits = rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return ((bits ^ (bits >> np.uint64(32))) >> np.uint64(11)) / 2.0**53


def write(path, count):
    """Write the cube folder."""
    from otrain.data.cubes.datacube import write_cube

    recipe = {"kind": "cutout", "size": SIDE, "channels": None, "pad": False, "nonfinite": "fill"}
    meta = {"channels": ["difference"], "classes": ["bogus", "real"], "recipe": recipe}
    write_cube(path, cutouts(count), labels=np.arange(count) % 2, columns=Made(count), meta=meta,
               store="folder").close()


def train(cube, models, name, steps):
    """Run otrain-train for one epoch, or for as many steps of it."""
    from otrain.cli import train as command
    from otrain.workflows.training.tensorflow import start_tensorflow

    if steps:
        start_tensorflow()
        from otrain.workflows.training import fitting as _fitting
        from otrain.workflows.training import recipe as _recipe

        whole = _fitting.steps_per_epoch
        fewer = lambda count, size: min(whole(count, size), steps)  # noqa: E731
        _fitting.steps_per_epoch = _recipe.steps_per_epoch = fewer
    raise SystemExit(command.main(["--cube", cube, "--model-path", models, "--model-name", name,
                                   "--epochs", "1", "--augment", "none", "--overwrite"]))


def feed(cube, repeats, steps):
    """Print how fast batches come, and the network trains on them, from the folder and from memory."""
    from otrain.workflows.training.tensorflow import start_tensorflow

    start_tensorflow()
    import keras

    from otrain.data.cubes.datacube import DataCube, open_cube
    from otrain.data.cubes.targets import targets_by_row
    from otrain.feed.batches import training_batches
    from otrain.models.compact import build_compact
    from otrain.models.ports import InputSpec, OutputSpec

    with open_cube(cube) as stored:
        whole = DataCube.from_arrays(stored.read(np.arange(len(stored))), stored.labels, {}, stored.meta)
        model = build_compact([InputSpec("cutout", stored.shape)], OutputSpec(1, "sigmoid"), seed=0)
        model.compile("adam", keras.losses.BinaryCrossentropy())
        sides = {"from memory": whole, "from the folder": stored}
        seconds = {(what, name): [] for what in ("feed alone", "training") for name in sides}
        rows, targets = np.arange(len(stored)), targets_by_row(stored.labels[:, None])
        for turn in range(repeats + 1):
            for name, source in sides.items():
                batches = training_batches(source, rows, targets, batch_size=64, epochs=1, seed=turn)
                start = time.perf_counter()
                for _ in batches.take(10 * steps):
                    pass
                middle = time.perf_counter()
                model.fit(batches.take(steps), verbose=0, shuffle=False)
                if turn:  # the first is for the warm-up
                    seconds["feed alone", name].append((middle - start) / 10)
                    seconds["training", name].append(time.perf_counter() - middle)
    print(f"{len(rows)} cutouts, {steps} batches of 64, median of {repeats} pairs [cutouts/s]")
    for what in ("feed alone", "training"):
        memory, folder = (seconds[what, name] for name in sides)
        ratio = statistics.median(a / b for a, b in zip(memory, folder, strict=True))
        speed = [64 * steps / statistics.median(values) for values in (memory, folder)]
        print(f"{what:12}from memory {speed[0]:8.0f}   from the folder {speed[1]:8.0f}   ratio {ratio:.2f}")


def in_process(name, *arguments):
    """Run a function of this module in a process of its own; return wall, CPU [s] and peak [MiB]."""
    code = f"import sys, benchmarks.scale as b; b.{name}(*map(eval, sys.argv[1:]))"
    return measure([sys.executable, "-c", code, *map(repr, arguments)])


def one_size(folder, count, steps):
    """Write, train and infer at one size; return the measurement of each step."""
    cube, models, name = str(folder / f"cube{count}"), str(folder), f"n{count}"
    scores = [sys.executable, "-m", "otrain.cli.infer", "--cutouts", cube, "--model",
              str(folder / "CNN_training" / name), "--format", "csv", "--out", str(folder / "scores.csv"),
              "--overwrite"]
    found = {"write": in_process("write", cube, count)}
    found["train"] = in_process("train", cube, models, name, steps)
    found["infer"] = measure(scores)
    for step, (wall, cpu, peak) in found.items():
        print(f"{count:>10} {step:6}{wall:10.1f} s{cpu:10.1f} CPU s{peak:10.0f} MiB"
              f"{count / wall:12.0f} cutouts/s", flush=True)
    return found


def slope(sizes, peaks):
    """Return the least-squares growth of memory [MiB per 100,000 cutouts]."""
    return float(np.polyfit(np.array(sizes) / 1e5, peaks, 1)[0])


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=1_000_000, help="of the largest cube [1000000]")
    parser.add_argument("--steps", type=int, default=0,
                        help="most updates of the epoch; 0: the whole epoch [0]")
    parser.add_argument("--repeats", type=int, default=3, help="of the comparison with memory [3]")
    parser.add_argument("--folder", help="where to work; needs 4.6 kB per cutout [the temporary folder]")
    args = parser.parse_args(argv)
    sizes = [args.examples // 20, args.examples // 5, args.examples]
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        folder = Path(folder)
        need = 4.0 * SIDE**2 * 1.2 * sum(sizes)
        if shutil.disk_usage(folder).free < need:
            raise SystemExit(f"{folder}: {need / 1e9:.1f} GB are needed. Choose another --folder.")
        found = {count: one_size(folder, count, args.steps) for count in sizes}
        for step in STEPS:
            peaks = [found[count][step][2] for count in sizes]
            print(f"{step:6} peak {max(peaks):6.0f} MiB (goal {GOAL}), "
                  f"{slope(sizes, peaks):6.2f} MiB per 100,000 cutouts (goal 1)")
        sys.stdout.flush()
        subprocess.run([sys.executable, "-c", "import sys, benchmarks.scale as b; "
                        "b.feed(sys.argv[1], *map(int, sys.argv[2:]))", str(folder / f"cube{sizes[1]}"),
                        str(args.repeats), "200"], check=True)


if __name__ == "__main__":
    main()
