"""otrain-infer against a plain loop in O'TRAIN's manner: whole processes, alternating, one machine.

Run it as ``python -m benchmarks infer``. It exports an untrained compact network,
which costs as much to score as a trained one, writes cutouts into a temporary
folder and times: 5000 files, one file, ``--help``, and the network alone. The last
comes last: a process that has loaded TensorFlow would lend its memory to the figures
of those that it starts.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.convert import measure, write_cutouts

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


def whole_process(title, ours, plain, repeats):
    """Time two programs in turn and print their medians and the ratio of wall times."""
    runs = {"plain loop": [], "otrain-infer": []}
    for _ in range(repeats):
        runs["plain loop"].append(measure(plain))
        runs["otrain-infer"].append(measure(ours))
    print(f"{title}, median of {repeats}")
    print(f"{'':16}{'wall [s]':>10}{'CPU [s]':>10}{'peak [MiB]':>12}")
    for name, rows in runs.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*rows, strict=True))
        print(f"{name:16}{wall:10.3f}{cpu:10.3f}{peak:12.0f}")
    ratios = [slow[0] / fast[0] for slow, fast in zip(*runs.values(), strict=True)]
    print(f"ratio of wall times {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})\n")


def network_alone(folder, count, side, repeats):
    """Time ``model.predict`` and the bundle on the same images in this process."""
    from otrain.bundle.bundle import Bundle
    from otrain.models.load import load_network

    model, bundle = load_network(folder / "network.keras"), Bundle.open(folder / "bundle")
    images = np.random.default_rng(1).normal(size=(count, side, side, 1)).astype(np.float32)
    ways = {"keras predict": lambda: model.predict(images, batch_size=512, verbose=0)[:, 0],
            "ONNX Runtime": lambda: bundle.scores(images)}
    scores = {name: way() for name, way in ways.items()}  # warm-up
    seconds = {name: [] for name in ways}
    for _ in range(repeats):
        for name, way in ways.items():
            start = time.perf_counter(), time.process_time()
            way()
            seconds[name].append((time.perf_counter() - start[0], time.process_time() - start[1]))
    print(f"network alone, {count} images, median of {repeats}")
    for name, values in seconds.items():
        wall, cpu = (count / statistics.median(column) for column in zip(*values, strict=True))
        print(f"{name:16}{wall:10.0f} cutouts/s{cpu:10.0f} per CPU second")
    print(f"largest difference of scores {np.max(np.abs(np.subtract(*scores.values()))):.1e}")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--side", type=int, default=63)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        write_cutouts(folder / "night", args.files, args.side)
        subprocess.run([sys.executable, "-c", "import sys, pathlib, benchmarks.infer as b; "
                        "b.export_network(pathlib.Path(sys.argv[1]), int(sys.argv[2]))",
                        folder, str(args.side)], check=True, stderr=subprocess.DEVNULL)
        one = next((folder / "night").rglob("*.fits"))
        (folder / "one").mkdir()
        (folder / "one" / one.name).write_bytes(one.read_bytes())

        def ours(source):
            return [sys.executable, "-m", "otrain.cli.infer", "--cutouts", source, "--model",
                    folder / "bundle", "--out", folder / "ours.dat", "--overwrite"]

        def plain(source):
            return [sys.executable, "-c", PLAIN_LOOP, source, folder / "network.keras", folder / "plain.dat"]

        whole_process(f"{args.files} cutouts of {args.side}x{args.side}", ours(folder / "night"),
                      plain(folder / "night"), args.repeats)
        whole_process("one cutout", ours(folder / "one" / one.name), plain(folder / "one"), args.repeats)
        shown = [measure([sys.executable, "-m", "otrain.cli.infer", "--help"])[0]
                 for _ in range(args.repeats)]
        print(f"--help {statistics.median(shown):.3f} s\n")
        network_alone(folder, min(args.files, 2048), args.side, args.repeats)


if __name__ == "__main__":
    main()
