"""Run the child over hostile files, under strace where there is one, and gather what it says."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Found", "environment", "run_child"]

TESTS = Path(__file__).resolve().parents[1]
CALLS = "openat,open,creat,execve,connect,bind,unlink,unlinkat,rename,renameat,renameat2,symlink,symlinkat,link,linkat,mkdir,mkdirat"


@dataclass
class Found:
    """What became of hostile files.

    Parameters
    ----------
    rows : list of dict
        One per file: ``name path kind fate words events cpu wall peak``.
    witness : str
        What the payload left, if it ran.
    traced : list of str
        System calls that no loader may make; empty where there is no strace.
    new_files : list of str
        Files beside the hostile ones that were not there before.
    """

    rows: list
    witness: str
    traced: list
    new_files: list


def environment(folder):
    """Return the environment of a child: the payload can be imported, temporary files lie apart."""
    temporary = Path(folder) / "temporary"
    temporary.mkdir(exist_ok=True)
    path = [str(TESTS), str(TESTS.parent)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path), "HOSTILE_WITNESS": str(Path(folder) / "witness"),
                         "TMPDIR": str(temporary), "XDG_CACHE_HOME": str(temporary / "cache"),
                         "PYTHONDONTWRITEBYTECODE": "1", "KERAS_HOME": str(temporary / "keras"),
                         "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}


def run_child(folder, sound, hostile):
    """Load hostile files in a child.

    Parameters
    ----------
    folder : Path
        In which they lie; ``secret/`` in it may not be read.
    sound, hostile : list of (str, path)
        Kind and path of each file; the sound ones are loaded first, unwatched.

    Returns
    -------
    Found
    """
    folder = Path(folder)
    jobs, out, log = (folder / name for name in ("jobs.json", "out.json", "strace.log"))
    jobs.write_text(json.dumps({"sound": [[kind, str(path)] for kind, path in sound],
                                "hostile": [[kind, str(path)] for kind, path in hostile]}))
    surroundings = environment(folder)
    before = _files(folder)
    command = [sys.executable, str(TESTS / "hostile" / "child.py"), str(jobs), str(out)]
    tracer = _tracer(log)
    done = subprocess.run([*tracer, *command], env=surroundings, cwd=folder, capture_output=True, text=True, timeout=300)
    if not out.exists():
        raise AssertionError(f"the child died ({done.returncode}): {done.stderr[-2000:]}")
    rows = json.loads(out.read_text())
    for row in rows:
        row["name"] = os.path.basename(row["path"])
    witness = folder / "witness"
    return Found(rows, witness.read_text() if witness.exists() else "",
                 _forbidden(log, folder) if tracer else [], sorted(_files(folder) - before - {out, log}))


def _tracer(log):
    """Return the command that lets strace watch, if it is there and may."""
    if shutil.which("strace") is None:
        return []
    command = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-e", f"trace={CALLS},stat,newfstatat", "-o", str(log)]
    works = subprocess.run([*command, "true"], capture_output=True).returncode == 0
    return command if works else []


def _forbidden(log, folder):
    """Return the calls after the mark that write outside, read the secret, run or connect."""
    lines = log.read_text(errors="replace").splitlines()
    start = next(i for i, line in enumerate(lines) if "/hostile-begins-here" in line)
    allowed = (str(folder / "temporary"), "/dev/", "/proc/", str(folder / "out.json"))
    found = []
    for line in lines[start + 1:]:
        paths = re.findall(r'"([^"]*)"', line)
        name = re.sub(r"^\\d+\\s+", "", line).split("(")[0].split()[-1]
        if name in ("stat", "newfstatat") or not paths:
            continue
        writes = "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line or not name.startswith("open")
        outside = not all(path.startswith(allowed) or not path.startswith("/") for path in paths)
        if name == "execve" and ('"-m", "otrain.data.files.hdf5_check"' in line or '["uname", "-p"]' in line):
            continue  # a child of ours that reads the file first; h5py there asks for the processor
        if name == "connect" and f'sun_path="{folder}/temporary/' in line:
            continue  # how a worker of ours is started
        if "/secret/" in line or (writes and outside) or name in ("execve", "connect", "bind"):
            found.append(line[:300])
    return found


def _files(folder):
    return {path for path in folder.rglob("*") if "temporary" not in path.parts and "__pycache__" not in path.parts}
