"""The TOML of CosmoSim as values for otrain-simulate."""

import os

__all__ = ["translate"]


def translate(tables, path):
    """Return what the simulator takes of a file: its tables, and where pictures that it names lie."""
    return {"toml": tables, "folder": os.path.dirname(path) or "."}, ()
