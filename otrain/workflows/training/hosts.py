"""Training on several hosts: this host's part, in a process of its own on Keras's JAX backend.

Keras takes its backend when it is imported. Calibration, report and export need TensorFlow, so
the process of the command keeps TensorFlow and starts `otrain.workflows.training.host_part`, which
trains and leaves the weights.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from otrain import errors
from otrain.errors import MissingExtraError, ResourceError, UsageError

__all__ = ["Hosts", "fit_on_hosts"]


@dataclasses.dataclass(frozen=True)
class Hosts:
    """The hosts that train together, and which of them this is.

    Parameters
    ----------
    names : tuple of str
        ``host:port`` each; all of them meet at the first.
    index : int
        Place of this host among them.
    """

    names: tuple[str, ...]
    index: int

    @classmethod
    def parsed(cls, text, index, *, batch_size=None, deterministic=False, resume=False):
        """Return the hosts of ``--hosts`` and ``--host-index``; None where there is no `text`.

        Raises
        ------
        UsageError
            If the first has no port, the index is none of theirs, or they cannot do what is asked.
        MissingExtraError
            If JAX is not installed.
        """
        if not text:
            if index:
                raise UsageError("--host-index counts the hosts of --hosts. Give --hosts as well.")
            return None
        names = tuple(name.strip() for name in text.split(","))
        host, _, port = names[0].rpartition(":")
        if not host or not port.isdecimal() or not all(names) or len(set(names)) < len(names):
            raise UsageError("--hosts takes host:port of each host, separated by commas, no two alike. "
                             f"Received: {text!r}")
        if not 0 <= index < len(names):
            raise UsageError(f"--host-index must lie between 0 and {len(names) - 1}. Received: {index}")
        if batch_size is not None and batch_size % len(names):
            raise UsageError(f"--batch-size must be a multiple of the number of hosts, {len(names)}. "
                             f"Received: {batch_size}")
        if deterministic:
            raise UsageError("--deterministic is for one host: the order of sums between hosts is not fixed.")
        if resume:
            raise UsageError("--resume is for one host: a training on several hosts keeps no checkpoints "
                             "before it is complete. Start it again with --overwrite.")
        if find_spec("jax") is None:
            raise MissingExtraError("jax", "hosts")
        return cls(names, index)

    @property
    def leads(self):
        """Whether this host writes the run directory."""
        return self.index == 0


def fit_on_hosts(hosts, recipe, cube, split, task, *, channels, on_epoch, device="auto", keeper=None):
    """Do this host's part of a training; return the network and its history, as `fit` does.

    Parameters
    ----------
    hosts : Hosts
    recipe, cube, split, task, channels, on_epoch
        As for `otrain.workflows.training.fitting.fit`; the same on every host.
    device : {"auto", "cpu", "gpu"}
    keeper : Keeper, optional
        Keeps the network once it is trained; one that it kept before is not trained again.

    Raises
    ------
    UsageError
        If the hosts were asked for different things.
    ResourceError
        If a host did not come, or died.
    """
    if recipe.batch_size % len(hosts.names):
        raise UsageError(f"batches of {recipe.batch_size} cannot be dealt out to {len(hosts.names)} hosts. "
                         "Choose a --batch-size that is a multiple of their number.")
    weights, history = (None, None) if keeper is None else keeper.kept_network()
    if weights is None:
        weights, history = _train(hosts, recipe, cube, split, channels, on_epoch, device)
    from otrain.workflows.training.fitting import build, lesson_of

    usable = dataclasses.replace(recipe, precision="float32")
    network = build(usable, (*cube.shape[:-1], len(channels)),
                    task.head(lesson_of(recipe, cube, split, task)))
    network.set_weights(weights)
    if keeper is not None:
        keeper.keep_network(weights, history)
    return network, history


def _train(hosts, recipe, cube, split, channels, on_epoch, device):
    """Train in the other process; return the weights and the history."""
    with tempfile.TemporaryDirectory(prefix="otrain-host-") as folder:
        folder = Path(folder)
        job = {"hosts": hosts.names, "index": hosts.index, "cube": os.fspath(Path(cube.path).absolute()),
               "identity": cube.identity, "recipe": dataclasses.asdict(recipe), "channels": list(channels)}
        (folder / "job.json").write_text(json.dumps(job))
        np.savez(folder / "split.npz", train=split.train, validation=split.validation)
        history = _run(folder, hosts, on_epoch, device)
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            return [file[str(place)] for place in range(len(file.files))], history


def _run(folder, hosts, on_epoch, device):
    """Run the other process, pass its epochs on; return the history."""
    environment = os.environ | {"KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if device == "cpu":
        environment["JAX_PLATFORMS"] = "cpu"
    ours, theirs = os.pipe()  # not its standard output, on which the collectives report
    try:
        command = [sys.executable, "-m", "otrain.workflows.training.host_part", folder, str(theirs)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, pass_fds=[theirs], env=environment)
    finally:
        os.close(theirs)
    try:
        with open(ours, encoding="utf-8") as epochs:
            for line in epochs:
                on_epoch(*json.loads(line))
        code = process.wait()
    finally:
        process.kill()
        process.wait()
    if (folder / "error.json").is_file():
        kind, message = json.loads((folder / "error.json").read_text())
        raise getattr(errors, kind)(message)
    if code:
        raise ResourceError(f"{hosts.names[hosts.index]}: training on {len(hosts.names)} hosts ended with "
                            f"exit code {code}. A host did not come or died: start all of them again.")
    return json.loads((folder / "history.json").read_text())
