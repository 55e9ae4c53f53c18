"""Alert packets as brokers hand them on, brought into the form of the survey: nested, with FITS bytes."""

import base64
import binascii
import re

import numpy as np

from otrain.data.inputs.fits_bytes import card, data_block, header_block
from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import check_size

__all__ = ["CUTOUT", "is_packet", "to_packet"]

CUTOUT = re.compile(r"(?:[a-z]:)?cutout_?(science|template|difference)(?:[._]?stamp_?data)?", re.IGNORECASE)
_PREFIX = re.compile(r"[a-z]:")  # Fink names the origin of a column: i:magpsf, b:cutoutScience_stampData


def is_packet(record):
    """Return whether a record names a cutout."""
    return isinstance(record, dict) and any(CUTOUT.fullmatch(str(name)) for name in record)


def to_packet(record):
    """Return a record of a broker as a packet.

    Parameters
    ----------
    record : dict
        Cutouts as bytes of FITS, gzipped or not; as the same in base64; or as nested lists of pixels; each
        by itself or under ``stampData``. Values of the candidate by themselves or under ``candidate``.

    Returns
    -------
    dict
        As `otrain.domains.transients.readers.alert.read_alert` takes it.

    Raises
    ------
    InputRejected
        ``corrupt`` if a cutout is neither.
    """
    packet = {}
    for name, value in record.items():
        found = CUTOUT.fullmatch(name)
        if found is None:
            packet[_PREFIX.sub("", name, count=1) if _PREFIX.match(name) else name] = value
        elif (content := _bytes_of(value, name)) is not None:
            packet[f"cutout{found[1].capitalize()}"] = content
    if "candid" not in packet and isinstance(packet.get("_id"), int | str):
        packet["candid"] = packet["_id"]
    return packet


def _bytes_of(value, name):
    """Return the FITS bytes of a cutout, None where there is none."""
    if isinstance(value, dict):
        inside = {re.sub(r"[_$]", "", key).lower(): one for key, one in value.items()}
        for key in ("stampdata", "binary", "base64", "data"):
            if inside.get(key) is not None:
                return _bytes_of(inside[key], name)
        return None
    if value is None or isinstance(value, bytes | bytearray | memoryview):
        return bytes(value) or None if value is not None else None
    if isinstance(value, str):
        try:
            return base64.b64decode("".join(value.split()), validate=True) or None
        except (binascii.Error, ValueError) as error:
            raise InputRejected("corrupt", f"{name} is text that is no base64 ({error}).") from None
    if isinstance(value, list | tuple | np.ndarray):
        return _as_fits(value, name) if len(value) else None
    raise InputRejected("corrupt", f"{name} holds {type(value).__name__}, which is no image.")


def _as_fits(rows, name):
    """Return pixels, None for those without a value, as a FITS file."""
    try:
        pixels = np.array([[np.nan if one is None else one for one in row] for row in rows], ">f4")
    except (TypeError, ValueError):
        raise InputRejected("bad-shape", f"{name} is no rectangle of numbers.") from None
    if pixels.ndim != 2 or not pixels.size:
        raise InputRejected("bad-shape", f"{name} is no rectangle of numbers.")
    check_size(pixels.shape)
    height, width = pixels.shape
    header = [card("SIMPLE", True), card("BITPIX", -32), card("NAXIS", 2), card("NAXIS1", width),
              card("NAXIS2", height)]
    return header_block(header) + data_block(pixels)
