"""Values of flags that several commands take: counts and fractions, with words for wrong ones."""

import math
from argparse import ArgumentTypeError

__all__ = ["add_engine", "add_judged", "add_resume", "count", "fraction", "not_negative", "positive"]


def add_engine(add):
    """Add the flags that say where files are read."""
    add("--engine", choices=("local", "ray"), default="local",
        help="where files are read: workers of this host, or of a Ray cluster (default: local)")
    add("--ray-address", "--ray_address", metavar="ADDRESS",
        help="of a running Ray cluster, or auto (default: one is started on this host)")


def add_judged(parser):
    """Add the flags that name a labelled cube, the network that is judged on it, and the threshold."""
    add = parser.add_argument
    add("--path-cube-validation", "--path_cube_validation", required=True, metavar="CUBE",
        help="data cube with labels, best one that had no part in the training")
    add("--model-path", "--model_path", required=True, metavar="PATH",
        help="run directory, bundle, .keras or .h5")
    add("--threshold", type=float, default=0.5, metavar="P",
        help="score from which a candidate is called real, 0 to 1 (default: 0.5)")


def add_resume(add):
    """Add the flags of a long job that can be continued."""
    add("--resume", action="store_true",
        help="go on where this command was stopped or killed; from the beginning if it never ran")
    add("--checkpoint-every", "--checkpoint_every", type=not_negative, default=30.0, metavar="SECONDS",
        help="work between two checkpoints, which is what a kill can lose (default: 30)")


def count(text):
    """Return a whole number from 0."""
    return _number(text, int, lambda value: value >= 0, "a whole number from 0")


def positive(text):
    """Return a whole number from 1."""
    return _number(text, int, lambda value: value >= 1, "a whole number from 1")


def fraction(text):
    """Return a number from 0 to below 1."""
    return _number(text, float, lambda value: 0 <= value < 1, "a number from 0 to below 1")


def not_negative(text):
    """Return a finite number from 0."""
    return _number(text, float, lambda value: 0 <= value < math.inf, "a finite number, not negative")


def _number(text, kind, good, words):
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not good(value):
        raise ArgumentTypeError(f"must be {words}. Received: {text!r}")
    return value
