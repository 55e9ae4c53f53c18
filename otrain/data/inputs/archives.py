"""Files within ``.tar`` (compressed or not) and ``.zip`` archives, one after the other, in memory.

Nothing is written to the disk, whatever the names in an archive say, and all bytes are
counted while they are expanded.
"""

import os
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from otrain.data.inputs.counted import CountedStream, compression_of, least_budget
from otrain.data.inputs.probe import LARGEST_CUTOUT
from otrain.data.inputs.quarantine import InputRejected
from otrain.errors import OtrainError

__all__ = ["ArchiveReader", "Member", "is_archive"]

TOGETHER, TOGETHER_BYTES = 256, 64 << 20  # members, and bytes of them, that are read in one go
LARGEST_HEADER = 1 << 20  # bytes of a long name or of the attributes of a member
MOST_SMALL, FEWEST_BYTES = 10_000, 64  # members of any archive; of a larger one a member for so many bytes
_BLOCK = 512  # bytes of a header of tar
_NONE = (b"SIMPLE  =", b"Obj\x01", b"\x89HDF", b"\x93NUMPY")  # how other files begin
_ZIP = b"PK\x03\x04"
_LONG = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
         tarfile.GNUTYPE_LONGLINK)


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Parameters
    ----------
    name : str
        With ``/``, as the archive has it; never a place on this host.
    content : bytes or InputRejected or None
        Its bytes, what is wrong with it, or None if it is no file of its own, such as a link.
    """

    name: str
    content: object


def is_archive(probe):
    """Return whether a file is a tar archive by its first block, or a zip archive that holds no arrays.

    Parameters
    ----------
    probe : Probe
    """
    if probe.head.startswith(_NONE):  # nearly every file: a header of tar takes a fifth of reading a cutout
        return False
    if probe.head.startswith(_ZIP):
        with suppress(zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            with zipfile.ZipFile(probe.path) as archive:
                names = archive.namelist()
            return bool(names) and not any(name.endswith(".npy") for name in names)
        return False
    block = probe.content_head[:_BLOCK]
    if len(block) < _BLOCK or not block.strip(b"\0"):
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")  # checks its checksum
    except tarfile.HeaderError:
        return False
    return True


class ArchiveReader:
    """Read members in windows; an archive stays open, as its windows are asked for in order."""

    def __init__(self):
        self._identity, self._members, self._next = None, None, 0

    def __reduce__(self):  # a worker opens its own
        return ArchiveReader, ()

    def windows(self, probe):
        """Return the first and last-but-one number of the members of each window.

        Raises
        ------
        InputRejected
            ``too-large`` for more members than an archive of its size may have, or if it expands to more
            than 1 GiB and a hundred times its size; else as `members`, of which it looks at all.
        """
        edges, count, size = [0], 0, 0
        most = MOST_SMALL + probe.size // FEWEST_BYTES
        for _, length in _listed(probe):
            count, size = count + 1, size + length
            if count > most:
                raise InputRejected("too-large", f"more than {most} files in an archive of "
                                                 f"{probe.size / 1e6:.1f} MB.")
            if count - edges[-1] == TOGETHER or size > TOGETHER_BYTES:
                edges.append(count)
                size = 0
        if edges[-1] != count:
            edges.append(count)
        return list(pairwise(edges))

    def members(self, probe, rows=None):
        """Yield ``(number, Member)``.

        Without `rows` a compressed archive is looked at in whole first: where its checksum is wrong, any
        of its members may be.

        Parameters
        ----------
        probe : Probe
        rows : tuple of int, optional
            First and last-but-one number.

        Raises
        ------
        InputRejected
            ``truncated``, ``bad-compression``, ``corrupt`` or ``too-large`` where the archive itself is
            at fault; what was read before stays.
        """
        if rows is None and compression_of(probe.head) is not None:
            try:
                self.windows(probe)
            except InputRejected as fault:
                if fault.reason in ("bad-compression", "truncated"):
                    raise
        start, stop = rows or (0, None)
        about = os.stat(probe.path)
        identity = (probe.path, about.st_ino, about.st_size, about.st_mtime_ns)
        if self._identity != identity or self._next > start:
            self._identity, self._members, self._next = identity, _read(probe), 0
        try:
            while stop is None or self._next < stop:
                member = next(self._members, None)
                if member is None:
                    break
                number, self._next = self._next, self._next + 1
                if number >= start:
                    yield number, member()
        except BaseException:
            self._identity = None
            raise


def _listed(probe):
    """Yield name and size of every member, expanding all."""
    if probe.head.startswith(_ZIP):
        with zipfile.ZipFile(probe.path) as archive:
            total, budget = 0, least_budget(probe.size)
            for info in archive.infolist():
                if not info.is_dir():
                    total += info.file_size
                    if total > budget:
                        raise InputRejected("too-large", f"it expands to more than {budget / 1e6:.0f} MB.")
                    yield info.filename, info.file_size
        return
    for info, _ in _tar_members(probe):
        yield info.name, info.size


def _read(probe):
    """Yield a function for each member that gives it; it is called before the next one, or not at all."""
    if probe.head.startswith(_ZIP):
        yield from _read_zip(probe)
        return
    for info, tar in _tar_members(probe):
        yield lambda info=info, tar=tar: Member(info.name, _content(info, tar))


def _content(info, tar):
    if not info.isreg():
        return None
    if info.size > LARGEST_CUTOUT:
        return _too_large(info.size)
    try:
        content = tar.extractfile(info).read(LARGEST_CUTOUT + 1)
    except tarfile.TarError as error:
        raise _fault(error) from None
    if len(content) < info.size:
        raise InputRejected("truncated", f"the archive ends within {info.name!r}.")
    return content


def _too_large(size):
    return InputRejected("too-large", f"the file has {size / 1e6:.1f} MB; in an archive it may have "
                                      f"{LARGEST_CUTOUT / 1e6:.0f} MB.")


class _Header(tarfile.TarInfo):
    """A header that refuses what would fill the memory: names and attributes of any length."""

    @classmethod
    def frombuf(cls, buf, encoding, errors):
        info = super().frombuf(buf, encoding, errors)
        if info.type in _LONG and info.size > LARGEST_HEADER:
            raise InputRejected("corrupt", f"the archive has a name, or attributes, of {info.size} bytes.")
        return info


def _tar_members(probe):
    """Yield the header of each file and link in a tar archive, and the archive."""
    with open(probe.path, "rb") as file:
        stream = CountedStream(file, max(least_budget(probe.size), probe.size))
        try:
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as tar:
                while (info := tar.next()) is not None:
                    tar.members = []  # tarfile would keep the header of every member
                    tar.pax_headers = {}
                    if not info.isdir():
                        yield info, tar
                end = tar.offset
        except (GeneratorExit, OtrainError):
            raise
        except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError) as error:
            raise _fault(error) from None
        if stream.count < end + _BLOCK:
            raise InputRejected("truncated", "the archive ends without its end mark; files may be missing.")
        while stream.read(1 << 20):  # to the checksum of the compression
            pass


def _fault(error):
    words = " ".join(str(error).split())
    return InputRejected("truncated" if "unexpected end" in words else "corrupt",
                         f"the archive cannot be read further: {words or type(error).__name__}.")


def _read_zip(probe):
    with zipfile.ZipFile(probe.path) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield lambda info=info: Member(info.filename, _zip_content(archive, info))


def _zip_content(archive, info):
    """Return the bytes of a member, or what is wrong with it."""
    if info.file_size > LARGEST_CUTOUT:
        return _too_large(info.file_size)
    try:
        with archive.open(info) as stream:
            return stream.read(LARGEST_CUTOUT + 1)
    except EOFError:
        return InputRejected("truncated", "the archive ends too early.")
    except Exception as error:
        # A wrong checksum, an encrypted or unknown form: zipfile has a kind of error for each.
        return InputRejected("bad-compression", f"the file in the archive cannot be expanded: {error}.")

