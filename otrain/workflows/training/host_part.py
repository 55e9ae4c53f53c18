"""One host's part of a training on several hosts; a program that `otrain.workflows.training.hosts` starts.

Must be started with ``KERAS_BACKEND=jax``. Every host holds all weights, reads its part of
every batch, and the sums of the gradients meet (`keras.distribution.DataParallel`), so
that all make the same step.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from otrain import errors
from otrain.catalogue import DOMAINS, TASKS
from otrain.data.cubes.datacube import open_cube
from otrain.data.subsets.split import Split
from otrain.errors import OtrainError, UsageError
from otrain.workflows.training.tensorflow import start_tensorflow

__all__ = ["main"]


def main(folder, report):
    """Train as ``job.json`` of a folder says; leave ``weights.npz`` and ``history.json`` there.

    Parameters
    ----------
    folder : path-like
    report : int
        Descriptor that gets ``[epoch, epochs, logs]`` as one line after every epoch.
    """
    folder = Path(folder)
    job = json.loads((folder / "job.json").read_text())
    try:
        with open(report, "w", encoding="utf-8") as epochs:
            weights, history = _train(job, folder / "split.npz",
                                      lambda *done: print(json.dumps(done), file=epochs, flush=True))
    except OtrainError as error:
        kind = type(error).__name__ if hasattr(errors, type(error).__name__) else "UsageError"
        (folder / "error.json").write_text(json.dumps([kind, str(error)]))
        raise SystemExit(error.exit_code) from None
    np.savez(folder / "weights.npz", **{str(place): weight for place, weight in enumerate(weights)})
    (folder / "history.json").write_text(json.dumps(history))


def _train(job, split_file, on_epoch):
    """Meet the other hosts and train; return the weights and the history of the epochs."""
    start_tensorflow()  # for the feed alone
    import tensorflow as tf

    tf.config.set_visible_devices([], "GPU")
    _meet(job)
    import keras

    from otrain.workflows.training.fitting import fit
    from otrain.workflows.training.recipe import Recipe

    devices = keras.distribution.list_devices()
    keras.distribution.set_distribution(
        keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False))
    recipe = Recipe(**{name: tuple(value) if isinstance(value, list) else value
                       for name, value in job["recipe"].items()})
    keras.utils.set_random_seed(recipe.seed)
    with np.load(split_file, allow_pickle=False) as rows, open_cube(job["cube"]) as cube:
        split = Split(rows["train"], rows["validation"], np.empty(0, int), np.empty(0, int))
        _require_agreement(job, cube, split)
        network, history = fit(
            recipe, cube, split, TASKS.load(cube.meta["task"]), channels=job["channels"],
            augmentations=DOMAINS.load(cube.meta["domain"]).rules(cube.meta["task"]).changes,
            on_epoch=on_epoch, share=(job["index"], len(job["hosts"])))
        return network.get_weights(), history


def _meet(job):
    """Wait for the other hosts at the first of them."""
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(job["hosts"][0], num_processes=len(job["hosts"]), process_id=job["index"])


def _require_agreement(job, cube, split):
    """Refuse to train where two hosts have another cube, recipe or split."""
    from jax.experimental.multihost_utils import process_allgather

    essence = json.dumps([job["hosts"], job["recipe"], job["channels"], cube.identity], sort_keys=True)
    digest = hashlib.sha256(essence.encode())
    digest.update(split.train.astype("<i8").tobytes() + split.validation.astype("<i8").tobytes())
    found = np.asarray(process_allgather(np.frombuffer(digest.digest(), np.uint8)))
    found = found.reshape(len(job["hosts"]), -1)
    other = np.flatnonzero((found != found[0]).any(axis=1))
    if len(other):
        raise UsageError(f"{job['hosts'][other[0]]} was asked for something else than {job['hosts'][0]}: "
                         "cube, recipe and split must be the same. Start every host with the same command.")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
