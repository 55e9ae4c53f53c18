"""The header of one ``.npy`` array, read with suspicion, and the array behind it."""

import io

import numpy as np

from otrain.errors import IntegrityError

__all__ = ["RefusedType", "array_from", "npy_header", "read_npy_header"]

_MAGIC_1 = 10  # bytes of magic, version and header length in version 1.0


class RefusedType(IntegrityError):
    """An array that holds neither plain numbers nor text."""


def npy_header(shape, dtype, length=0):
    """Return the bytes that stand before the data of a C-ordered array, filled up to `length`."""
    out = io.BytesIO()
    description = np.lib.format.dtype_to_descr(np.dtype(dtype))
    np.lib.format.write_array_header_1_0(
        out, {"descr": description, "fortran_order": False, "shape": tuple(int(n) for n in shape)})
    header = out.getvalue()
    if len(header) >= length:
        return header
    text = header[_MAGIC_1:].rstrip().ljust(length - _MAGIC_1 - 1) + b"\n"
    return header[:_MAGIC_1 - 2] + len(text).to_bytes(2, "little") + text


def array_from(data, dtype, shape, fortran):
    """Return the array whose bytes stand behind a header, a view of them.

    Parameters
    ----------
    data : bytes-like
    dtype : numpy.dtype
        One without any bytes, such as texts of no letter, is all empty.
    shape : tuple of int
    fortran : bool
        Whether the first axis changes fastest.
    """
    array = np.frombuffer(data, dtype) if dtype.itemsize else np.zeros(shape, dtype)
    return array.reshape(shape[::-1]).T if fortran else array.reshape(shape)


def read_npy_header(stream, where):
    """Return ``(shape, fortran_order, dtype, bytes of the header)``.

    Parameters
    ----------
    stream : binary file
        At the start of the array; left at its first data byte.
    where : str
        What is being read, for the error.

    Raises
    ------
    RefusedType
        If it is no array of plain numbers or text. Arrays of Python objects
        are refused: reading them could run code.
    IntegrityError
        If it is no array.
    """
    try:
        version = np.lib.format.read_magic(stream)
        read = {(1, 0): np.lib.format.read_array_header_1_0,
                (2, 0): np.lib.format.read_array_header_2_0}[version]
        shape, fortran, dtype = read(stream)
    except Exception as error:  # a hostile header may raise nearly anything
        raise IntegrityError(f"{where}: not a numpy array ({type(error).__name__}).") from None
    if dtype.hasobject or dtype.kind not in "fiubUS" or dtype.names is not None:
        raise RefusedType(f"{where}: an array of type {dtype} is refused; "
                          "otrain reads plain numbers and text.")
    if any(n < 0 for n in shape):
        raise IntegrityError(f"{where}: impossible shape {shape}.")
    return shape, fortran, dtype, stream.tell()
