"""Commands that are killed with ``kill -9`` at random instants or chosen calls and run again until they end.

Used by the tests and by ``python -m benchmarks kills``. A command is run where nothing is, or over an older
result (``--overwrite``). After every kill each file at a final name must be the older one or the new one, never
a part, and never files of both beside each other, unless they say so themselves.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["JOBS", "Campaign", "Job", "prepare"]

LIMIT = 1800  # s for one process, which may share its processor with many
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "1700000000", "TF_CPP_MIN_LOG_LEVEL": "3"}
# Run by Python at its start, in every process of a command; the command itself dies, before or after a call.
DYING = """
import ctypes, os, signal
if os.environ.get("KILLS_PARENT") == str(os.getppid()):
    left, after = [int(os.environ["KILLS_COUNT"])], os.environ["KILLS_AFTER"] == "1"
    names = os.environ["KILLS_CALLS"].split(",")
    log = os.environ.get("KILLS_LOG")
    def dying(name, call):
        def wrapped(*arguments, **options):
            if name not in names:
                return call(*arguments, **options)
            if log:
                with open(log, "a") as file:
                    file.write(name + "\\n")
            left[0] -= 1
            given = call(*arguments, **options) if after or left[0] else None
            if left[0] == 0:
                os.killpg(0, signal.SIGKILL) if os.environ["KILLS_GROUP"] == "1" else os.kill(os.getpid(), signal.SIGKILL)
            return given
        return wrapped
    for name in ("replace", "rename", "link", "unlink", "mkdir", "rmdir", "truncate", "fsync", "setxattr"):
        setattr(os, name, dying(name, getattr(os, name)))
    class Exchange:  # the call of renameat2, which goes through ctypes
        def __init__(self, function):
            self.__dict__["function"] = function
        def __setattr__(self, name, value):
            setattr(self.function, name, value)
        def __call__(self, *arguments):
            return dying("renameat2", self.function)(*arguments)
    class Library(ctypes.CDLL):
        def __getattr__(self, name):
            function = super().__getattr__(name)
            return Exchange(function) if name == "renameat2" else function
    ctypes.CDLL = Library
"""
NAMES = ("replace", "rename", "link", "unlink", "mkdir", "rmdir", "truncate", "setxattr", "renameat2")
ALL = (*NAMES, "fsync")


def bytes_of(folder):
    """Every file by name, hidden ones too, but for locks: a killed process leaves its own, which nobody holds."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".lock"}


def training_of(folder):
    """What a training must give again: weights, history but for seconds, scores, and no hidden file."""
    import h5py

    run = folder / "run"
    found = {"names": sorted(path.name for path in folder.iterdir())}
    with h5py.File(run / "run.h5", "r") as file:
        def take(name, item):
            if isinstance(item, h5py.Dataset):
                found[name] = (item.dtype.str, item[()].tobytes())

        file["model_weights"].visititems(take)
    rows = [line.split(",") for line in (run / "history.csv").read_text().splitlines()]
    found["history"] = [row[:rows[0].index("seconds")] for row in rows]
    with np.load(run / "predictions" / "predictions.npz", allow_pickle=False) as arrays:
        found |= {name: arrays[name].tobytes() for name in arrays.files if name != "meta"}
    found["metrics"] = json.loads((run / "report.json").read_text())["metrics"]
    return found


def study_of(folder):
    """What a study of sizes must give again: all but the seconds that its trainings took."""
    found = bytes_of(folder)
    for name in [name for name in found if name.endswith("runs.jsonl")]:
        records = [json.loads(line) for line in found[name].splitlines()]
        found[name] = json.dumps([{key: value for key, value in record.items() if key != "seconds"}
                                  for record in records], sort_keys=True).encode()
    for name in [name for name in found if name.endswith("_dataset_size.ecsv")]:
        head, *rows = [line for line in found[name].decode().splitlines() if not line.startswith("#")]
        place = head.split().index("seconds")
        found[name] = "\n".join(" ".join(cell for index, cell in enumerate(row.split()) if index != place)
                                for row in rows).encode()
    return found


def cube_told(folder):
    """Files beside the cube that say that they are of another one."""
    from otrain.data.cubes.datacube import open_cube
    from otrain.data.cubes.sidecars import foreign_sidecars

    if not (folder / "night.npz").exists():
        return set()
    with open_cube(folder / "night.npz") as cube:
        return set(foreign_sidecars(cube))


def table_told(folder):
    """Files beside the table that say that they are of another one."""
    from otrain.data.results.side_files import foreign_side_files

    table = folder / "night.ecsv"
    return set(foreign_side_files(table, ["night.ecsv.quarantine.ecsv"])) if table.exists() else set()


@dataclass(frozen=True)
class Job:
    """A command and what it leaves.

    Parameters
    ----------
    words : tuple of str
        After ``python -m``; run in a folder of its own.
    outputs : str
        Folder, below that one, of what is compared.
    content : callable
        ``content(folder)`` of what must be the same.
    older : tuple of str
        Further words that give another result, the one that is replaced.
    waits_for : str
        Pattern of a file that shows that the work itself has begun; empty: there is none.
    again : tuple of str
        Further words after a kill; empty: the command has no ``--resume``.
    told : callable
        ``told(folder)``: files that say that they are not of what they lie beside.
    growing : tuple of str
        First parts of names of files that grow while the command works.
    """

    words: tuple
    outputs: str
    content: callable
    older: tuple
    waits_for: str = ""
    again: tuple = ()
    told: callable = lambda folder: set()
    growing: tuple = ()


RESUME = ("--resume",)
JOBS = {
    "convert": Job(("otrain.cli.convert", "--cutouts", "night", "--checkpoint-every", "0", "--jobs", "2",
                    "--frac-true", "0.4", "--seed", "0"), "datacube", bytes_of, ("--seed", "1"), again=RESUME, told=cube_told),
    "infer": Job(("otrain.cli.infer", "--cutouts", "night", "--model", "bundle", "--checkpoint-every", "0",
                  "--jobs", "2", "--format", "ecsv", "--out", "scores/night.ecsv"), "scores", bytes_of,
                 ("--threshold", "0.7"), again=RESUME, told=table_told),
    "simulate": Job(("otrain.cli.simulate", "transients", "--real", "15", "--bogus", "15", "--out", "made/night", "--seed", "0"),
                    "made", bytes_of, ("--seed", "1"), waits_for="made/.night.tmp-*"),
    "diagnostics": Job(("otrain.cli.diagnostics", "--cube", "judged.npz", "--model", "bundle", "--out", "judged/d"),
                       "judged", bytes_of, ("--threshold", "0.7"), waits_for="judged/.d.tmp-*"),
    "plot-results": Job(("otrain.cli.plot_results", "--cube", "judged.npz", "--model", "bundle", "--out", "drawn/p"),
                        "drawn", bytes_of, ("--bins", "2"), waits_for="drawn/.p.tmp-*"),
    "train": Job(("otrain.cli.train", "--cube", "night.npz", "--model-name", "run", "--deterministic",
                  "--checkpoint-every", "0", "--epochs", "6", "--batch-size", "16", "--architecture", "otrain-cnn",
                  "--dropout", "0.3", "--patience", "5", "--scheduler", "plateau"),
                 "CNN_training", training_of, ("--seed", "1"), waits_for="CNN_training/.run.checkpoint/state-*",
                 again=RESUME),
    "grad-cam": Job(("otrain.cli.grad_cam", "--cube", "night.npz", "--model", "trained/run", "--out", "heat",
                     "--n_random", "2"), "heat", bytes_of, ("--threshold", "0.7"), waits_for="heat/.grad_cam.tmp-*"),
    "optimise-dataset-size": Job(("otrain.cli.optimise_dataset_size", "--cube", "night.npz", "--out", "sizes", "--epochs",
                                  "2", "--n_sections", "3", "--test-frac", "0.3"), "sizes", study_of, ("--epochs", "1"),
                                 waits_for="sizes/runs/*", again=RESUME, growing=("runs",)),
}


def prepare(folder, files, *, network=False):
    """Write cutouts of 16x16 pixel, some of them broken, a network, cubes of 100 and 60 stars.

    Parameters
    ----------
    folder : Path
    files : int
        Number of cutouts.
    network : bool
        Whether a network is trained too, for those that need one of Keras.
    """
    from astropy.io import fits
    from handmade import write_network

    rng = np.random.default_rng(3)
    for number in range(files):
        path = folder / "night" / ("true" if number % 2 else "false") / f"c{number:05d}.fits"
        path.parent.mkdir(parents=True, exist_ok=True)
        header = fits.Header({"CANDID": f"c{number}", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0,
                              "EDGE": "False"})
        side = 9 if number % 40 == 7 else 16
        fits.PrimaryHDU(rng.normal(size=(side, side)).astype("f4"), header).writeto(path)
        if number % 40 in (7, 33):
            path.write_bytes(path.read_bytes()[:3000])
    write_network(folder / "bundle", 16)
    _write_cube(folder / "night.npz", rng, 100, side=12, bright=2)
    _write_cube(folder / "judged.npz", rng, 60, side=16, bright=6)
    if network:
        words = ("--cube", "night.npz", "--model-name", "run", "--epochs", "2", "--architecture", "otrain-cnn")
        subprocess.run([sys.executable, "-m", "otrain.cli.train", *words, "--model-path", "made"], cwd=folder,
                       env={**os.environ, **ENVIRONMENT}, check=True, stdout=subprocess.DEVNULL)
        (folder / "made" / "CNN_training").rename(folder / "trained")
        (folder / "made").rmdir()


def _write_cube(path, rng, count, *, side, bright):
    from otrain.data.cubes.datacube import write_cube

    labels = np.arange(count) % 2
    images = rng.normal(size=(count, side, side, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += bright
    names = np.array([f"c{n}" for n in range(count)])
    columns = {"candid": names, "file": names, "mag": rng.uniform(15, 21, count)}
    meta = {"channels": ["difference"], "classes": ["bogus", "real"],
            "recipe": {"kind": "cutout", "size": side, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(path, [images], labels=labels, columns=columns, meta=meta).close()


class Campaign:
    """Kills of one job, whose results are known.

    Parameters
    ----------
    job : Job
    source, folder : Path
        Inputs, and an empty place for the outputs.
    rng : numpy.random.Generator
        Of instants and calls.
    overwrite : bool
        Whether an older result is replaced.

    Attributes
    ----------
    expected, older : dict
        What a run that was never killed gives, and what was there before.
    seconds : float
        From the first sign of work to the end.
    calls : dict of str to int
        How many renames, links, removals ... it makes, and how many of these and of fsync.
    found : Counter
        ``kills``, ``at calls`` and ``of the group`` of them, ``partial`` (a file at its final name that is neither
        the older nor the new one, right after a kill), ``mixed`` (files of both that do not say so), ``different``
        (from a run that was never killed, in the end), ``failures``, ``all was written`` (a kill came too late),
        ``slowest`` (time from the signal to the end [ms]).
    """

    def __init__(self, job, source, folder, rng, *, overwrite=False):
        self.job, self.source, self.folder, self.rng = job, source, folder, rng
        self.found, self._number, self._flags = Counter(), 0, ("--overwrite",) if overwrite else ()
        (folder / "injected").mkdir(parents=True)
        (folder / "injected" / "sitecustomize.py").write_text(DYING)
        self.older, self._template = {}, None
        if overwrite:
            self._template = folder / "older"
            self._end(self._start(self._template, *job.older), (0, 3))
            self.older = job.content(self._template / job.outputs)
        self._measure()

    def _measure(self):
        """Run the command without a kill: what it gives, how long it takes, and which calls it makes."""
        whole, log = self._place("whole"), self.folder / "calls"
        process = self._start(whole, *self._flags, calls={"KILLS_COUNT": "0", "KILLS_LOG": str(log)})
        self._wait_for_work(whole, process)
        begun = time.monotonic()
        self._end(process, (0, 3))
        self.seconds = time.monotonic() - begun
        self.expected = self.job.content(whole / self.job.outputs)
        made = Counter(log.read_text().split())
        self.calls = {"names": sum(made[name] for name in NAMES), "all": made.total()}
        if self.expected == self.older:
            raise AssertionError("the older result is no other one")

    def run(self, kills, *, at_calls=False, number=signal.SIGKILL):
        """Kill the command up to `kills` times, let it end, and compare what it gives.

        Parameters
        ----------
        kills : int
            Fewer if the command ends before.
        at_calls : bool
            Before or after chosen calls instead of at random instants, half of them with the process group.
        number : signal.Signals
            At random instants; SIGTERM must end the command with exit code 143, or before it has begun.
        """
        place, before, ended = self._place(f"after{self._number}"), self.found["kills"], False
        self._number += 1
        while self.found["kills"] - before < kills:
            again = self.job.again if self.found["kills"] > before else ()
            ended = self._kill_at_call(place, again) if at_calls else self._kill(place, again, number)
            if ended:
                break
        if ended or self._finish(place):
            self._compare(place)

    def _finish(self, place):
        """Let a command that was killed end; tell whether it does."""
        code, said = self._end(self._start(place, *self._flags, *self.job.again))
        if code == 2 and self.job.again and self._flags:  # what lies there is still the older one
            code, said = self._end(self._start(place, *self._flags))
        if code == 5 and "already" in said and not self._flags:
            self.found["all was written"] += 1
        elif code not in (0, 3):
            self.found["failures"] += 1
            print(place, code, said, file=sys.stderr)
            return False
        return True

    def _compare(self, place):
        """Compare what there is in the end with what a run gives that was never killed."""
        given = self.job.content(place / self.job.outputs)
        if given != self.expected:
            self.found["different"] += 1
            names = [name for name in sorted(given.keys() | self.expected.keys())
                     if given.get(name) != self.expected.get(name)]
            print(f"{place}: {', '.join(names)} differ from those of a run that was never killed", file=sys.stderr)
        else:
            shutil.rmtree(place)

    def _kill(self, place, again, number):
        """Kill at a random instant; tell whether the command has ended before."""
        process = self._start(place, *self._flags, *again)
        early = self.rng.random() < 0.1 or number != signal.SIGKILL
        if not early:
            self._wait_for_work(place, process)
        try:
            process.wait(self.rng.uniform(0, self.seconds if self.job.waits_for else 1.05 * self.seconds))
            return self._has_ended(place, process)
        except subprocess.TimeoutExpired:
            pass
        begun = time.monotonic()
        process.send_signal(number)
        code, said = self._end(process)
        self.found["slowest"] = max(self.found["slowest"], round(1000 * (time.monotonic() - begun)))
        if code not in (-number, 143 if number == signal.SIGTERM else -number, 0, 3, 5):
            self.found["failures"] += 1
            print(place, code, said, file=sys.stderr)
        self.found["kills"] += 1
        self._look(place)
        return False

    def _kill_at_call(self, place, again):
        """Kill before or after a chosen call; tell whether the command has ended before."""
        kind = "names" if self.rng.random() < 0.7 else "all"
        group = self.rng.random() < 0.5
        process = self._start(place, *self._flags, *again, calls={
            "KILLS_COUNT": str(self.rng.integers(1, self.calls[kind] + 1)), "KILLS_AFTER": str(self.rng.integers(2)),
            "KILLS_GROUP": str(int(group)), "KILLS_CALLS": ",".join(NAMES if kind == "names" else ALL)})
        process.wait(LIMIT)
        if process.returncode != -signal.SIGKILL:
            return self._has_ended(place, process)
        process.stderr.close()
        self.found["kills"] += 1
        self.found["at calls"] += 1
        self.found["of the group"] += group
        self._look(place)
        return False

    def _has_ended(self, place, process):
        """Take the end of a command that was not killed; tell whether its result is there."""
        code, said = self._end(process)
        if code == 2 and self.job.again and self._flags:  # what lies there is still the older one
            return self._finish(place)
        if code not in (0, 3) and not (code == 5 and "already" in said):
            self.found["failures"] += 1
            print(place, code, said, file=sys.stderr)
        return True

    def _place(self, name):
        """Return a new folder, with the older result where there is one."""
        place = self.folder / name
        if self._template is not None:
            shutil.copytree(self._template, place, symlinks=True)
        return place

    def _start(self, place, *more, calls=None):
        place.mkdir(exist_ok=True)
        (place / self.job.outputs).mkdir(exist_ok=True)  # a table goes only where a folder is
        environment = {**os.environ, **ENVIRONMENT}
        if calls is not None:
            paths = [str(self.folder / "injected"), environment.get("PYTHONPATH", "")]
            environment |= {"KILLS_AFTER": "0", "KILLS_GROUP": "0", "KILLS_CALLS": ",".join(ALL), **calls,
                            "KILLS_PARENT": str(os.getpid()), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        for path in self.source.iterdir():
            if not (place / path.name).exists():
                (place / path.name).symlink_to(path)
        self._before = self._age(place)
        return subprocess.Popen([sys.executable, "-m", *self.job.words, *more], cwd=place, stderr=subprocess.PIPE,
                                stdout=subprocess.DEVNULL, text=True, env=environment, start_new_session=True)

    def _end(self, process, codes=None):
        """Wait for the end; return the exit code and what was said."""
        said = process.communicate(timeout=LIMIT)[1]
        if codes is not None and process.returncode not in codes:
            raise AssertionError(f"exit code {process.returncode}: {said}")
        return process.returncode, said

    def _wait_for_work(self, place, process):
        deadline = time.monotonic() + LIMIT
        while (self.job.waits_for and process.poll() is None and self._age(place) == self._before
               and time.monotonic() < deadline):
            time.sleep(0.005)

    def _age(self, place):
        found = 0
        for path in place.glob(self.job.waits_for) if self.job.waits_for else ():
            try:
                found = max(found, path.stat().st_mtime_ns)
            except OSError:  # gone since
                continue
        return found

    def _look(self, place):
        """Count what at a final name is neither the older nor the new one, and sets of both."""
        folder = place / self.job.outputs
        if self.job.content is training_of:  # a run directory appears as a whole, and what is beside it is hidden
            given = {**training_of(folder), "names": 0} if (folder / "run").exists() else None
            known = [{**result, "names": 0} for result in (self.older, self.expected) if result]
            if given not in (None, *known):
                self.found["partial"] += 1
                print(f"{folder}: is no result", file=sys.stderr)
            return
        # Without workers that a kill of the command alone has left: they write only under hidden names.
        given = {name: content for name, content in _settled(self.job.content, folder).items()
                 if not any(part.startswith(".") for part in Path(name).parts)
                 and not name.startswith(self.job.growing or ("//",))}
        partial = [name for name, content in given.items()
                   if content not in (self.older.get(name), self.expected.get(name))]
        told = self.job.told(folder)
        kinds = {(content == self.older.get(name), content == self.expected.get(name))
                 for name, content in given.items() if name not in told}
        self.found["partial"] += bool(partial)
        mixed = {(True, False), (False, True)} <= kinds
        self.found["mixed"] += mixed
        if partial or mixed:
            print(f"{folder}: {'in part: ' + ', '.join(partial) if partial else 'mixed: ' + ', '.join(given)}",
                  file=sys.stderr)


def _settled(content, folder):
    """Return the content of a folder in which a last process may still remove files."""
    for _ in range(20):
        try:
            return content(folder)
        except FileNotFoundError:
            time.sleep(0.1)
    return content(folder)
