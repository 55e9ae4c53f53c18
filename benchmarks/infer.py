"""otrain-infer against a plain loop in O'TRAIN's manner: whole processes, alternating, one machine.

Run it as ``python -m benchmarks infer``. It exports an untrained compact network,
which costs as much to score as a trained one, writes cutouts into a temporary
folder and times: 5000 files, 1, 10 and 100 files with several numbers of workers, ``--help``,
and the network alone; and compares the scores for any order, number of workers and threads.
The network alone comes last: a process that has loaded TensorFlow would lend its memory to
the figures of those that it starts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._table import Row, ratios, spread
from benchmarks.convert import measure, paired, processor_time, show, write_cutouts

FEW = (1, 10, 100)  # files of a small folder

PLAIN_LOOP = '''
import sys
from pathlib import Path
import keras
import numpy as np
from astropy.io import fits

model = keras.models.load_model(sys.argv[2], compile=False)
paths = sorted(Path(sys.argv[1]).rglob("*.fits"))
cube = []
for path in paths:
    hdus = fits.open(path, memmap=False)
    cube.append(hdus[0].data)
    hdus.close()
score = model.predict(np.asarray(cube)[..., None], verbose=0)
with open(sys.argv[3], "w") as table:
    for path, p in zip(paths, score):
        header = fits.getheader(path)
        print(path.name, header.get("RA"), header.get("MAG"), header.get("CANDID"), *p, file=table)
'''


def export_network(folder, side):
    """Write ``network.keras`` and a bundle of the compact network."""
    from otrain.bundle.export import export_bundle
    from otrain.models.compact import build_compact
    from otrain.models.ports import InputSpec, OutputSpec

    model = build_compact([InputSpec("cutout", (side, side, 1))], OutputSpec(1, "sigmoid"), seed=0)
    model.save(folder / "network.keras")
    recipe = {"kind": "cutout", "size": side, "channels": ["difference"], "pad": False,
              "nonfinite": "fill"}
    meta = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
            "recipe": recipe, "task": "classification"}
    images = np.random.default_rng(0).normal(size=(32, side, side, 1))
    export_bundle(model, folder / "bundle", cube_meta=meta, golden_images=images)


def prepare(folder, files, side):
    """Write the candidates, the network and the bundle; the export is a process of its own."""
    write_cutouts(folder / "night", files, side)
    subprocess.run([sys.executable, "-c", "import sys, pathlib, benchmarks.infer as b; "
                    "b.export_network(pathlib.Path(sys.argv[1]), int(sys.argv[2]))",
                    folder, str(side)], check=True, stderr=subprocess.DEVNULL)
    for count in FEW:
        (folder / f"{count}").mkdir()
        for path in sorted((folder / "night").rglob("*.fits"))[:count]:
            (folder / f"{count}" / path.name).write_bytes(path.read_bytes())


def ours(folder, source, jobs=None, out="ours.dat"):
    """Return the command that scores a source."""
    workers = [] if jobs is None else ["--jobs", str(jobs)]
    return [sys.executable, "-m", "otrain.cli.infer", "--cutouts", folder / source, "--model",
            folder / "bundle", "--out", folder / out, "--overwrite", *workers]


def plain(folder, source):
    return [sys.executable, "-c", PLAIN_LOOP, folder / source, folder / "network.keras", folder / "plain.dat"]


def small_folders(folder, repeats):
    """Return the wall times [s] by number of files and number of workers, taken in turn."""
    seconds = {(count, jobs): [] for count in FEW for jobs in (0, 1, 2, None)}
    for number in range(repeats + 1):
        for (count, jobs), values in seconds.items():
            one = measure(ours(folder, f"{count}", jobs))[0]
            if number:
                values.append(one)
    return seconds


def network_alone(folder, count, side, repeats):
    """Return seconds per run of ``predict`` in batches of 32 (its default) and 512 and of the bundle.

    The largest difference of scores comes last.
    """
    from otrain.bundle.bundle import Bundle
    from otrain.models.load import load_network

    model, bundle = load_network(folder / "network.keras"), Bundle.open(folder / "bundle")
    images = np.random.default_rng(1).normal(size=(count, side, side, 1)).astype(np.float32)
    ways = (lambda: model.predict(images, verbose=0)[:, 0],
            lambda: model.predict(images, batch_size=512, verbose=0)[:, 0],
            lambda: bundle.scores(images))
    scores = [way() for way in ways]  # warm-up
    seconds = [], [], []
    for _ in range(repeats):
        for way, values in zip(ways, seconds, strict=True):
            start = time.perf_counter()
            way()
            values.append(time.perf_counter() - start)
    return *seconds, float(np.max(np.abs(np.subtract(scores[:2], scores[2]))))


def differences(folder):
    """Return the largest difference of logits over orders and threads, and whether all tables are equal."""
    from otrain.bundle.bundle import Bundle

    bundle, rng = Bundle.open(folder / "bundle"), np.random.default_rng(2)
    images = rng.normal(size=(300, *bundle.shape)).astype(np.float32)
    first, worst = bundle.answers(images, threads=1).logits, 0.0
    for threads in (1, 2, 4):
        for order in (np.arange(300), np.arange(300)[::-1], rng.permutation(300)):
            logits = bundle.answers(images[order], threads=threads).logits
            worst = max(worst, float(np.max(np.abs(logits - first[order]))))
    tables = set()
    for jobs in (0, 1, 2, 3):
        measure(ours(folder, "100", jobs, f"jobs_{jobs}.dat"))
        tables.add((folder / f"jobs_{jobs}.dat").read_bytes())
    return worst, len(tables) == 1


def rows(folder, *, quick):
    """Yield the rows of the one table."""
    files, side = (1000 if quick else 5000), 63
    prepare(folder, files, side)
    slow, fast = paired(plain(folder, "night"), ours(folder, "night"), 3)
    yield Row(f"infer {files:,} files of {side}x{side}, whole process", [run[0] for run in slow],
              [run[0] for run in fast], "12, below 350 MiB",
              note=f"{processor_time(slow, fast)}; peak {statistics.median(run[2] for run in fast):.0f} MiB")
    slow, fast = paired(plain(folder, "1"), ours(folder, "1"), 5)
    yield Row("score one cutout, whole process", [run[0] for run in slow], [run[0] for run in fast], "0.3 s")
    shown = [measure([sys.executable, "-m", "otrain.cli.infer", "--help"])[0] for _ in range(6)][1:]
    yield Row("`--help`", [], shown, "0.3 s")
    worst, equal = differences(folder)
    # In a process of its own, whose memory is gone when the next job starts.
    done = subprocess.run([sys.executable, "-c", "import sys, pathlib, json, benchmarks.infer as b; "
                           "print(json.dumps(b.network_alone(pathlib.Path(sys.argv[1]), 2048, 63, 7)))",
                           folder], check=True, capture_output=True, text=True)
    slow, slow_512, fast, apart = json.loads(done.stdout.splitlines()[-1])
    yield Row("network alone, 2,048 cutouts of 63x63, against `keras predict`", slow, fast, "2, 1e-5",
              note=f"ratio {spread(ratios(slow_512, fast))} to batches of 512; scores differ by {apart:.1e}; "
                   f"logits for any order and 1, 2, 4 threads by {worst:.1e}; "
                   f"tables for 0 to 3 workers {'are the same bytes' if equal else 'DIFFER'}")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--side", type=int, default=63)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prepare(folder, args.files, args.side)
        for source, count in (("night", args.files), ("1", 1)):
            print(f"{count} cutouts of {args.side}x{args.side}, median of {args.repeats}")
            slow, fast = paired(plain(folder, source), ours(folder, source), args.repeats)
            show({"plain loop": slow, "otrain-infer": fast})
        print(f"\nwall time [s] by number of workers, median of {args.repeats}")
        for (count, jobs), values in small_folders(folder, args.repeats).items():
            print(f"{count:4} files, --jobs {'not given' if jobs is None else jobs}: {spread(values)}")
        shown = [measure([sys.executable, "-m", "otrain.cli.infer", "--help"])[0]
                 for _ in range(args.repeats)]
        print(f"--help {statistics.median(shown):.3f} s\n")
        worst, equal = differences(folder)
        print(f"logits differ by {worst:.1e} at most for any order and 1, 2, 4 threads; "
              f"tables for 0 to 3 workers {'are the same bytes' if equal else 'DIFFER'}")
        count = min(args.files, 2048)
        slow, slow_512, fast, apart = network_alone(folder, count, args.side, args.repeats)
        speeds = [count / statistics.median(seconds) for seconds in (slow, slow_512, fast)]
        print(f"network alone, {count} images, median of {args.repeats}, cutouts/s: ONNX Runtime "
              f"{speeds[2]:.0f}, keras predict {speeds[0]:.0f} in batches of 32, {speeds[1]:.0f} of 512")
        print(f"ratios {spread(ratios(slow, fast))} and {spread(ratios(slow_512, fast))}; "
              f"scores differ by {apart:.1e}")


if __name__ == "__main__":
    main()
