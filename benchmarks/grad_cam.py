"""Heat maps: maps and figures per second against a loop, and whether the heat lies on the artefact.

Run it as ``python -m benchmarks grad_cam``. The loop is O'TRAIN's manner: one tape and one
matplotlib figure per map. The second part simulates candidates (or takes a run directory
by ``--model``), trains a compact network for a few epochs, and looks for the heat of bogus it has not
seen: in the cutout as it is (the artefact in the centre), and in cutouts cut around another
point. Controls: the same network with shuffled weights, and the place of another candidate.
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

from benchmarks._table import Row
from benchmarks.convert import environment

SIDE, MARGIN = 63, 14  # pixel; side of the cutouts, largest shift of the artefact
RADIUS = 8  # pixel; heat within it lies on the artefact
COMPACT_KINDS = ("dipole", "kernel-ring", "bright-core", "host-residual", "cosmic-ray", "hot-pixel")


def loop_map(model, layer, image, towards):
    """One heat map with a tape of its own, as O'TRAIN made it (its graph built once)."""
    import tensorflow as tf

    with tf.GradientTape() as tape:
        maps, scores = model(image[None])
        score = scores[:, -1] if towards else 1 - scores[:, -1]
    weights = tf.reduce_mean(tape.gradient(score, maps), axis=(0, 1, 2))
    heat = tf.maximum(tf.reduce_sum(maps[0] * weights, axis=-1), 0)
    return (heat / (tf.reduce_max(heat) + 1e-12)).numpy()


def loop_figure(path, image, heat, title):
    """One matplotlib figure per map."""
    import cv2
    from astropy.visualization import ImageNormalize, LinearStretch, ZScaleInterval
    from matplotlib import pyplot as plt

    plt.figure()
    norm = ImageNormalize(image, interval=ZScaleInterval(), stretch=LinearStretch())
    plt.imshow(image, cmap="gray", norm=norm)
    plt.imshow(cv2.resize(heat, image.shape), cmap="jet", alpha=0.5)
    plt.title(title)
    plt.savefig(path)
    plt.close()


def timings(name, count, repeats, folder):
    """Return seconds per map and per figure, ours and those of the loop, taken in turn, and the network."""
    import keras

    from otrain.catalogue import MODELS
    from otrain.explain.explain import explain
    from otrain.explain.network import CutNetwork
    from otrain.models.ports import InputSpec, OutputSpec
    from otrain.plots.heat_maps import write_overlays

    model = MODELS.load(name)([InputSpec("cutout", (SIDE, SIDE, 1))], OutputSpec(1, "sigmoid"), seed=0)
    network = CutNetwork(model)
    images = np.random.default_rng(0).normal(size=(count, SIDE, SIDE, 1)).astype(np.float32)
    towards, titles = np.arange(count) % 2, ["candidate   18.20 +/- 0.05 mag   score 0.998"] * count
    both = keras.Model(model.inputs[0], [model.get_layer(network.layer).output, model.output])
    few = max(10, count // 50)
    explain(network, images[:network.batch], towards[:network.batch])  # places of the maps, warm-up
    loop_map(both, network.layer, images[0], 1)
    loop_figure(folder / "warm.png", images[0, ..., 0], np.ones((SIDE, SIDE)), titles[0])
    seconds = {"maps": [], "figures": [], "loop maps": [], "loop figures": []}

    def timed(key, per, work):
        start = time.perf_counter()
        value = work()
        seconds[key].append((time.perf_counter() - start) / per)
        return value

    def loop_figures(heat):
        for i in range(few):
            loop_figure(folder / f"{i}.png", images[i, ..., 0], heat[i], titles[i])

    for _ in range(repeats):
        heat = timed("maps", count, lambda: explain(network, images, towards))
        timed("figures", count, lambda heat=heat: write_overlays(folder / "ours", images, heat, titles))
        slow = timed("loop maps", few, lambda: [loop_map(both, network.layer, images[i], towards[i])
                                                for i in range(few)])
        timed("loop figures", few, lambda slow=slow: loop_figures(slow))
    seconds["both"], seconds["loop both"] = (
        [a + b for a, b in zip(seconds[f"{who}maps"], seconds[f"{who}figures"], strict=True)]
        for who in ("", "loop "))
    return seconds, network


def speed(name, count, repeats, folder):
    """Print milliseconds per map and per figure, and the ratios."""
    seconds, network = timings(name, count, repeats, folder)
    print(f"{name}, {count} cutouts of {SIDE}x{SIDE} (loop: a fiftieth), layer {network.layer}, "
          f"maps {network.map_shape}, median of {repeats}")
    for key in ("maps", "figures", "both"):
        ours, loop = (statistics.median(seconds[k]) * 1e3 for k in (key, f"loop {key}"))
        ratios = [b / a for a, b in zip(seconds[key], seconds[f"loop {key}"], strict=True)]
        print(f"  {key:8}{ours:8.2f} ms each{loop:9.1f} ms in the loop   "
              f"ratio {statistics.median(ratios):.0f} ({min(ratios):.0f} to {max(ratios):.0f})", flush=True)


def rows(folder, *, quick):
    """Yield the rows of the one table; in a process of its own, whose memory is gone afterwards."""
    count = 200 if quick else 1000
    code = ("import sys, json, pathlib, matplotlib; matplotlib.use('agg'); import benchmarks.grad_cam as b; "
            "print(json.dumps(b.timings(sys.argv[1], int(sys.argv[2]), 3, pathlib.Path(sys.argv[3]))[0]))")
    for name in ("otrain-cnn", "compact"):
        done = subprocess.run([sys.executable, "-c", code, name, str(count), folder], check=True,
                              capture_output=True, text=True, env=environment())
        seconds = json.loads(done.stdout.splitlines()[-1])
        for key, words in (("maps", "maps"), ("both", "maps and figures")):
            slow, ours = ([1e3 * value for value in seconds[part]] for part in (f"loop {key}", key))
            yield Row(f"Grad-CAM, {count:,} {words} of `{name}`, each", slow, ours, "20", "ms")


def trained(folder, count, epochs):
    """Train a compact network on simulated candidates and return its file."""
    from otrain.data.cubes.datacube import write_cube
    from otrain.domains.transients.simulators.candidates import simulate_candidates
    from otrain.workflows.train import train

    images, labels, columns = simulate_candidates(count // 2, count // 2, size=SIDE, seed=1)
    meta = {"channels": ["difference"], "classes": ["bogus", "real"], "recipe": {
        "kind": "cutout", "size": SIDE, "channels": ["difference"], "pad": False, "nonfinite": "fill"}}
    write_cube(folder / "cube.npz", [images], labels=labels, columns=columns, meta=meta).close()
    report, run = train(folder / "cube.npz", model_path=folder, epochs=epochs, augment=("turns",))
    accuracy = report["metrics"]["test"]["accuracy"]
    print(f"compact network, {count} simulated candidates, {epochs} epochs: test accuracy "
          f"{accuracy['value']:.3f} ({accuracy['low']:.3f} to {accuracy['high']:.3f})", flush=True)
    return run.model_keras


def on_artefact(network, method, count, channels, seed=2):
    """Print how often the heat of bogus lies on the artefact, and how often that of controls does."""
    from otrain.domains.transients.simulators.candidates import simulate_candidates
    from otrain.explain.explain import explain
    from otrain.explain.faithfulness import shuffled_weights

    large, _, _ = simulate_candidates(0, count, size=SIDE + 2 * (MARGIN + 1), channels=channels, seed=seed,
                                      kinds=COMPACT_KINDS)
    shifts = np.random.default_rng(seed).integers(-MARGIN, MARGIN + 1, (count, 2))
    for title, at in (("in the centre", 0 * shifts), (f"up to {MARGIN} pixel away", shifts)):
        images = np.stack([image[MARGIN + 1 - dy:, MARGIN + 1 - dx:][:SIDE, :SIDE]
                           for image, (dy, dx) in zip(large, at, strict=True)])
        called = network.scores(images, np.zeros(count, int)) > 0.5
        images, at, towards = images[called], at[called], np.zeros(called.sum(), int)
        maps = explain(network, images, towards, method=method)
        print(f"  {method}, artefact {title}, {len(at)} of {count} called bogus", flush=True)
        rate(f"more heat than by chance within {RADIUS} pixel of it", near(maps, at) > 1)
        with shuffled_weights(network, seed=seed):
            others = explain(network, images, towards, method=method)
        rate("the same of the network with shuffled weights", near(others, at) > 1)
        if at.any():
            elsewhere = near(maps, np.roll(at, 1, axis=0))
            rate("more heat there than where the next cutout has its artefact", near(maps, at) > elsewhere)


def near(maps, places):
    """Return the mean heat near a place of each cutout, in units of the mean over the cutout; 1 is chance."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    inside = ((y - places[:, 0, None, None]) ** 2 + (x - places[:, 1, None, None]) ** 2) <= RADIUS**2
    mean = (maps * inside).sum(axis=(1, 2)) / inside.sum(axis=(1, 2))
    return mean / np.maximum(maps.mean(axis=(1, 2)), 1e-30)


def rate(words, hits):
    from otrain.evaluation.intervals import wilson_interval

    low, high = wilson_interval(hits.sum(), len(hits))
    print(f"    {words}: {hits.mean():.2f} (95 %: {low:.2f} to {high:.2f})", flush=True)


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cutouts", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--train", type=int, default=4000, help="simulated candidates to train on")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--bogus", type=int, default=500, help="on which the heat is judged")
    parser.add_argument("--model", type=Path, help="file of a trained network instead of training one")
    parser.add_argument("--methods", nargs="+", default=["grad-cam", "grad-cam++", "saliency"])
    parser.add_argument("--layer")
    args = parser.parse_args(argv)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import matplotlib

    from otrain.explain.network import CutNetwork
    from otrain.models.load import load_network

    matplotlib.use("agg")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("otrain-cnn", "compact") if args.cutouts else ():
            speed(name, args.cutouts, args.repeats, folder)
        network = CutNetwork(load_network(args.model or trained(folder, args.train, args.epochs)), args.layer)
        channels = {1: "difference", 3: "triplet"}[network.image_shape[-1]]
        print(f"layer {network.layer}, maps {network.map_shape}")
        for method in args.methods:
            on_artefact(network, method, args.bogus, channels)


if __name__ == "__main__":
    main()
