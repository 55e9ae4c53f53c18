"""One run of a study of the number of labels: train, and ask about the training and the test subset."""

import time

import keras

from otrain.data.files.atomic import atomic_folder
from otrain.workflows.training.fitting import compute, fit, logits_of

__all__ = ["train_once"]


def train_once(recipe, cube, split, domain, task, *, channels, device="auto", keep=None,
               keeper=None):
    """Train one network and return what it says about its training and its test subset.

    Parameters
    ----------
    recipe : Recipe
    cube : DataCube
    split : Split
    domain : Domain
    task : ClassificationTask
    channels : sequence of int
    device : {"auto", "cpu", "gpu"}
    keep : Path, optional
        ``.keras`` file to write the network to, in a folder of its own.
    keeper : Keeper, optional
        As for `fit`.

    Returns
    -------
    training, test : ndarray
        Raw replies of ``split.train`` and ``split.test``, in their order.
    facts : dict
        ``epochs``, ``seconds`` of the training.
    """
    # Dozens of networks in one process: what is left of the last one goes first.
    keras.utils.clear_session()
    start = time.perf_counter()
    with compute(device, seed=recipe.seed):
        network, history = fit(recipe, cube, split, task, channels=channels,
                               augmentations=domain.rules(task.name).changes,
                               on_epoch=lambda *logs: None, keeper=keeper)
    seconds = time.perf_counter() - start if keeper is None else keeper.seconds
    if keep is not None:
        # Keras insists on the ending, so the folder is what has a temporary name.
        with atomic_folder(keep.parent, overwrite=True) as folder:
            network.save(folder / keep.name)
    training, test = (logits_of(network, cube, rows, task, channels=channels)
                      for rows in (split.train, split.test))
    return training, test, {"epochs": len(history["loss"]), "seconds": round(seconds, 2)}
