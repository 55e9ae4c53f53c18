"""Read an alert of LSST as its stream carries it: Avro without the schema that would explain it.

A message of the stream is a zero byte, the number of its schema (900 is version
9.0) and the bare values. The values up to the band stand in the order below
since version 9; the cutouts come last, difference, science, template, and are
found by their FITS beginning and the length before it. What stands between
(history, object, orbit) is passed over, so later versions that add to it are
read alike.
"""

import re
import struct

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["is_stream_packet", "read_stream_packet"]

_FRAME = 5  # bytes: zero, then the schema's number
_VERSIONS = range(900, 2000)  # 100 times the major version, plus the minor
_FITS = b"SIMPLE  ="
_ROLES = ("cutoutDifference", "cutoutScience", "cutoutTemplate")

# l: integer, d: double, f: float, b: logical, s: text; ? where null is allowed.
_SOURCE = """
diaSourceId l visit l detector l diaObjectId ?l ssObjectId ?l parentDiaSourceId ?l midpointMjdTai d ra d
raErr ?f dec d decErr ?f ra_dec_Cov ?f x f xErr ?f y f yErr ?f centroid_flag ?b apFlux ?f apFluxErr ?f
apFlux_flag ?b apFlux_flag_apertureTruncated ?b isNegative ?b snr ?f psfFlux ?f psfFluxErr ?f psfLnL ?f
psfChi2 ?f psfNdata ?l psfFlux_flag ?b psfFlux_flag_edge ?b psfFlux_flag_noGoodPixels ?b trailFlux ?f
trailFluxErr ?f trailRa ?d trailRaErr ?f trailDec ?d trailDecErr ?f trailLength ?f trailLengthErr ?f
trailAngle ?f trailAngleErr ?f trailChi2 ?f trailNdata ?l trail_flag_edge ?b dipoleMeanFlux ?f
dipoleMeanFluxErr ?f dipoleFluxDiff ?f dipoleFluxDiffErr ?f dipoleLength ?f dipoleAngle ?f dipoleChi2 ?f
dipoleNdata ?l scienceFlux ?f scienceFluxErr ?f forced_PsfFlux_flag ?b forced_PsfFlux_flag_edge ?b
forced_PsfFlux_flag_noGoodPixels ?b templateFlux ?f templateFluxErr ?f ixx ?f iyy ?f ixy ?f ixxPSF ?f
iyyPSF ?f ixyPSF ?f shape_flag ?b shape_flag_no_pixels ?b shape_flag_not_contained ?b
shape_flag_parent_source ?b extendedness ?f reliability ?f band ?s
"""
_FIELDS = tuple(re.findall(r"(\S+) (\S+)", _SOURCE))


def is_stream_packet(probe):
    """Return whether a file is one message of LSST's stream, by its name and first bytes."""
    head = probe.content_head
    return (head.startswith(b"\0") and len(head) > _FRAME and ".avro" in probe.suffixes
            and int.from_bytes(head[1:_FRAME], "big") in _VERSIONS)


def read_stream_packet(data):
    """Return the source and the cutouts of a message under LSST's names.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict
        ``diaSourceId``, ``diaSource``, and those of ``cutoutDifference``,
        ``cutoutScience``, ``cutoutTemplate`` that the message has.

    Raises
    ------
    InputRejected
        ``corrupt`` if the values are not in the known order.
    """
    values = _Values(data, _FRAME)
    try:
        number = values.take("l")
        values.take("?s")  # reason of the observation
        values.take("?s")  # name of the target
        source = {name: values.take(kind) for name, kind in _FIELDS}
    except (IndexError, struct.error, UnicodeDecodeError):
        source = {}
    if not source or source["diaSourceId"] != number or not _plausible(source):
        schema = int.from_bytes(data[1:_FRAME], "big")
        raise InputRejected("corrupt", f"the message does not have the order of LSST's schema {schema}. "
                                       f"Save alerts as Avro files with their schema.")
    return {"diaSourceId": number, "diaSource": source, **_cutouts(data, values.at)}


def _plausible(source):
    """Return whether position and date can be meant: random bytes rarely can."""
    return (0 <= source["ra"] < 360 and abs(source["dec"]) <= 90
            and 40_000 < source["midpointMjdTai"] < 100_000)


class _Values:
    """The values of an Avro message, taken one after the other from byte `at`."""

    def __init__(self, data, at):
        self.data = data
        self.at = at

    def take(self, kind):
        """Return the next value of a kind, or None if it is a null."""
        if kind.startswith("?"):
            if not self.integer():
                return None
            kind = kind[1]
        if kind == "l":
            return self.integer()
        if kind == "s":
            length = self.integer()
            self.at += length
            return self.data[self.at - length:self.at].decode()
        layout = {"d": "<d", "f": "<f", "b": "?"}[kind]
        (value,) = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return value

    def integer(self):
        """Return the next integer: 7 bits a byte, lowest first, sign in the lowest bit."""
        value, shift = 0, 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            if shift > 63:
                raise IndexError("integer of more than 64 bit")


def _cutouts(data, at):
    """Return the cutouts by name; each begins as FITS, after its length."""
    found = []
    while len(found) < len(_ROLES) and (at := data.find(_FITS, at)) > 0:
        length = _length_before(data, at)
        if length is None:
            at += 1
            continue
        found.append(data[at:at + length])
        at += length
    return dict(zip(_ROLES, found, strict=False))


def _length_before(data, at):
    """Return the length that stands just before a byte, if the data are that long."""
    for width in range(1, 6):
        start = at - width
        values = _Values(data, start)
        # The byte before the length says that the value is no null.
        if data[start - 1] == 2 and values.integer() > 0 and values.at == at:
            values.at = start
            length = values.integer()
            if length % 2880 == 0 and at + length <= len(data):
                return length
    return None
