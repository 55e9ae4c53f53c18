"""The configuration files of an older pulse generator."""

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["translate"]

KEYS = {"how-many": "pulses", "rms": "noise"}


def translate(tables, path):
    """Return the values of flags that a file asks for, and what has to be said of it."""
    asked = tables["generator"]
    for key in asked:
        if key not in KEYS:
            raise UsageError(f"{path}: unknown key {key!r} in [generator].{nearest(key, KEYS)}")
    return {KEYS[key]: value for key, value in asked.items()}, [f"{len(asked)} keys of the older generator"]
