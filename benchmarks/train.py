"""otrain-train against training in O'TRAIN's manner: time to accuracy, whole processes, one machine.

Run it as ``python -m benchmarks.train``. It simulates difference cutouts, writes them as one
data cube and trains both sides on it in turn: the published network on raw pixels
(batch 1024, Adam 1e-3, whole array in memory, ten epochs), and otrain-train with
its defaults and few epochs. Each side logs wall time and validation accuracy after
every epoch; both finished networks are then judged on the same simulated candidates
that neither has seen. ``--crop 32`` does both sides again on the central pixels alone.
Time to accuracy counts from the start of the process to the end of the epoch that reached it.
"""

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks._table import Row, ratios, spread

PUBLISHED = '''
import json, sys, time
start = time.time()
import keras
import numpy as np
from keras import layers

cube_path, held_out_path, epochs, seed, result = sys.argv[1:]
keras.utils.set_random_seed(int(seed))
with np.load(cube_path, allow_pickle=False) as file:
    images, labels = file["cube"], file["labels"]
images = np.nan_to_num(images, posinf=0, neginf=0)
order = np.random.default_rng(int(seed)).permutation(len(images))
images, targets = images[order], keras.utils.to_categorical(labels[order], 2)
cut = int(0.15 * len(images))

def convolution(filters, **options):
    return layers.Conv2D(filters, 3, padding="same", activation="relu", **options)

model = keras.Sequential([
    keras.Input(images.shape[1:]), convolution(16), convolution(32), layers.AveragePooling2D(2),
    layers.Dropout(0.3), convolution(64), layers.MaxPooling2D(2), layers.Dropout(0.3), convolution(128),
    convolution(256), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(512, activation="relu"),
    layers.Dropout(0.3), layers.Dense(256, activation="relu"), layers.Dense(2, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"])
log = []

class Clock(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        log.append([time.time() - start, logs["val_accuracy"]])

model.fit(images[cut:], targets[cut:], batch_size=1024, epochs=int(epochs), verbose=0,
          validation_data=(images[:cut], targets[:cut]), callbacks=[Clock()])
with np.load(held_out_path, allow_pickle=False) as file:
    scores = model.predict(np.nan_to_num(file["cube"], posinf=0, neginf=0), batch_size=256, verbose=0)[:, 1]
with open(result, "w") as file:
    json.dump({"log": log, "scores": scores.tolist()}, file)
'''


def write_cubes(folder, each, held_out, side, crop, seed=0):
    """Write ``train.npz`` and ``held_out.npz``, and cropped ones beside them."""
    from otrain.data.cubes.datacube import write_cube
    from otrain.domains.transients.preparation import crop_centre
    from otrain.domains.transients.simulators.candidates import simulate_candidates

    for name, count, one_seed in (("train", each, seed), ("held_out", held_out, seed + 1)):
        images, labels, columns = simulate_candidates(count, count, size=side, seed=one_seed)
        for ending, size in (("", side), *([("_crop", crop)] if crop else [])):
            meta = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
                    "task": "classification", "recipe": {"kind": "cutout", "size": size, "channels": None,
                                                         "pad": False, "nonfinite": "fill"}}
            cut = np.stack([crop_centre(image, size) for image in images])
            write_cube(folder / f"{name}{ending}.npz", [cut], labels=labels, columns=columns,
                       meta=meta).close()


def run_published(folder, ending, epochs, seed):
    """Train in O'TRAIN's manner; return the whole process [s], ``[wall, accuracy]`` per epoch, scores."""
    result = folder / f"published{ending}_{seed}.json"
    wall = timed([sys.executable, "-c", PUBLISHED, folder / f"train{ending}.npz",
                  folder / f"held_out{ending}.npz", str(epochs), str(seed), result])
    content = json.loads(result.read_text())
    return wall, content["log"], np.array(content["scores"])


def run_ours(folder, ending, epochs, seed):
    """Train with otrain-train; return the same three, with the start of the process in the wall times.

    ``history.csv`` has the seconds of each epoch alone. What comes before the first
    epoch is the time until otrain-train prints its line, less those seconds.
    """
    from otrain.bundle.bundle import Bundle
    from otrain.data.cubes.datacube import open_cube

    name = f"ours{ending}_{seed}"
    start, first, rest = time.perf_counter(), None, []
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "otrain.cli.train", "--cube", folder / f"train{ending}.npz",
         "--model-path", folder, "--model-name", name, "--epochs", str(epochs), "--seed", str(seed)],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        rest.append(line)
        if line.startswith("epoch ") and first is None:
            first = time.perf_counter() - start
    if process.wait():
        raise SystemExit("".join(rest))
    wall = time.perf_counter() - start
    run = folder / "CNN_training" / name
    with open(run / "history.csv") as file:
        history = list(csv.DictReader(file))
    clock = first - float(history[0]["seconds"]) + np.cumsum([float(row["seconds"]) for row in history])
    log = [[float(t), float(row["val_accuracy"])] for t, row in zip(clock, history, strict=True)]
    with open_cube(folder / f"held_out{ending}.npz") as cube:
        scores = Bundle.open(run / "bundle").scores(cube.read(np.arange(len(cube))))
    return wall, log, scores


def timed(command):
    start = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - start


def time_to(log, accuracy):
    """Return the wall time [s] after which an epoch reached an accuracy; infinite if none did."""
    return next((wall for wall, reached in log if reached >= accuracy), float("inf"))


def lost(labels, scores):
    """Return the share of reals lost at 1 % false positives."""
    from otrain.evaluation.learning_curve import lost_at_false_alarms

    return lost_at_false_alarms(labels, scores)


def sides(folder, ending, epochs, our_epochs, seeds):
    """Train both sides in turn, seed by seed; return the runs of each."""
    published, ours = [], []
    for seed in range(seeds):
        published.append(run_published(folder, ending, epochs, seed))
        ours.append(run_ours(folder, ending, our_epochs, seed))
    return published, ours


def to_goal(published, ours):
    """Return the goals, the best accuracy of each published run, and how long both sides took to them [s]."""
    goals = [max(reached for _, reached in log) for _, log, _ in published]
    return goals, *([time_to(log, goal) for (_, log, _), goal in zip(runs, goals, strict=True)]
                    for runs in (published, ours))


def held_out(runs, labels):
    """Return the median accuracy at 0.5 on candidates that no side has seen."""
    return statistics.median(float(np.mean((scores >= 0.5) == labels)) for _, _, scores in runs)


def report(published, ours, labels):
    """Print one row per side, the median of the seeds, and the ratio of the times to accuracy."""
    goals, slow, fast = to_goal(published, ours)
    median = statistics.median
    print(f"goal: the best validation accuracy of the published training, {median(goals):.4f}; "
          f"median of {len(goals)} seeds; ratio {spread(ratios(slow, fast))}")
    print(f"{'':14}{'to goal [s]':>12}{'process [s]':>12}{'last val.':>11}{'held out':>10}"
          f"{'lost at 1 % FP':>16}")
    for name, runs, reached in (("published", published, slow), ("otrain-train", ours, fast)):
        print(f"{name:14}{median(reached):12.1f}{median(wall for wall, _, _ in runs):12.1f}"
              f"{median(log[-1][1] for _, log, _ in runs):11.4f}{held_out(runs, labels):10.4f}"
              f"{median(lost(labels, scores) for _, _, scores in runs):16.4f}")
        for seed, (_, log, _) in enumerate(runs):
            print(f"    seed {seed}: " + "  ".join(f"{wall:.1f} s {reached:.4f}" for wall, reached in log))


def prepare(folder, candidates, held_out, side, crop):
    """Write the cubes, in a process of its own, whose memory is gone when training starts; return labels."""
    subprocess.run([sys.executable, "-c", "import sys, pathlib, benchmarks.train as b; "
                    "b.write_cubes(pathlib.Path(sys.argv[1]), *map(int, sys.argv[2:]))", folder,
                    str(candidates // 2), str(held_out // 2), str(side), str(crop)], check=True)
    with np.load(folder / "held_out.npz", allow_pickle=False) as file:
        return file["labels"]


def rows(folder, *, quick):
    """Yield the rows of the one table."""
    candidates, seeds = (3000, 1) if quick else (20_000, 3)
    labels = prepare(folder, candidates, 4000, 64, 32)
    for ending, side in (("", 64), ("_crop", 32)):
        published, ours = sides(folder, ending, 3 if quick else 10, 3, seeds)
        goals, slow, fast = to_goal(published, ours)
        whole = [log[-1][0] for _, log, _ in published]
        seen = f"held out {held_out(published, labels):.3f} against {held_out(ours, labels):.3f}"
        yield Row(f"train on {candidates:,} of {side}x{side} to what O'TRAIN's recipe reaches in "
                  f"{len(published[0][1])} epochs, against their time", whole, fast, "10",
                  note=f"that is {statistics.median(goals):.3f}; ratio {spread(ratios(slow, fast))} to the "
                       f"epoch that reached it; {seen}")


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--candidates", type=int, default=20_000, help="of both classes together [20000]")
    parser.add_argument("--held-out", type=int, default=4000, help="of both classes together [4000]")
    parser.add_argument("--side", type=int, default=64, help="[64 pixel]")
    parser.add_argument("--crop", type=int, default=0, help="side of a cropped cube for both sides [none]")
    parser.add_argument("--epochs", type=int, default=10, help="of the published training [10]")
    parser.add_argument("--our-epochs", type=int, default=3, help="of otrain-train [3]")
    parser.add_argument("--seeds", type=int, default=1, help="1, or 3 for a range [1]")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        labels = prepare(Path(folder), args.candidates, args.held_out, args.side, args.crop)
        for ending, side in (("", args.side), *([("_crop", args.crop)] if args.crop else [])):
            print(f"{args.candidates} difference cutouts of {side}x{side}, half of them real")
            report(*sides(Path(folder), ending, args.epochs, args.our_epochs, args.seeds), labels)


if __name__ == "__main__":
    main()
