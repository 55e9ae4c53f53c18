"""Real ZTF candidates judge networks trained with and without simulated ones.

Repeated 5-fold cross-validation on 108 triplets labelled by people, and agreement with the survey's
own score (drb, by braai) on 276 alert triplets. Both sets lie beside the project and are never copied
into it; ``--data`` names their folder.
"""

import argparse
import csv
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold

from otrain.catalogue import DOMAINS, SIMULATORS, TASKS
from otrain.data.cubes.datacube import DataCube
from otrain.data.subsets.split import Split

CHANNELS = ["science", "template", "difference"]
META = {"domain": "transients", "task": "classification", "classes": ["bogus", "real"], "channels": CHANNELS}
SENTINEL = 1e30  # a pixel of -3.4e38 is a survey's word for 'no value'
COPIES = 5  # of each labelled candidate beside the many simulated ones


def train(images, labels, rows, validation, *, epochs, seed):
    """Return a function from images to logits: our default network and recipe."""
    import keras

    from otrain.workflows.training.fitting import compute, fit
    from otrain.workflows.training.recipe import Recipe

    cube = DataCube.from_arrays(images, labels, {}, META)
    domain, task = DOMAINS.load("transients"), TASKS.load("classification")
    split = Split(rows, validation, np.array([], int), np.arange(len(images)))
    recipe = Recipe.resolved(examples=len(rows), epochs=epochs, seed=seed, augment=("turns",))
    with compute("auto", seed=seed):
        network, _ = fit(recipe, cube, split, task, channels=[0, 1, 2],
                         augmentations=domain.rules(task.name).changes, on_epoch=lambda *_: None)
    logits = keras.Model(network.inputs[0], network.get_layer("score").input)
    return lambda x: task.decode(logits.predict(x, verbose=0))


def misses_at_one_false_positive(labels, logits):
    """Return how many reals lie at or below the second-highest bogus."""
    bogus = np.sort(logits[labels == 0])
    return int(np.sum(logits[labels == 1] <= bogus[-2]))


METRICS = {
    "accuracy": lambda y, z: np.mean((z > 0) == y),
    "ROC AUC": roc_auc_score,
    "misses at <= 1 FP": misses_at_one_false_positive,
}


def with_interval(metric, labels, runs, *, draws=1000):
    """Return the mean of a metric over runs and its 95 % interval by stratified bootstrap of candidates."""
    rng = np.random.default_rng(0)
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    means = []
    for _ in range(draws):
        rows = np.concatenate([rng.choice(some, len(some)) for some in classes])
        means.append(np.mean([metric(labels[rows], run[rows]) for run in runs]))
    return (np.mean([metric(labels, run) for run in runs]), *np.percentile(means, [2.5, 97.5]))


def cross_validate(images, labels, simulated, *, repeats, epochs):
    """Return one array of out-of-fold logits per repeat."""
    runs = []
    for repeat in range(repeats):
        logits = np.empty(len(labels))
        folds = StratifiedKFold(5, shuffle=True, random_state=repeat).split(images, labels)
        for train_rows, test_rows in folds:
            logits[test_rows] = fold(images, labels, train_rows, simulated, repeat, epochs)(images[test_rows])
        runs.append(logits)
        print(f"  repeat {repeat + 1}/{repeats}: AUC {roc_auc_score(labels, logits):.4f}", flush=True)
    return runs


def fold(images, labels, rows, simulated, seed, epochs):
    rows = np.random.default_rng(seed).permutation(rows)
    validation, training = rows[:len(rows) // 5], rows[len(rows) // 5:]
    if simulated is None:
        return train(images, labels, training, validation, epochs=3 * epochs, seed=seed)
    x, y = np.concatenate([images, simulated[0]]), np.concatenate([labels, simulated[1]])
    theirs = len(images) + np.arange(len(simulated[1]))
    cut = len(theirs) // 10
    return train(x, y, np.concatenate([np.repeat(training, COPIES), theirs[cut:]]),
                 np.concatenate([validation, theirs[:cut]]), epochs=epochs, seed=seed)


def alone(simulated, seed, epochs):
    cut = len(simulated[1]) // 10
    rows = np.arange(len(simulated[1]))
    return train(*simulated, rows[cut:], rows[:cut], epochs=epochs, seed=seed)


def say(title, labels, runs):
    for name, metric in METRICS.items():
        value, low, high = with_interval(metric, labels, runs)
        print(f"{title} | {name} | {value:.4g} | {low:.4g} to {high:.4g} | {len(runs)} x {len(labels)}")


def agreement(triplets, table, networks):
    """Print how often networks agree with drb, asteroids apart: those are real whatever a score says."""
    label = np.array([int(row["label_strict"]) for row in table])
    asteroid = np.array([row["asteroid"] == "True" for row in table])
    runs = [network(triplets) for network in networks]
    judged = (label >= 0) & ~asteroid
    say("agreement with drb/rb, simulation alone", label[judged], [run[judged] for run in runs])
    called = [int(np.sum(run[asteroid] > 0)) for run in runs]
    print(f"asteroids called real | {called} of {asteroid.sum()} (one count per seed)")


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ztf", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/transients"), metavar="DIR")
    parser.add_argument("--simulated", type=int, default=3000, metavar="N", help="of each class")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    args = parser.parse_args(argv)
    if not (args.data / "ztf_labelled_dev.npz").is_file():
        print(f"skipped: {args.data} is absent")
        return
    from otrain.workflows.training.tensorflow import start_tensorflow

    start_tensorflow()
    with np.load(args.data / "ztf_labelled_dev.npz") as file:
        images, labels = file["triplets"], file["labels"].astype(int)
    with np.load(args.data / "ztf_triplets_dev.npz") as file:
        triplets = file["triplets"].copy()
    triplets[np.abs(triplets) > SENTINEL] = np.nan
    with (args.data / "ztf_triplets_dev.csv").open() as file:
        table = list(csv.DictReader(file))
    size = images.shape[1]
    simulated = SIMULATORS.load("transients").simulate(args.simulated, args.simulated, size=size,
                                                       channels="triplet", seed=11)[:2]
    order = np.random.default_rng(0).permutation(len(simulated[1]))
    simulated = simulated[0][order], simulated[1][order].astype(int)
    print("training | metric | value | 95 % interval | repeats x candidates")
    say("four folds alone", labels, cross_validate(images, labels, None, repeats=args.repeats,
                                                   epochs=args.epochs))
    say("four folds + simulation", labels, cross_validate(images, labels, simulated, repeats=args.repeats,
                                                          epochs=args.epochs))
    networks = [alone(simulated, seed, args.epochs) for seed in range(args.repeats)]
    say("simulation alone", labels, [network(images) for network in networks])
    agreement(triplets, table, networks)


if __name__ == "__main__":
    main()
