"""What became of an input, and the one place where the exceptions of decoders become reasons.

No bad input raises. Decoders throw a dozen kinds of exceptions at broken files;
the doors of all domains catch them by the functions here, and they become a reason and words.
"""

import gzip
import zlib
from dataclasses import dataclass

from otrain.data.files.safe_hdf5 import SizeRefused
from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.errors import ChecksumError, DataError, OtrainError

__all__ = ["Kept", "Quarantined", "Skipped", "choose_reader", "explain"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A prepared example."""

    example: Example

    def __reduce__(self):  # faster than a dataclass does it
        return Kept, (self.example,)


@dataclass(frozen=True)
class Skipped:
    """A candidate left out by rule; `reason` is a key of `SKIP_REASONS`."""

    reason: str
    position: int = 0


@dataclass(frozen=True)
class Quarantined:
    """A candidate set aside; `reason` is a key of `QUARANTINE_REASONS`."""

    reason: str
    words: str
    position: int = 0


def choose_reader(readers, probe):
    """Return the one reader that recognises a file.

    Parameters
    ----------
    readers : list of Reader
        Those that are asked.
    probe : Probe

    Raises
    ------
    InputRejected
        ``unknown-format`` if none does, ``ambiguous-format`` if several do.
    """
    answers = [reader for reader in readers if reader.recognises(probe)]
    if len(answers) == 1:
        return answers[0]
    if answers:
        raise InputRejected("ambiguous-format", f"several readers recognise the file: "
                            f"{', '.join(reader.name for reader in answers)}. Choose one with --reader.")
    raise InputRejected("unknown-format", f"no reader recognises the file (it begins with "
                        f"{probe.head[:12]!r}). Known: {', '.join(r.name for r in readers)}.")


def explain(error, position=0):
    """Return the quarantine entry for any exception that reading one file raised."""
    if isinstance(error, InputRejected):
        return Quarantined(error.reason, error.words, position)
    words = " ".join(str(error).split())[:300] or "no words given"
    if isinstance(error, MemoryError):
        return Quarantined("out-of-memory", "to read it takes more memory than a file of its size may have "
                                            f"({words}).", position)
    if not isinstance(error, OtrainError):  # ours speak for themselves
        words = f"{type(error).__name__}: {words}"
    return Quarantined(_reason(error), words, position)


def _reason(error):
    """Return the reason code of an exception that is not ours."""
    if isinstance(error, SizeRefused):
        return "too-large"
    if isinstance(error, ChecksumError):
        return "bad-checksum"
    if isinstance(error, EOFError):
        return "truncated"
    if isinstance(error, gzip.BadGzipFile | zlib.error):
        return "bad-compression"
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, DataError):
        return "unreadable"
    return "corrupt"
