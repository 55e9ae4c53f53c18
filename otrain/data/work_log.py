"""What a long job has finished, in a hidden file beside its output, from which it can be continued.

The first line says what was asked. Each record is a line of JSON, which holds the
length and the CRC-32 of the arrays behind it, and how far the job is with them. A
record that a kill has cut short, and all that follows one that is damaged, are
dropped when the file is opened again.
"""

import io
import json
import os
import time
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from otrain.data.atomic import explained
from otrain.data.journal import differences
from otrain.errors import DataError, IntegrityError, OutputError, UsageError

__all__ = ["EVERY", "WorkLog"]

FORMAT = 1
EVERY = 30.0  # s of work that a power cut may cost
WORTH = 5.0  # s of work below which a job that is stopped leaves nothing


class WorkLog:
    """The finished parts of one job.

    Parameters
    ----------
    path : path-like
        The file; made by the first `add`.
    request : dict
        Plain types: everything that decides what the parts are.
    every : float
        Seconds after which what was added is brought to the disk.

    Attributes
    ----------
    states : list of dict
        What was said with each finished part, oldest first.
    """

    def __init__(self, path, request, *, every=EVERY):
        self.path, self.every = Path(path), every
        self._request = json.loads(json.dumps(request))
        self._file, self._begun, self._earlier = None, time.monotonic(), 0.0
        self._last = self._added = self._begun
        self.states, self._places = [], []

    def begin(self, *, resume, overwrite):
        """Read the finished parts of an earlier process, or give them up.

        Raises
        ------
        OutputError
            If there are more than a few seconds of work, and neither is set.
        UsageError
            If they are of another request.
        """
        head, states, places, end = _read(self.path)
        if not states or not resume:
            if states and not overwrite and states[-1]["seconds"] >= min(self.every, EVERY):
                raise OutputError(f"{self.path}: {states[-1]['seconds']:.0f} s of unfinished work were left "
                                  "here. Continue with --resume, or begin anew with --overwrite.")
            self.path.unlink(missing_ok=True)
            return
        if head != {"format": FORMAT, "request": self._request}:
            raise UsageError(f"{self.path}: was begun with another request "
                             f"({differences(head.get('request') or {}, self._request) or 'format'}). Ask "
                             "for the same again, or begin anew with --overwrite and without --resume.")
        self.states, self._places = states, places
        self._earlier = states[-1]["seconds"]
        os.truncate(self.path, end)

    @property
    def since(self):
        """Time since the last part was added [s]."""
        return time.monotonic() - self._added

    def keep(self, count):
        """Forget all but the first `count` parts: the others turned out to be damaged."""
        if count < len(self.states):
            os.truncate(self.path, self._places[count][0])
            del self.states[count:], self._places[count:]

    def parts(self):
        """Yield the arrays of each finished part, oldest first."""
        with open(self.path, "rb") if self._places else io.BytesIO() as file:
            for _, start, size in self._places:
                file.seek(start)
                with np.load(io.BytesIO(file.read(size)), allow_pickle=False) as arrays:
                    yield {name.removeprefix("a-"): arrays[name] for name in arrays.files}

    def add(self, arrays, state):
        """Add a finished part.

        Parameters
        ----------
        arrays : dict of str to ndarray
            Numbers and texts.
        state : dict
            Plain types: how far the job is with this part.
        """
        if self._file is None:
            with explained(self.path):
                self._file = open(self.path, "ab")  # noqa: SIM115 - see `kept`
            if not self._file.tell():
                self._file.write(json.dumps({"format": FORMAT, "request": self._request}).encode() + b"\n")
        body = io.BytesIO()
        # The prefix: `file` is a column, and an argument of `savez`.
        np.savez(body, allow_pickle=False, **{f"a-{name}": values for name, values in arrays.items()})
        view = body.getbuffer()
        line = {"bytes": len(view), "crc": zlib.crc32(view), "seconds": round(self._seconds(), 3),
                "state": state}
        with explained(self.path):
            self._file.write(json.dumps(line).encode() + b"\n" + view)
            self._file.flush()
        self._added = time.monotonic()
        if self._added - self._last >= self.every:
            os.fsync(self._file.fileno())
            self._last = self._added

    @contextmanager
    def kept(self):
        """Remove the file when the block ends well, or in a way that would repeat itself.

        It is kept when the block is stopped otherwise after more than a few seconds of work.
        """
        keep = False
        try:
            yield
        except (DataError, IntegrityError, UsageError):
            raise
        except BaseException:
            keep = self._seconds() >= min(WORTH, self.every)
            raise
        finally:
            if self._file is not None:
                with suppress(OSError):  # a full disk has been told of
                    self._file.close()
            if not keep:
                self.path.unlink(missing_ok=True)

    def _seconds(self):
        """Time that was spent by this process and earlier ones [s]."""
        return self._earlier + time.monotonic() - self._begun


def _read(path):
    """Return head, states, places and end of what is whole in a file."""
    states, places = [], []
    try:
        with open(path, "rb") as file:
            head, end = _line(file), file.tell()
            while head is not None and (line := _line(file)) is not None:
                start, size = file.tell(), line["bytes"]
                content = file.read(size)
                if len(content) != size or zlib.crc32(content) != line["crc"]:
                    break
                states.append({"seconds": line["seconds"], **line["state"]})
                places.append((end, start, size))
                end = start + size
    except FileNotFoundError:
        return None, [], [], 0
    except (KeyError, TypeError, ValueError, OverflowError):
        pass  # damaged from here on
    return head, states, places, end


def _line(file):
    line = file.readline()
    return json.loads(line) if line.endswith(b"\n") else None
