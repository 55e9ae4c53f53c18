"""Trainings lost at export: many small networks, exported and compared with Keras as processors round.

Networks of every architecture of the catalogue, with shapes, classes, normalisations, options, seeds and
pixels drawn from a seed. Some networks of cutouts are trained by `otrain.train` for two epochs, from the
cube to the run directory; the others get weights and running statistics at random, up to four times as large
as first weights are, which rounds worse, and are exported. A network is lost where that raises. Every
fourth network is exported in a process with oneDNN on or off, on one thread or on eight, and compared again
in the process with the other oneDNN: each rounds as another processor does. Run it as
``python -m benchmarks export_parity``.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from otrain.catalogue import MODELS
from otrain.errors import OtrainError

OLD = 1e-5  # what a logit might differ by until 1.1, relative above 1; of maps 1e-4
SETTINGS = {name: {"TF_ENABLE_ONEDNN_OPTS": onednn, "OTRAIN_BENCHMARK_THREADS": threads}
            for name, onednn, threads in (
                ("oneDNN, 1 thread", "1", "1"), ("oneDNN, 8 threads", "1", "8"),
                ("no oneDNN, 1 thread", "0", "1"), ("no oneDNN, 8 threads", "0", "8"))}


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", type=int, default=200)
    parser.add_argument("--trained", type=int, default=20,
                        help="the first so many by a whole training, where they are of cutouts")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="work of one process (used by the benchmark itself)")
    parser.add_argument("--part", type=int, default=0, help="which fourth of the networks (likewise)")
    args = parser.parse_args(argv)
    if args.folder:
        work(args)
        return
    results = {name: [] for name in SETTINGS}
    with tempfile.TemporaryDirectory(prefix="otrain-parity-") as folder:
        for shift in (0, 2):  # exported, then compared by the other oneDNN
            for place, (name, environment) in enumerate(SETTINGS.items()):
                words = [sys.executable, "-m", "benchmarks", "export_parity", "--folder", folder,
                         "--networks", str(args.networks), "--trained", str(args.trained),
                         "--seed", str(args.seed), "--part", str((place + shift) % len(SETTINGS))]
                environment = {**os.environ, **environment, "TF_CPP_MIN_LOG_LEVEL": "3"}
                done = subprocess.run(words, env=environment, stdout=subprocess.PIPE,
                                      stderr=subprocess.DEVNULL, text=True, check=True)
                lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
                results[name] += map(json.loads, lines)
                print(f"{'compared' if shift else 'exported'}, {name}: {len(lines)}", flush=True)
    for name, found in results.items():
        print(f"{name}: {describe(found)}", flush=True)


def describe(results):
    """Say how many networks were lost, and how far the others were apart."""
    kept = [one for one in results if "lost" not in one]
    golden, awkward = ([one[kind] for one in kept] for kind in ("golden", "awkward"))
    words = [f"{len(results)} networks, {len(results) - len(kept)} lost",
             f"golden scores apart by {max(one['score'] for one in golden):.1e} at most, median "
             f"{np.median([one['score'] for one in golden]):.1e}",
             f"{sum(one['score'] > 1e-5 for one in golden)} beyond 1e-5",
             f"of awkward images {max(one['score'] for one in awkward):.1e} and "
             f"{sum(one['score'] > 1e-5 for one in awkward)}",
             f"{sum(one['old'] for one in kept)} would have been lost by the rule of 1.1"]
    words += [f"LOST {one['what']}: {one['lost']}" for one in results if "lost" in one]
    return ", ".join(words)


def work(args):
    """Export the networks, or compare those that an earlier process exported; print one line for each."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(int(os.environ["OTRAIN_BENCHMARK_THREADS"]))
    tf.config.threading.set_inter_op_parallelism_threads(1)
    for number in range(args.part, args.networks, len(SETTINGS)):
        rng = np.random.default_rng([args.seed, number])
        folder = args.folder / str(number)
        what = draw(rng, list(MODELS)[number % len(MODELS)])
        line = {"what": what}
        try:
            if not folder.exists():
                trains = number < args.trained and len(what["shape"]) > 2
                (train_one if trains else export_one)(what, rng, folder)
            line |= compare(folder)
        except OtrainError as error:
            line["lost"] = str(error)
        print(json.dumps(line), flush=True)


def draw(rng, architecture):
    """Return the description of one network and of its pixels."""
    channels = int(rng.integers(1, 4))
    curve = len(MODELS[architecture].axes) == 2
    side = int(rng.choice([16, 21, 32]))
    what = {"architecture": architecture, "units": int(rng.choice([1, 1, 3])),
            "seed": int(rng.integers(1000)), "size_of_logits": float(rng.choice([1, 4, 20])),
            "shape": [int(rng.choice([128, 200, 333])), channels] if curve else [side, side, channels],
            "scale": float(np.exp(rng.uniform(0, np.log(4)))), "background": float(rng.choice([0, 10, 1000])),
            "noise": float(rng.choice([1, 30])), "options": {}, "normalise": None}
    if curve:
        what["options"] = {"depth": int(rng.integers(2, 4)), "features": int(rng.choice([4, 8])),
                           "kernel": int(rng.choice([3, 7]))}
    else:
        what["normalise"] = str(rng.choice(["robust", "l2", "none"]))
    return what


def pixels(what, rng, count):
    """Return noise on a background, with a source in every second example."""
    values = rng.normal(what["background"], what["noise"], size=(count, *what["shape"])).astype(np.float32)
    middle = tuple(slice(length // 2 - 2, length // 2 + 2) for length in what["shape"][:-1])
    values[(slice(1, None, 2), *middle)] += 10 * what["noise"]
    return values


def meta_for(what):
    names = ["bogus", "real", "moving"][:max(2, what["units"])]
    return {"channels": [f"c{n}" for n in range(what["shape"][-1])], "classes": names, "domain": "transients",
            "recipe": {"kind": "cutout", "size": what["shape"][0], "channels": None, "pad": False,
                       "nonfinite": "fill"}, "task": "classification"}


def export_one(what, rng, folder):
    """Build a network with random weights and statistics, and export it."""
    import keras

    from otrain.bundle.export import export_bundle
    from otrain.models.ports import InputSpec, OutputSpec

    options = what["options"] | ({"normalise": what["normalise"]} if what["normalise"] else {})
    network = MODELS.load(what["architecture"])(
        [InputSpec("cutout", tuple(what["shape"]))],
        OutputSpec(what["units"], "sigmoid" if what["units"] == 1 else "softmax"),
        seed=what["seed"], **options)
    for layer in network.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight, low, high in ((layer.gamma, 0.5, 2), (layer.beta, -1, 1), (layer.moving_mean, -1, 1),
                                      (layer.moving_variance, 0.1, 3)):
                weight.assign(rng.uniform(low, high, weight.shape))
        elif hasattr(layer, "kernel"):
            layer.kernel.assign(what["scale"] * np.asarray(layer.kernel))
    images = pixels(what, rng, 64 if len(what["shape"]) > 2 else 8)
    # Logits as a trained network has them: behind saturated ones no score shows any rounding.
    size = float(np.std(keras.Model(network.inputs[0], network.get_layer("logits").output)(images)))
    last = network.get_layer("logits")
    last.kernel.assign(np.asarray(last.kernel) * what["size_of_logits"] / max(size, 1e-6))
    folder.mkdir()
    network.save(folder / "n.keras")
    export_bundle(network, folder / "bundle", cube_meta=meta_for(what), golden_images=images)


def train_one(what, rng, folder):
    """Train for two epochs on 80 examples, from a cube to a run directory."""
    from otrain.data.cubes.datacube import write_cube
    from otrain.workflows.train import train

    images = pixels(what, rng, 80)
    labels = np.arange(80) % len(meta_for(what)["classes"])
    folder.mkdir()
    columns = {"candid": np.array([f"c{n}" for n in range(80)]), "mag": rng.uniform(15, 20, 80)}
    write_cube(folder / "cube.npz", [images], labels=labels, columns=columns, meta=meta_for(what)).close()
    _, run = train(folder / "cube.npz", model_path=folder, model_name="n", epochs=2, batch_size=16,
                   frac=0.2, test_frac=0.2, seed=what["seed"], architecture=what["architecture"],
                   normalise=what["normalise"])
    run.bundle.rename(folder / "bundle")
    run.model_keras.rename(folder / "n.keras")


def compare(folder):
    """Compare Keras as it rounds in this process with the bundle, and replay the bundle."""
    from otrain.bundle.bundle import Bundle
    from otrain.bundle.dropout_head import read_arrays
    from otrain.bundle.export import _check_parity, logit_model
    from otrain.bundle.format import GOLDEN, MODEL
    from otrain.models.load import load_network

    bundle = Bundle.open(folder / "bundle")
    bundle.verify()
    network = logit_model(load_network(folder / "n.keras"))
    images = read_arrays(bundle.content[GOLDEN], GOLDEN, limit=2**30)["images"]
    found = _check_parity(network, bundle.content[MODEL], images)
    others = [one for kind, one in found.items() if kind != "golden"]
    limit = OLD if len(network.output_shape[0]) < 3 else 10 * OLD
    return {"golden": vars(found["golden"]), "old": any(one.logit > limit for one in found.values()),
            "awkward": {name: max(getattr(one, name) for one in others) for name in ("score", "logit")}}


if __name__ == "__main__":
    main()
