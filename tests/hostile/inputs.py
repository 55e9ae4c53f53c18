"""Read hostile inputs as the commands do: in a worker with its limits, which watches itself.

Run as ``python inputs.py JOBS OUT``: a JSON list of ``[domain, reader, path]`` comes in, a JSON list goes out.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

__all__ = ["read_hostile", "write_variants"]

TESTS = Path(__file__).resolve().parents[1]
PATIENCE = 20.0  # s of processor time of one file


def write_variants(kind, make, folder):
    """Write the good file of a reader and every hostile variant of it; return the paths, the good one first.

    Each lies in a folder of its own, beside copies of what lies beside the good one.
    """
    from hostile.formats import FORMATS, write_secret

    secret = folder / "secret"
    write_secret(secret)
    home = folder / "good"
    home.mkdir()
    good = make(home)
    beside, paths = good.relative_to(home), [good]
    ending = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz"}.get(kind, "")
    for name, content in FORMATS[kind](good.read_bytes(), secret):
        path = folder / name / f"{beside}{ending}"
        shutil.copytree(home, folder / name)
        (folder / name / beside).unlink()
        path.write_bytes(content)
        paths.append(path)
    return paths


def read_hostile(domain, reader, paths, folder):
    """Read files in a child; return a row for each: ``name fate words events cpu peak``."""
    from hostile.running import environment

    jobs, out = folder / "jobs.json", folder / "out.json"
    jobs.write_text(json.dumps([[domain, reader, str(path)] for path in paths]))
    done = subprocess.run([sys.executable, __file__, str(jobs), str(out)], env=environment(folder), cwd=folder,
                          capture_output=True, text=True, timeout=600)
    if not out.exists():
        raise AssertionError(f"the child died ({done.returncode}): {done.stderr[-2000:]}")
    rows = json.loads(out.read_text())
    for row, path in zip(rows, paths, strict=True):
        row["name"] = path.relative_to(folder).parts[0]
    return rows


class WatchedDoor:
    """A door that says what was opened, run and taken while it read."""

    def __init__(self, domain, reader, watch):
        from otrain.catalogue import DOMAINS, READERS

        self.domain = DOMAINS.load(domain)
        self.door = self.domain.source.make_door(self.domain.preparation.make_recipe())
        self.reader, self.watch = READERS.load(reader), watch

    def __call__(self, path):
        row = self.look(path)
        if row["events"]:  # what is imported on first use is there by now; what a file runs, runs again
            row |= {"events": self.look(path)["events"]}
        if row["fate"] == "loaded" and self.gives_secret(path):
            row["fate"] = "leaked"
        return row

    def look(self, path):
        """Read one file, watched."""
        from hostile.child import _peak, _reset_peak

        _reset_peak()
        self.watch.seen.clear()
        begun = time.process_time()
        self.watch.on = True
        try:
            outcomes = self.door(_item(path))
        finally:
            self.watch.on = False
        taken = time.process_time() - begun
        words = [f"{outcome.reason}: {outcome.words}" for outcome in outcomes if hasattr(outcome, "words")]
        return {"fate": "refused" if len(words) == len(outcomes) else "loaded", "words": "; ".join(words[:3]),
                "events": list(self.watch.seen), "cpu": taken, "peak": _peak()}

    def gives_secret(self, path):
        """Return whether the values of another file are among those that the reader gives, not yet scaled."""
        import numpy as np

        from hostile.formats import SECRET
        from otrain.data.inputs.probe import Probe
        from otrain.errors import OtrainError

        try:
            return any(not isinstance(found, BaseException) and np.isclose(found.image, SECRET).any()
                       for found in self.reader.read(Probe(path, options=self.door.recipe)))
        except (OtrainError, OSError, ValueError, EOFError, RuntimeError):
            return False  # a file of many, of which the last is broken


def _item(path):
    from otrain.data.inputs.listing import Input

    return Input(path, os.path.basename(path), None, None, 0)


def main(jobs, out):
    from hostile.child import Watch
    from otrain.engine.local import Done, run_restartable

    jobs = json.loads(Path(jobs).read_text())
    watch = Watch(os.path.realpath(tempfile.gettempdir()))
    door = WatchedDoor(*jobs[0][:2], watch)
    rows = []
    for _, result in run_restartable(door, [path for *_, path in jobs], workers=1, timeout=PATIENCE):
        rows.append(result.value if isinstance(result, Done) else
                    {"fate": result.reason, "words": result.words, "events": [], "cpu": float("nan"), "peak": float("nan")})
    Path(out).write_text(json.dumps(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
