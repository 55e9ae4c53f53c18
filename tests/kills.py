"""Commands that are killed with ``kill -9`` at random instants or chosen calls and continued with ``--resume``.

Used by the tests and by ``python -m benchmarks kills``.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

__all__ = ["JOBS", "Job", "kill_and_continue", "kill_at_calls", "prepare", "run_whole"]

LIMIT = 120  # s for one process
ENVIRONMENT = {"SOURCE_DATE_EPOCH": "1700000000", "TF_CPP_MIN_LOG_LEVEL": "3"}
# Run by Python at its start, in every process of a command; the command itself dies, before or after a call.
DYING = """
import os, signal
if os.environ.get("KILLS_PARENT") == str(os.getppid()):
    left, after = [int(os.environ["KILLS_COUNT"])], os.environ["KILLS_AFTER"] == "1"
    def dying(call):
        def wrapped(*arguments, **options):
            left[0] -= 1
            if after:
                call(*arguments, **options)
            if left[0] == 0:
                os.killpg(0, signal.SIGKILL) if os.environ["KILLS_GROUP"] == "1" else os.kill(os.getpid(), signal.SIGKILL)
            return None if after else call(*arguments, **options)
        return wrapped
    for name in ("replace", "rename", "link", "unlink", "fsync", "rmdir", "truncate"):
        setattr(os, name, dying(getattr(os, name)))
"""


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
    waits_for : str
        Pattern of a file that shows that the work itself has begun; empty: kills come from the start.
    """

    words: tuple
    outputs: str
    content: callable
    waits_for: str = ""


def bytes_of(folder):
    """Every file by name, hidden ones too."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


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


JOBS = {
    "convert": Job(("otrain.cli.convert", "--cutouts", "night", "--checkpoint-every", "0", "--jobs", "2",
                    "--frac-true", "0.4"), "datacube", bytes_of),
    "infer": Job(("otrain.cli.infer", "--cutouts", "night", "--model", "bundle", "--checkpoint-every", "0",
                  "--jobs", "2", "--format", "ecsv", "--out", "scores/night.ecsv"), "scores", bytes_of),
    "train": Job(("otrain.cli.train", "--cube", "night.npz", "--model-name", "run", "--deterministic",
                  "--checkpoint-every", "0", "--epochs", "6", "--batch-size", "16", "--architecture", "otrain-cnn",
                  "--dropout", "0.3", "--patience", "5", "--scheduler", "plateau"),
                 "CNN_training", training_of, waits_for="CNN_training/.run.checkpoint/state-*"),
}


def prepare(folder, files):
    """Write cutouts of 16x16 pixel, some of them broken, a network and a cube of 100 stars."""
    from astropy.io import fits
    from handmade import write_network

    from otrain.data.cubes.datacube import write_cube

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
    labels = np.arange(100) % 2
    images = rng.normal(size=(100, 12, 12, 1)).astype("f4")
    images[labels > 0, 4:8, 4:8] += 2
    names = np.array([f"c{n}" for n in range(100)])
    columns = {"candid": names, "file": names, "mag": rng.uniform(15, 21, 100)}
    meta = {"channels": ["difference"], "classes": ["bogus", "real"],
            "recipe": {"kind": "cutout", "size": 12, "channels": None, "pad": False, "nonfinite": "fill"}}
    write_cube(folder / "night.npz", [images], labels=labels, columns=columns, meta=meta).close()


def _start(job, source, folder, *more, dying=None):
    folder.mkdir(exist_ok=True)
    (folder / job.outputs).mkdir(exist_ok=True)
    environment = {**os.environ, **ENVIRONMENT}
    if dying is not None:
        (source.parent / "dying").mkdir(exist_ok=True)
        (source.parent / "dying" / "sitecustomize.py").write_text(DYING)
        paths = [str(source.parent / "dying"), environment.get("PYTHONPATH", "")]
        environment |= dying | {"KILLS_PARENT": str(os.getpid()), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    if job.outputs == "scores":  # a table goes only where a folder is
        (folder / "scores").mkdir(exist_ok=True)
    for path in source.iterdir():
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
    return subprocess.Popen([sys.executable, "-m", *job.words, *more], cwd=folder, stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True, env=environment, start_new_session=True)


def run_whole(job, source, folder):
    """Run a command without a kill; return what it gives and how long that takes [s]."""
    begun = time.monotonic()
    process = _start(job, source, folder)
    said = process.communicate(timeout=LIMIT)[1]
    if process.returncode not in (0, 3):
        raise AssertionError(f"exit code {process.returncode}: {said}")
    return job.content(folder / job.outputs), time.monotonic() - begun


def kill_and_continue(job, source, folder, expected, seconds, *, kills, rng, number=signal.SIGKILL):
    """Kill a command again and again, let it end, and compare what it gives.

    Parameters
    ----------
    job : Job
    source, folder : Path
        Inputs, and an empty place for the outputs.
    expected : object
        What `run_whole` gave.
    seconds : float
        A kill comes within this time of the start, or of the first sign of work.
    kills : int
        At most so many; fewer if the command ends before.
    rng : numpy.random.Generator
        Of the instants.
    number : signal.Signals
        SIGTERM must end the command with exit code 143, or before it has begun.

    Returns
    -------
    Counter
        ``kills``, ``killed at the very end`` (the outputs were complete), ``differences``, ``partial``
        (a file at its final name that is not what it must be, right after a kill), ``failures``,
        ``slowest`` (time from the signal to the end [ms]).
    """
    found = Counter()
    while True:
        process = _start(job, source, folder, "--resume")
        if found["kills"] < kills and not _ends_before(process, job, folder, rng.uniform(0, seconds)):
            begun = time.monotonic()
            process.send_signal(number)
            said = process.communicate()[1]
            found["slowest"] = max(found["slowest"], round(1000 * (time.monotonic() - begun)))
            found["kills"] += 1
            if process.returncode not in (-number, 143 if number == signal.SIGTERM else -number, 0, 3):
                found["failures"] += 1
                print(process.returncode, said, file=sys.stderr)
            found["partial"] += _is_partial(folder / job.outputs, expected, job)
            continue
        said = process.communicate(timeout=LIMIT)[1]
        if process.returncode == 5 and "exists already" in said and found["kills"]:
            found["killed at the very end"] += 1
        elif process.returncode not in (0, 3):
            found["failures"] += 1
            print(said, file=sys.stderr)
            return found
        given = job.content(folder / job.outputs)
        if given != expected:
            found["differences"] += 1
            names = [name for name in sorted(given.keys() | expected.keys()) if given.get(name) != expected.get(name)]
            print(f"{folder}: {', '.join(names)} differ from those of a run that was never killed", file=sys.stderr)
        return found


def kill_at_calls(job, source, folder, expected, *, kills, most, rng):
    """Kill a command before or after its n-th rename, link, removal or fsync, alone or with its group; see above.

    Parameters
    ----------
    most : int
        The largest n; a command that ends before has not been killed.
    """
    found = Counter()
    for _ in range(kills):
        group = rng.random() < 0.5
        process = _start(job, source, folder, "--resume", dying={
            "KILLS_COUNT": str(rng.integers(1, most + 1)), "KILLS_AFTER": str(rng.integers(2)),
            "KILLS_GROUP": str(int(group))})
        said = process.communicate(timeout=LIMIT)[1]
        found["kills"] += process.returncode == -signal.SIGKILL
        found["of the group"] += group and process.returncode == -signal.SIGKILL
        if process.returncode not in (-signal.SIGKILL, 0, 3):
            found["failures"] += 1
            print(process.returncode, said, file=sys.stderr)
        found["partial"] += _is_partial(folder / job.outputs, expected, job)
    process = _start(job, source, folder, "--resume")
    said = process.communicate(timeout=LIMIT)[1]
    if process.returncode not in (0, 3):
        found["failures"] += 1
        print(process.returncode, said, file=sys.stderr)
    elif job.content(folder / job.outputs) != expected:
        found["differences"] += 1
    return found


def _ends_before(process, job, folder, seconds):
    """Wait for an instant; tell whether the process has ended by then."""
    deadline = time.monotonic() + LIMIT
    before = _age(job, folder)
    while job.waits_for and process.poll() is None and _age(job, folder) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _age(job, folder):
    return max((path.stat().st_mtime_ns for path in folder.glob(job.waits_for)), default=0) if job.waits_for else 0


def _is_partial(folder, expected, job):
    """Tell whether something at a final name is not what it must be."""
    if not folder.exists():
        return False
    if job.content is not bytes_of:  # a run directory appears as a whole, and what is beside it is hidden
        return (folder / "run").exists() and {**job.content(folder), "names": 0} != {**expected, "names": 0}
    names = {name for name in expected if not Path(name).name.startswith(".")}
    return any((folder / name).is_file() and (folder / name).read_bytes() != expected[name] for name in names)
