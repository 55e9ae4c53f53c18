"""What a long job has finished, in a hidden file beside its output, from which it can be continued.

The first line says what was asked. Each record is a line of JSON, which holds the
length and the CRC-32 of the arrays behind it, and how far the job is with them; the
CRC-32 of that line stands before it. A record that a kill has cut short, and all that
follows one that is damaged, are dropped when the file is opened again.
"""

import io
import json
import os
import time
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from otrain.data.files.atomic import explained
from otrain.data.files.hidden import require_usable
from otrain.data.files.journal import differences, parsed
from otrain.errors import DataError, IntegrityError, OutputError, UsageError

__all__ = ["EVERY", "WorkLog"]

FORMAT = 2
LONGEST_HEAD, LONGEST_LINE = 1 << 20, 1 << 28  # bytes
_BEGIN = b'{"format": '
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
            If there are more than a few seconds of work, and neither is set; or if something else, or
            that of another version, lies there and `overwrite` is not set.
        UsageError
            If they are of another request.
        IntegrityError
            If `resume` is set and the file is damaged from its first line on.
        """
        require_usable(self.path, "progress", overwrite=overwrite)
        with explained(self.path):
            head, states, places, end = _read(self.path)
        anew = f"Begin anew with --overwrite{' and without --resume' if resume else ''}."
        if head is not None and head.get("format") != FORMAT and (resume or not overwrite):
            kind = UsageError if resume else OutputError
            what = "its first line is not one that otrain writes" if not head else (
                f"is of another version of otrain (format {head.get('format')!r:.20} then, {FORMAT} now)")
            raise (kind if head else IntegrityError)(f"{self.path}: {what}. Nothing can be continued. {anew}")
        if not states or not resume:
            if states and not overwrite and states[-1]["seconds"] >= min(self.every, EVERY):
                raise OutputError(f"{self.path}: {states[-1]['seconds']:.0f} s of unfinished work were left "
                                  "here. Continue with --resume, or begin anew with --overwrite.")
            with explained(self.path):
                self.path.unlink(missing_ok=True)
            return
        if head != {"format": FORMAT, "request": self._request}:
            was = head.get("request")
            words = differences(was, self._request) if isinstance(was, dict) else "none that can be read"
            raise UsageError(f"{self.path}: was begun with another request ({words}). Ask for the same "
                             "again, or begin anew with --overwrite and without --resume.")
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
        line = json.dumps({"bytes": len(view), "crc": zlib.crc32(view), "seconds": round(self._seconds(), 3),
                           "state": state}).encode()
        with explained(self.path, needed=self._file.tell() + len(line) + len(view)):
            self._file.write(b"%08x " % zlib.crc32(line) + line + b"\n" + view)
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
    """Return head, states, places and end of what is whole in a file.

    The head is None if nothing is there, also where a kill has cut it short, and empty if something else
    stands in its place.
    """
    states, places = [], []
    try:
        with open(path, "rb") as file:
            size, line = os.fstat(file.fileno()).st_size, file.readline(LONGEST_HEAD)
            if not line.endswith(b"\n") and size < LONGEST_HEAD and _BEGIN.startswith(line[:len(_BEGIN)]):
                return None, [], [], 0
            head, end = parsed(line), file.tell()
            if not isinstance(head, dict) or "format" not in head:
                head = {}
            while head.get("format") == FORMAT and (record := _record(file.readline(LONGEST_LINE))):
                start, (state, length, crc) = file.tell(), record
                content = file.read(length) if length <= size - start else b""
                if len(content) != length or zlib.crc32(content) != crc:
                    break
                states.append(state)
                places.append((end, start, length))
                end = start + length
    except FileNotFoundError:
        return None, [], [], 0
    return head, states, places, end


def _record(line):
    """Return state, length and CRC-32 of the arrays behind a line, or None if it is not as it was written."""
    crc, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or crc != b"%08x" % zlib.crc32(text):
        return None
    record = json.loads(text)
    return {"seconds": record["seconds"], **record["state"]}, record["bytes"], record["crc"]
