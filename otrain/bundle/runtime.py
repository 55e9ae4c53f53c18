"""ONNX Runtime, imported with its reports to its makers switched off."""

import os
import platform
from importlib.util import find_spec
from pathlib import Path

__all__ = ["import_runtime", "runtime_identity"]


def import_runtime():
    """Return the module `onnxruntime`.

    From 1.31 on it keeps a device number and a database in the cache folder and sends events
    to a server, from the moment of its import, unless the environment forbids it.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def runtime_identity():
    """Return a text that another release of ONNX Runtime or kind of processor changes, without importing it.

    Home folders are shared by machines, and each kind of processor has its own instructions.
    """
    found = find_spec("onnxruntime")
    if found is None:
        return "absent"
    installed = Path(found.origin).parents[1]
    return " ".join([*sorted(entry.name for entry in installed.glob("onnxruntime*-info")), *_processor()])


def _processor():
    """Return the kind of processor and its instructions, each as a line of text."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            lines = {line.partition(":")[0].strip(): line for line in file}
    except OSError:  # no Linux
        return [platform.machine(), platform.processor()]
    known = ("model name", "flags", "Features")
    return [platform.machine(), *(lines[key].strip() for key in known if key in lines)]
