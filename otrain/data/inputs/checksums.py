"""What becomes of files whose FITS checksums do not fit: damaged, or with cards that were copied.

A program that cuts a small image out of a frame often copies the frame's header, its
CHECKSUM and DATASUM included. Such stale cards say nothing of the pixels; all files of that
program have them. Damage is the fault of a few. Which it is can be told from a source
only, not from one file: `tell_stale` does, and `judging` applies it to one input after the other.
"""

from collections import Counter
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from otrain.data.inputs.fits_bytes import BLOCK
from otrain.data.inputs.fits_card import CARD, NotStandard, card_texts, card_value, find_end
from otrain.data.inputs.quarantine import InputRejected

__all__ = ["CHECKSUMS", "STALE", "CensusDone", "Checksums", "check_sums_of", "judging", "ones_complement_sum",
           "tell_stale", "wrong_sums"]

CHECKSUMS = ("stale", "verify", "ignore")
LEAST = 3  # misses of one telescope from which on they can be called stale
STALE = ("its checksum is a copy from another file, as in most files of its telescope, and says nothing of "
         "these pixels (--checksums verify refuses such files)")
_ALL_BITS = 0xFFFFFFFF
_ORIGIN = ("TELESCOP", "INSTRUME")
_ENOUGH = 8  # files within a file that a census looks at


class CensusDone(BaseException):
    """A census has seen enough of an input; nothing that reads files may stop it."""


@dataclass
class Checksums:
    """What is to be done about checksums that do not fit, and what was.

    Parameters
    ----------
    policy : {"verify", "stale", "ignore", "census"}
        Refuse; refuse but where the cards of a telescope are stale; look at none; look and read no further.
    stale : frozenset of str
        Telescopes and instruments whose cards are copies.
    """

    policy: str = "verify"
    stale: frozenset = frozenset()
    kept: int = 0
    seen: list = field(default_factory=list)
    last: object = None

    def settle(self, origin, wrong):
        """Refuse, or count, a file with checksums.

        Parameters
        ----------
        origin : str
            Its telescope and instrument.
        wrong : str
            What does not fit; empty if all does.
        """
        if self.policy == "census":
            self.seen.append((origin, bool(wrong)))
            if len(self.seen) == _ENOUGH:
                raise CensusDone
            raise InputRejected("bad-checksum", "looked at for its checksum only.")
        if not wrong:
            return
        if self.policy == "stale" and origin in self.stale:
            self.kept += 1
            return
        raise InputRejected("bad-checksum", f"{wrong} If the card was copied from another file, --checksums "
                                            "ignore reads it.")


_current = ContextVar("checksums", default=None)


@contextmanager
def judging(checksums):
    """Within, files are judged by a policy; without, any that do not fit are refused.

    Parameters
    ----------
    checksums : Checksums

    Yields
    ------
    Checksums
        A fresh one, for the counts of one input.
    """
    mine = Checksums(checksums.policy, checksums.stale)
    token = _current.set(mine)
    try:
        yield mine
    finally:
        _current.reset(token)


def tell_stale(census):
    """Return the telescopes whose checksums are stale: most files miss them, and `LEAST` at least.

    Parameters
    ----------
    census : iterable of (str, bool)
        Telescope of each file with checksums, and whether they are wrong; the order does not matter.
    """
    census = list(census)
    files = Counter(origin for origin, _ in census)
    wrong = Counter(origin for origin, missed in census if missed)
    return frozenset(origin for origin, count in wrong.items()
                     if count >= LEAST and 2 * count > files[origin])


def check_sums_of(data, units=None):
    """Judge the checksums of a FITS file, if it has any.

    Parameters
    ----------
    data : bytes
        The whole file.
    units : iterable of (object, int, int, int), optional
        Of each unit, for who knows them: its header, with ``get(keyword)`` and ``in`` of its own cards
        alone, where it starts, where its data begin and where they end [byte].

    Raises
    ------
    InputRejected
        ``bad-checksum``.
    """
    checksums = _current.get() or Checksums()
    if checksums.policy == "ignore" or checksums.last is data:
        return
    checksums.last = data  # a header in doubt has the file read again
    # Whoever writes DATASUM writes CHECKSUM as well, and all bytes are searched for what is not there.
    if units is None and b"CHECKSUM" not in data and b"DATASUM " not in data:
        return
    known, wrong, origin = False, "", {}
    for header, start, first, stop in _units(data) if units is None else units:
        known |= "CHECKSUM" in header or "DATASUM" in header
        wrong = wrong or wrong_sums(header, memoryview(data)[start:stop], first - start)
        for keyword in _ORIGIN:
            if header.get(keyword) is not None:
                origin.setdefault(keyword, str(header.get(keyword)).strip())
    if known:
        checksums.settle(" ".join(origin.get(keyword, "") for keyword in _ORIGIN).strip(), wrong)


def _units(data):
    """Yield header, start, start of its data and end of each unit of a file, as far as they can be told."""
    start = 0
    while start < len(data):
        end = find_end(data, start)
        if end < 0 or end - start > 4 << 20:
            return
        header = _Values(card_texts(data[start:end].decode("latin-1")))
        first = start + -(-(end + CARD - start) // BLOCK) * BLOCK
        try:
            size = _data_size(header)
        except (TypeError, ValueError, OverflowError):
            return
        if size < 0:
            return
        stop = first + -(-size // BLOCK) * BLOCK
        yield header, start, first, stop
        start = stop


class _Values:
    """Values of cards, by keyword; None where there is none or it makes no sense."""

    def __init__(self, texts):
        self._texts = texts

    def __contains__(self, keyword):
        return keyword in self._texts

    def get(self, keyword, default=None):
        try:
            value = card_value(self._texts[keyword])
        except (KeyError, NotStandard):
            return default
        return default if value is None else value


def _data_size(header):
    """Return how many bytes of data a unit has."""
    axes = [int(header.get(f"NAXIS{axis}")) for axis in range(1, int(header.get("NAXIS", 0)) + 1)]
    if not axes:
        return 0
    if axes[0] == 0 and header.get("GROUPS") is True:
        axes = axes[1:]
    pixels = int(np.prod(axes, dtype=object)) + int(header.get("PCOUNT", 0))
    return abs(int(header.get("BITPIX"))) // 8 * pixels * int(header.get("GCOUNT", 1))


def ones_complement_sum(data):
    """Return the sum of big-endian 32-bit words in which a carry is added to the lowest bit.

    Parameters
    ----------
    data : bytes-like
        Filled up with zeros to whole words.

    Examples
    --------
    >>> hex(ones_complement_sum(bytes.fromhex("ffffffff 00000002")))
    '0x2'
    """
    whole = len(data) // 4 * 4
    total = int(np.frombuffer(data[:whole], ">u4").sum(dtype=np.uint64))
    total += int.from_bytes(bytes(data[whole:]).ljust(4, b"\0"), "big")
    return _folded(total)


def _folded(total):
    """Return a sum with what is beyond 32 bits carried to the lowest one."""
    while total > _ALL_BITS:
        total = (total & _ALL_BITS) + (total >> 32)
    return total


def wrong_sums(header, data, start):
    """Return what of the checksums of a unit does not fit its bytes, in words; empty if all does.

    Both are sums of 32-bit words in ones' complement. CHECKSUM is written such that the sum of the
    whole unit has all bits set, DATASUM is that of its data (FITS 4.0, appendix J).

    Parameters
    ----------
    header : object
        ``get(keyword)``, of its own cards alone.
    data : bytes-like
        The whole unit.
    start : int
        Where in it the data begin.
    """
    known = str(header.get("DATASUM") or "").strip()
    whole = str(header.get("CHECKSUM") or "").strip(" 0")
    # A text of blanks or zeros says that none was computed.
    if not known and not whole:
        return ""
    total = ones_complement_sum(data[start:])  # once for both: it reads all the bytes
    if known and known.lstrip("0") != str(total).lstrip("0"):
        return f"the data of a unit do not have the checksum DATASUM {known}."
    if whole and _folded(ones_complement_sum(data[:start]) + total) != _ALL_BITS:
        return "a header and its data do not have the checksum CHECKSUM."
    return ""
