"""Load files in a process that watches itself, and say of each what happened.

Run as ``python child.py JOBS OUT``: a JSON list of ``[kind, path]`` comes in, a JSON
list goes out. Python's audit hook sees what is opened, executed, imported and
connected; each file has its own peak of memory.
"""

import contextlib
import faulthandler
import json
import os
import resource
import sys
import sysconfig
import time
from pathlib import Path

FORBIDDEN = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.", "socket.", "urllib.",
             "http.", "ftplib.", "smtplib.", "pickle.find_class", "marshal.load", "ctypes.dlopen", "os.symlink", "os.link",
             "os.chmod", "os.chown", "webbrowser.", "code.__new__", "function.__new__")
CHECK = ["-m", "otrain.data.files.hdf5_check"]
WRITES = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "shutil.")
HERE = [sys.prefix, sys.base_prefix, sysconfig.get_paths()["stdlib"], str(Path(__file__).resolve().parents[2])]


class Watch:
    """An audit hook that remembers what no loader may do while it is `on`."""

    def __init__(self, temporary):
        self.on, self.seen, self.temporary = False, [], temporary
        sys.addaudithook(self)

    def __call__(self, event, arguments):
        if not self.on:
            return
        if event.startswith("socket.") and _is_local(arguments):
            return  # how a worker of ours is started
        if event == "pickle.find_class" and str(arguments[0]).startswith("otrain."):
            return  # how it answers
        if event == "subprocess.Popen" and list(arguments[1])[1:3] == CHECK:
            return  # a child of ours that reads the file first
        if event.startswith(FORBIDDEN):
            self.note(event, arguments)
        elif event == "open":
            self.opened(*arguments)
        elif event.startswith(WRITES):
            # A path that is relative to an open folder: shutil.rmtree in a temporary one; strace sees which.
            inside = str(arguments[0]).startswith(self.temporary) or (type(arguments[-1]) is int and arguments[-1] > 2)
            if not inside:
                self.note(event, arguments)
        elif event in ("exec", "compile"):
            name = getattr(arguments[0], "co_filename", arguments[1] if len(arguments) > 1 else "")
            if not self.is_ours(event, str(name)):
                self.note(event, (name,))
        elif event == "import" and arguments[0] == "hostile.payload":
            self.note(event, arguments)

    def opened(self, path, mode, flags):
        if isinstance(path, int):
            return
        path = os.fsdecode(path) if path is not None else ""
        writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) if isinstance(flags, int) else "w" in str(mode)
        if "/secret/" in path or (writes and not path.startswith((self.temporary, "/dev/null"))):
            self.note("open", (path, mode))

    def is_ours(self, event, name):
        """Tell code of Python, installed packages and otrain from what a file brings along."""
        # Named tuples, data classes and the like compile text of their own.
        if event == "compile" and name == "<unknown>":
            return True  # ast.literal_eval: parsed, not run
        return name in ("<string>", "<frozen importlib._bootstrap>") or name.startswith("<__array_function__") or any(
            name.startswith(place) for place in HERE)

    def note(self, event, arguments):
        self.seen.append(f"{event} {str(arguments)[:200]}")


def _is_local(arguments):
    import socket

    sockets = [part for part in arguments if isinstance(part, socket.socket)]
    return socket.AF_UNIX in arguments or (bool(sockets) and sockets[0].family == socket.AF_UNIX)


def load(kind, path):
    """Take a file the way the commands do."""
    import numpy as np

    if kind == "network":
        from otrain.models.load import load_network

        load_network(path)
    elif kind == "bundle":
        from otrain.workflows.scoring.network import open_network

        network = open_network(path)
        images = np.zeros((1, *network.shape), np.float32)
        network.scores(images)
        if network.manifest["head"] is not None:
            network.uncertainty(images, 2)
    elif kind == "cube":
        from otrain.data.cubes.datacube import open_cube

        with open_cube(path, verified=True) as cube:
            cube.read(np.arange(min(len(cube), 10)))
    elif kind == "candidates":
        from otrain.domains.transients.contents import DOMAIN
        from otrain.domains.transients.inputs import Input
        from otrain.errors import DataError

        outcomes = DOMAIN.source.make_door(DOMAIN.preparation.make_recipe())(Input(path, os.path.basename(path)))
        if rejected := [outcome for outcome in outcomes if hasattr(outcome, "words")]:
            raise DataError(f"{rejected[0].reason}: {rejected[0].words}")
    elif kind == "labels":
        from otrain.domains.labels.classes import read_labels

        read_labels(path)
    elif kind == "mapping":
        from otrain.domains.transients.readers.mapping import load_mapping

        load_mapping(path)
    elif kind == "options":
        import argparse

        from otrain.cli._config import apply_config

        parser = argparse.ArgumentParser()
        parser.add_argument("--config")
        parser.add_argument("--set", action="append", default=[], dest="set_")
        parser.add_argument("--size", type=int, default=3)
        with contextlib.redirect_stderr(None):
            apply_config(parser, ["--config", path])
    elif kind == "scores":
        from otrain.data.tables.read import read_text_table

        read_text_table(path, {"candid": (str, ("candid",)), "score": (float, ("score",))})
    else:
        raise ValueError(kind)


def _peak():
    """Return the peak of resident memory since it was last reset [MiB], or NaN."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
    return float("nan")


def _reset_peak():
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def watched(watch, kind, path):
    """Load one file; return what became of it."""
    from otrain.errors import OtrainError

    _reset_peak()
    print(kind, path, file=sys.stderr, flush=True)
    faulthandler.dump_traceback_later(60, exit=True)
    watch.seen.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    watch.on = True
    try:
        load(kind, path)
        fate, words = "loaded", ""
    except OtrainError as error:
        fate, words = "refused", str(error)
    except SystemExit as error:
        fate, words = "refused", f"exit code {error.code}"
    except BaseException as error:
        fate, words = "leaked", f"{type(error).__name__}: {error}"
    watch.on = False
    faulthandler.cancel_dump_traceback_later()
    return {"kind": kind, "path": path, "fate": fate, "words": words[:600], "events": list(watch.seen),
            "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak": _peak()}


def main(jobs, out):
    """Load every file of a list, after the sound ones that say what is usual."""
    import tempfile

    jobs = json.loads(Path(jobs).read_text())
    resource.setrlimit(resource.RLIMIT_AS, (16 << 30, 16 << 30))  # of the machine that the tests run on
    watch = Watch(os.path.realpath(tempfile.gettempdir()))
    for kind, path in jobs["sound"]:
        load(kind, path)  # whatever is imported on first use is imported now
    with contextlib.suppress(OSError):
        os.stat("/hostile-begins-here")  # a mark for strace
    Path(out).write_text(json.dumps([watched(watch, kind, path) for kind, path in jobs["hostile"]]))


if __name__ == "__main__":
    main(*sys.argv[1:])
