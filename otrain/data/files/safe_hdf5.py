"""The one way to HDF5 files: nothing is read that lies outside the file, and no more than its bytes can hold.

An HDF5 file may name other files whose content it passes off as its own (external
storage, external links, virtual data sets), may ask for a plug-in that decompresses,
and may announce arrays without end. Every file of ours and of strangers is opened here.
"""

import math
import os
import zlib
from contextlib import contextmanager

import numpy as np

from otrain.errors import IntegrityError

__all__ = ["HDF5", "Hdf5File", "Hdf5Group", "SizeRefused", "create_hdf5", "is_text", "open_hdf5",
           "ordered_group", "survey"]

HDF5 = b"\x89HDF\r\n\x1a\n"  # how such a file begins

MOST_OBJECTS = 20_000
DEEPEST = 16  # groups within groups
LARGEST_ATTRIBUTE = 16 << 20  # bytes
LARGEST_CHUNK = 128 << 20  # bytes that are decompressed at a time
_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF = 1, 2, 3, 32000
_FILTERS = {_DEFLATE, _SHUFFLE, _FLETCHER32, _LZF}  # h5py brings them; others are plug-ins
_MOST_PACKED = {_DEFLATE: 1100, _LZF: 90}  # times that data can shrink
_PIECE = 1 << 20  # bytes


class SizeRefused(IntegrityError):
    """An array is larger than it may be, or than its bytes can hold."""


class Hdf5Group:
    """A group of an open file, of which only what is safe can be had.

    Parameters
    ----------
    group : h5py.Group
    path : path-like
        Of the file, for messages.
    """

    def __init__(self, group, path):
        self._group, self._path = group, path

    def __contains__(self, name):
        try:
            self._walk(name)
        except KeyError:
            return False
        return True

    def names(self):
        """Return the names of the members, in the order of the file.

        Raises
        ------
        IntegrityError
            If there are more than `MOST_OBJECTS`, or they cannot be listed.
        """
        with self._words("the group"):
            if len(self._group) > MOST_OBJECTS:
                raise IntegrityError(f"{self._path}: {len(self._group)} objects in one group; at most "
                                     f"{MOST_OBJECTS} are read.")
            return list(self._group)

    def group(self, name):
        """Return a group within.

        Parameters
        ----------
        name : str
            Slashes go deeper; every link on the way is looked at.

        Raises
        ------
        IntegrityError
            If there is none, or it stands behind a link.
        """
        import h5py

        try:
            with self._words(name):
                found = self._walk(name)
        except KeyError:
            raise IntegrityError(f"{self._path}: no group {name!r} in it.{self._present()}") from None
        if not isinstance(found, h5py.Group):
            raise IntegrityError(f"{self._path}: {name!r} is not a group.")
        return Hdf5Group(found, self._path)

    def array(self, name, *, kinds="fiub", largest=None):
        """Return a data set that lies in the file itself and is as large as it says.

        Parameters
        ----------
        name : str
            Slashes go deeper; every link on the way is looked at.
        kinds : str
            Letters of numpy's kinds that are taken; ``"O"``: text of any length.
        largest : int, optional
            Bytes that it may have once it is read whole.

        Returns
        -------
        h5py.Dataset

        Raises
        ------
        IntegrityError
            If it is missing, a link, virtual, stored elsewhere, in an unknown compression or no numbers;
            `SizeRefused` if it is impossibly large, or larger than `largest`.
        """
        try:
            with self._words(name):
                found = self._walk(name)
        except KeyError:
            raise IntegrityError(f"{self._path}: no array {name!r} in it.{self._present()}") from None
        with self._words(name):
            _require_plain(found, f"{self._path}: {name!r}", kinds=kinds, largest=largest)
        return found

    def numbers(self, name, *, largest):
        """Return a data set as float64 numbers.

        Parameters
        ----------
        name : str
        largest : int
            Bytes that the result may have.

        Raises
        ------
        IntegrityError
            As `array`.
        """
        found = self.array(name)
        size = 8 * math.prod(found.shape)
        if size > largest:
            raise SizeRefused(f"{self._path}: {name!r} unpacks to {size / 1e6:.0f} MB; "
                              f"{largest / 1e6:.0f} MB are allowed.")
        with self._words(name):
            return found.astype(np.float64)[()]

    def attribute(self, name, default=None, *, of=None):
        """Return an attribute: a text, a number, or a small array of them; the default where it is absent.

        Parameters
        ----------
        name : str
        default : object
        of : str, optional
            Group or data set within, whose attribute it is; by default of this group itself.

        Raises
        ------
        IntegrityError
            If `of` is missing or a link, or the attribute is larger than `LARGEST_ATTRIBUTE`, or neither
            text nor numbers.
        """
        import h5py

        with self._words(f"attribute {name}"):
            try:
                owner = self._group if of is None else self._walk(of)
            except KeyError:
                raise IntegrityError(f"{self._path}: no {of!r} in it.{self._present()}") from None
            if name not in owner.attrs:
                return default
            held = owner.attrs.get_id(name)
            if held.get_storage_size() > LARGEST_ATTRIBUTE:
                raise SizeRefused(f"{self._path}: the attribute {name!r} has {held.get_storage_size()} "
                                  f"bytes; {LARGEST_ATTRIBUTE} are allowed.")
            if held.dtype.kind not in "fiubS" and h5py.check_string_dtype(held.dtype) is None:
                raise IntegrityError(f"{self._path}: the attribute {name!r} is neither text nor numbers.")
            return owner.attrs[name]

    def _present(self):
        names = sorted(str(name) for name in self.names()[:8])
        return f" Present: {', '.join(map(repr, names))}." if names else ""

    def _walk(self, name):
        """Return what stands under a name, one step after the other, over hard links alone."""
        import h5py

        here = self._group
        steps = [step for step in name.split("/") if step not in ("", ".")]
        if not steps:
            raise KeyError(name)
        for step in steps:
            # Not `step in group` nor `get(getlink=True)`: both follow the link to see where it ends.
            links = here.id.links if isinstance(here, h5py.Group) else None
            if links is None or not links.exists(step.encode("utf-8", "surrogateescape")):
                raise KeyError(name)
            if links.get_info(step.encode("utf-8", "surrogateescape")).type != h5py.h5l.TYPE_HARD:
                raise IntegrityError(f"{self._path}: {name!r} is a link; otrain follows none.")
            here = here[step]
        return here

    @contextmanager
    def _words(self, name):
        """Whatever the library throws at a broken file becomes one error."""
        try:
            yield
        except IntegrityError:
            raise
        except (OSError, RuntimeError, ValueError, TypeError, OverflowError, NotImplementedError) as error:
            raise IntegrityError(f"{self._path}: {name} cannot be read ({error}). "
                                 "Copy or make the file again.") from None


class Hdf5File(Hdf5Group):
    """An open file: its root group, closed by `close` or at the end of a ``with``."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """Close the file."""
        self._group.close()


def open_hdf5(path):
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path : path-like or binary file

    Returns
    -------
    Hdf5File

    Raises
    ------
    IntegrityError
        If it is none, or broken.
    """
    import h5py

    try:
        return Hdf5File(h5py.File(path, "r"), path)
    except (OSError, RuntimeError, ValueError) as error:
        raise IntegrityError(f"{path}: cannot be opened as HDF5 ({error}). "
                             "Copy or make the file again.") from None


def create_hdf5(path):
    """Make a new HDF5 file whose bytes repeat: groups keep the order of their members, and no times.

    Parameters
    ----------
    path : path-like
        Replaced if it exists.

    Returns
    -------
    h5py.File
        Open for writing.
    """
    import h5py

    properties = _ordered(h5py.h5p.FILE_CREATE)
    return h5py.File(h5py.h5f.create(os.fsencode(path), h5py.h5f.ACC_TRUNC, fcpl=properties))


def ordered_group(file, name):
    """Make a group in a file that is being written, which keeps the order of its members and no times.

    Parameters
    ----------
    file : h5py.File
    name : str

    Returns
    -------
    h5py.Group
    """
    import h5py

    properties = _ordered(h5py.h5p.GROUP_CREATE)
    return h5py.Group(h5py.h5g.create(file.id, name.encode(), gcpl=properties))


def _ordered(kind):
    import h5py

    properties = h5py.h5p.create(kind)
    order = h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED
    properties.set_link_creation_order(order)
    properties.set_attr_creation_order(order)
    properties.set_obj_track_times(False)
    return properties


def is_text(dtype):
    """Return whether a data type of h5py is text of any length."""
    import h5py

    return dtype.kind == "O" and h5py.check_string_dtype(dtype) is not None


def _require_plain(found, where, *, kinds="fiub", largest=None):
    """Refuse a data set whose values lie elsewhere, or which is larger than it can be.

    Parameters
    ----------
    found : h5py.Dataset
    where : str
        File and name, for messages.
    kinds, largest
        As for `Hdf5Group.array`.

    Raises
    ------
    IntegrityError
        As for `Hdf5Group.array`.
    """
    import h5py

    if not isinstance(found, h5py.Dataset):
        raise IntegrityError(f"{where} is not an array.")
    creation = found.id.get_create_plist()
    filters = [creation.get_filter(place)[0] for place in range(creation.get_nfilters())]
    if creation.get_layout() == h5py.h5d.VIRTUAL or creation.get_external_count() \
            or not set(filters) <= _FILTERS or len(set(filters)) < len(filters):
        raise IntegrityError(f"{where} keeps its data elsewhere or in an unknown compression. "
                             "otrain reads what lies in the file itself, plain or gzipped.")
    if found.shape is None or found.dtype.kind not in kinds or (found.dtype.kind == "O"
                                                                and not is_text(found.dtype)):
        raise IntegrityError(f"{where} holds {found.dtype}, which is neither numbers nor text."
                             if found.shape is not None else f"{where} is empty.")
    size, stored = found.dtype.itemsize * math.prod(found.shape), found.id.get_storage_size()
    whole = found.file.id.get_filesize()
    if stored > whole:
        raise SizeRefused(f"{where} is said to take {stored} bytes of the file, which has {whole}.")
    ratio = max((_MOST_PACKED.get(one, 1) for one in filters), default=1)
    if size > ratio * stored:
        raise SizeRefused(f"{where} claims {size} bytes. Received: {stored} bytes stored.")
    if largest is not None and size > largest:
        raise SizeRefused(f"{where} has {size / 1e6:.0f} MB; {largest / 1e6:.0f} MB are allowed.")
    if found.chunks and filters:
        _require_chunks(found, where, filters)


def _require_chunks(found, where, filters):
    """Refuse chunks that unpack to more than they should; HDF5 itself does not count while it inflates."""
    chunk = found.dtype.itemsize * math.prod(found.chunks)
    if chunk > LARGEST_CHUNK:
        raise SizeRefused(f"{where} is compressed in chunks of {chunk / 1e6:.0f} MB; at most "
                          f"{LARGEST_CHUNK / 1e6:.0f} MB are unpacked at a time. Save it in smaller chunks.")
    places = []
    found.id.chunk_iter(lambda info: places.append((info.chunk_offset, info.size, info.filter_mask)))
    for offset, stored, mask in places:
        # So few bytes cannot unpack to more than a chunk may have.
        if _DEFLATE not in filters or stored * _MOST_PACKED[_DEFLATE] <= LARGEST_CHUNK or (
                mask >> filters.index(_DEFLATE)) & 1:
            continue
        _require_inflated(found.id.read_direct_chunk(offset)[1], chunk + 4 + _PIECE, where)


def _require_inflated(packed, most, where):
    """Inflate a chunk piece by piece, until it ends or has more bytes than it should."""
    inflater, count = zlib.decompressobj(), 0
    while packed:
        try:
            piece = inflater.decompress(packed, _PIECE)
        except zlib.error as error:
            raise IntegrityError(f"{where} has a chunk that cannot be decompressed: {error}.") from None
        count, packed = count + len(piece), inflater.unconsumed_tail
        if count > most:
            raise SizeRefused(f"{where} has a chunk that unpacks to more than the {most} bytes it should "
                              "have.")
        if not piece:
            return


def survey(file, *, largest):
    """Look at everything in a file of weights; refuse what is not plain, uncompressed numbers.

    Parameters
    ----------
    file : Hdf5File
    largest : int
        Bytes that all arrays may have together.

    Returns
    -------
    h5py.File
        The file itself: all that stands in it is plain.

    Raises
    ------
    IntegrityError
        If it holds links, external, virtual or compressed data, texts, or more than a network would.
    """
    with file._words("an object"):
        size, count = _survey(file._group, 0)
    if size > largest or count > MOST_OBJECTS:
        raise SizeRefused(f"refused: {count} objects and {size / 1e6:.0f} MB of weights are more than the "
                          f"{MOST_OBJECTS} and {largest / 1e6:.0f} MB allowed.")
    return file._group


def _survey(group, depth):
    """Return bytes and number of objects below a group; refuse what is not plain data."""
    import h5py

    if depth > DEEPEST:
        raise IntegrityError(f"refused: groups are nested more than {DEEPEST} deep.")
    size, count = 0, len(group)
    for name in group if count <= MOST_OBJECTS else ():
        if group.id.links.get_info(name.encode("utf-8", "surrogateescape")).type != h5py.h5l.TYPE_HARD:
            raise IntegrityError(f"refused: {group.name}/{name} is a link to somewhere else.")
        item = group[name]
        if isinstance(item, h5py.Group):
            below = _survey(item, depth + 1)
            size, count = size + below[0], count + below[1]
        elif not isinstance(item, h5py.Dataset) or item.external or item.is_virtual or item.chunks:
            raise IntegrityError(f"refused: {item.name} is not plain contiguous data.")
        elif item.dtype.kind not in "fiub":
            raise IntegrityError(f"refused: {item.name} holds {item.dtype}, and a network has numbers only.")
        else:
            size += item.nbytes
        if count > MOST_OBJECTS:
            break
    return size, count
