"""Read Avro alerts of ZTF, LSST, PGIR, WINTER, DECam and ATLAS.

A file is an Avro container with any number of alerts, or one alert of LSST as
its stream carries it (`lsst_stream`). The surveys name the same things
differently (``cutoutScience``, ``cutout_science``), so names are compared
without case and underscores. A faulty alert does not lose the others.
"""

import importlib
import io
import math
from functools import partial

import numpy as np

from otrain.data.fits.images import read_hdus
from otrain.data.fits.values import JD_TO_MJD
from otrain.data.inputs.example import Example
from otrain.data.inputs.probe import expand
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.places import place_by_coordinates, place_in_frame
from otrain.domains.transients.readers.avro_schema import require_finite
from otrain.domains.transients.readers.images import TRIPLET, join_channels, squeeze
from otrain.domains.transients.readers.lsst_stream import is_stream_packet, read_stream_packet
from otrain.domains.transients.readers.masks import apply_masks, is_mask
from otrain.errors import MissingExtraError

__all__ = ["READER", "AlertReader", "read_alert", "read_columns_of_alert"]

LARGEST_FILE = 256 << 20  # bytes
LARGEST_IMAGE = 16 << 20  # bytes of one expanded cutout

NANOJANSKY_ZERO_POINT = 31.4  # AB mag of 1 nJy
TAI_MINUS_UTC = 37 / 86_400  # d, since 2017
SENTINEL = -99.0  # what surveys write for "not known" is at or below it

# What expands the blocks of a file, best first; others come with Python.
_CODECS = {"zstandard": ("compression.zstd", "backports.zstd"), "snappy": ("cramjam", "snappy"),
           "lz4": ("lz4",)}

_SURVEYS = ("ztf", "winter", "pgir", "decam", "atlas")

# Filter numbers, where a packet has no name of its band.
BANDS = {
    "ztf": {1: "g", 2: "r", 3: "i"},
    "winter": {1: "Y", 2: "J", 3: "Hs"},
    "pgir": {1: "J"},
}

SIDES = {"ztf": 63}  # pixel: surveys whose cutouts are of one size unless an edge has cut them

_NUMBERS = {
    "ra": ("ra",),
    "dec": ("dec", "decl"),
    "mag": ("magpsf", "mag", "forcediffimmag"),
    "mag_err": ("sigmapsf", "dmag", "magerr", "forcediffimmagunc"),
    "fwhm": ("fwhm",),
    "x": ("xpos", "x"),
    "y": ("ypos", "y"),
    # drb is the later of the two scores of ZTF.
    "survey_score": ("drb", "rb", "reliability"),
}
_ANGLES_AND_PLACES = {"ra", "dec", "x", "y"}


class AlertReader:
    """Reader of alert packets, one or several in a file."""

    name = "alert"
    formats = ("avro", "gzip", "bzip2", "xz")

    def recognises(self, probe):
        """Return whether the file is an Avro container or a packet of LSST's stream."""
        return probe.content_head.startswith(b"Obj\x01") or is_stream_packet(probe)

    def read(self, probe):
        """Yield the alerts of a file; for a faulty one, the exception in its place."""
        for position, alert in enumerate(_alerts(probe)):
            # An alert that cannot be read must not lose the others of its file:
            # the fault takes its place, and the door says what it means.
            try:
                yield read_alert(alert, position)
            except (Exception, MemoryError) as error:
                yield error


def _alerts(probe):
    """Yield the packets of a file as dictionaries."""
    data = probe.expanded(LARGEST_FILE)
    if is_stream_packet(probe):
        yield read_stream_packet(data)
        return
    try:
        import fastavro
    except ImportError:
        raise MissingExtraError("fastavro", "alerts") from None
    packets = fastavro.reader(io.BytesIO(data))
    _require_codec(packets.codec)
    require_finite(packets.writer_schema)
    survey = str((packets.writer_schema or {}).get("name", "")).lower()
    for packet in packets:
        yield {**packet, "_schema": survey}


def _require_codec(codec):
    """Refuse to go on where a package is missing that expands the blocks of a file."""
    for package in _CODECS.get(codec, ()):
        try:
            importlib.import_module(package)
            return
        except ImportError:
            continue
    if codec in _CODECS:
        raise MissingExtraError(f"{_CODECS[codec][-1]} (for Avro with {codec})", "alerts")


def read_columns_of_alert(record):
    """Return the canonical columns of a record of plain values under any survey's names."""
    return _columns(_folded(record))


def read_alert(alert, position=0):
    """Return one alert as an example.

    Parameters
    ----------
    alert : dict
        A packet of any survey.
    position : int
        Its place in the file.

    Returns
    -------
    Example
        With those of the channels science, template, difference that the packet
        has; the pixels as they are, NaN included.

    Raises
    ------
    InputRejected
        ``no-image``; ``bad-shape`` if the images differ in shape.
    """
    packet = _folded(alert)
    planes = {}
    for role in TRIPLET:
        value = packet.get(f"cutout{role}")
        if isinstance(value, dict):
            value = _folded(value).get("stampdata")
        if value:
            planes[role] = _plane(value, role)
    if not planes:
        raise InputRejected("no-image", "the alert has no cutout.")
    columns = _columns(packet)
    pixels, headers = zip(*planes.values(), strict=True)
    return Example(join_channels(list(pixels), list(planes)), tuple(planes), columns, position=position,
                   where=partial(_place, headers, columns, _side(packet)))


def _side(packet):
    """Return the side of a whole cutout of the survey [pixel], None where it varies."""
    return SIDES.get(_named_in(packet, SIDES))


def _place(headers, columns, side, shape):
    """Return the pixel of the source in a cutout that an edge has cut, None if nothing tells it."""
    for header in headers:
        if header.get("CRVAL1") is not None and (
                place := place_by_coordinates(shape, header, columns.get("ra"), columns.get("dec"))):
            return place
    return place_in_frame(shape, columns.get("x"), columns.get("y"), side)


def _folded(record):
    """Return a record with its names in lower case and without underscores."""
    return {name.lower().replace("_", ""): value for name, value in record.items()}


def _plane(value, role):
    """Return the first image of FITS bytes and its header; LSST adds the error and the PSF after it."""
    hdus = [hdu for hdu in read_hdus(expand(bytes(value), LARGEST_IMAGE)) if hdu.pixels is not None]
    if not hdus:
        raise InputRejected("no-image", f"the {role} cutout holds no image.")
    pixels = squeeze(hdus[0].pixels)
    masks = [(hdu.name, hdu.header, hdu.pixels) for hdu in hdus if is_mask(hdu.name)]
    if masks and pixels.ndim == 2:
        pixels = pixels.astype(np.float32)[..., None]
        apply_masks(pixels, (role,), masks)
        pixels = pixels[..., 0]
    return pixels, hdus[0].header


def _columns(packet):
    """Return the canonical columns of an alert; what it does not know is absent."""
    candidate = packet.get("candidate") or packet.get("diasource")
    candidate = _folded(candidate) if isinstance(candidate, dict) else packet
    columns = {
        "candid": _name(packet.get("candid"), packet.get("diasourceid"), candidate.get("candid"),
                        packet.get("alertid")),
        "object_id": _name(packet.get("objectid"), candidate.get("diaobjectid"), candidate.get("ssobjectid")),
        "band": _band(packet, candidate),
        "original_file": _name(candidate.get("pdiffimfilename")),
        "mjd": _mjd(candidate),
        "telescope": _survey(packet),
    }
    for column, names in _NUMBERS.items():
        values = (_number(candidate.get(name), column) for name in names)
        columns[column] = next((value for value in values if value is not None), None)
    if columns["mag"] is None:
        columns["mag"], columns["mag_err"] = _magnitude(candidate)
    return {name: value for name, value in columns.items() if value not in (None, "")}


def _name(*values):
    """Return the first value that names something; 0 is LSST's 'none'."""
    return next((str(value) for value in values if value not in (None, "", 0)), "")


def _number(value, column):
    """Return a value as float, None where it is absent, no number or a sentinel."""
    if value is None or isinstance(value, bool | str):
        return None
    value = float(value)
    unknown = not math.isfinite(value) or (column not in _ANGLES_AND_PLACES and value <= SENTINEL)
    return None if unknown else value


def _band(packet, candidate):
    """Return the name of the band."""
    name = candidate.get("band") or candidate.get("filter")
    if isinstance(name, str):
        return name
    survey = _named_in(packet, BANDS)
    if survey is None:
        return ""
    # Packets of PGIR carry no filter: the telescope has one.
    number = candidate.get("fid", 1 if survey == "pgir" else None)
    return BANDS[survey].get(number, "")


def _survey(packet):
    """Return the survey that a packet says it is of, or an empty text."""
    if packet.get("diasourceid") is not None:
        return "lsst"
    return _named_in(packet, _SURVEYS) or ""


def _named_in(packet, surveys):
    """Return the first of some surveys that a packet names, None if it names none."""
    # Brokers repack alerts under schema names of their own; publisher and object name stay.
    origin = " ".join(str(packet.get(name, "")).lower() for name in ("schema", "publisher", "objectid"))
    return next((survey for survey in surveys if survey in origin), None)


def _mjd(candidate):
    """Return the modified Julian date of the exposure, UTC [d]."""
    if (date := _number(candidate.get("jd"), "mjd")) is not None:
        return date - JD_TO_MJD
    if (date := _number(candidate.get("mjd"), "mjd")) is not None:
        return date
    date = _number(candidate.get("midpointmjdtai"), "mjd")
    return None if date is None else date - TAI_MINUS_UTC


def _magnitude(candidate):
    """Return magnitude and error of a difference flux [nJy]; a negative flux by its size."""
    flux, error = (_number(candidate.get(name), "x") for name in ("psfflux", "psffluxerr"))
    if not flux:
        return None, None
    error = None if error is None else 2.5 / math.log(10) * abs(error / flux)
    return NANOJANSKY_ZERO_POINT - 2.5 * math.log10(abs(flux)), error


READER = AlertReader()
