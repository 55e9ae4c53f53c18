"""Pulses of known width in noise."""

import numpy as np

from otrain.domains.domain import Simulator

__all__ = ["SIMULATOR"]

LENGTH = 64


def simulate(width, noise, rng):
    """Return the voltages of one pulse."""
    time = np.arange(LENGTH) - LENGTH / 2 + rng.uniform(-4, 4)
    return np.exp(-0.5 * (time / width) ** 2) + rng.normal(0, noise, LENGTH)


def check(*, pulses=60, noise=0.05, seed=0, unlabelled=False):
    """Return a request with its defaults."""
    return {"pulses": pulses, "noise": noise, "seed": seed, "unlabelled": unlabelled}


def write(folder, request, *, jobs, update):
    """Write one text file for each pulse."""
    rng = np.random.default_rng(request["seed"])
    for number in range(request["pulses"]):
        width = rng.uniform(1, 9)
        told = "nan" if request["unlabelled"] else f"{width:.4f}"
        volts = "\n".join(f"{volt:.5f}" for volt in simulate(width, request["noise"], rng))
        (folder / f"p{number:04d}.pulse").write_text(f"# p{number:04d} {told}\n{volts}\n")
        update(number + 1, request["pulses"])
    return {"pulse": request["pulses"]}, f"{request['pulses']} pulses"


SIMULATOR = Simulator(simulate=simulate, check=check, write=write)
