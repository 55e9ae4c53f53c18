"""Versions of the packages that have a part in a result."""

import platform
from importlib.metadata import PackageNotFoundError, version

from otrain import __version__

__all__ = ["package_versions"]

PACKAGES = ("keras", "tensorflow", "numpy", "scikit-learn", "onnx", "tf2onnx", "onnxruntime")


def package_versions():
    """Return the versions of what had a part in the result."""
    versions = {"otrain": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
