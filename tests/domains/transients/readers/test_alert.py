import gzip
import io
import struct

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.alert import READER, read_alert

fastavro = pytest.importorskip("fastavro")

PIXELS = np.arange(12, dtype="f4").reshape(3, 4)


def fits_bytes(pixels, packed=True):
    stream = io.BytesIO()
    fits.PrimaryHDU(pixels).writeto(stream)
    return gzip.compress(stream.getvalue()) if packed else stream.getvalue()


def record(name, fields):
    return {"type": "record", "name": name, "fields": [{"name": k, "type": v} for k, v in fields.items()]}


IMAGE = record("image", {"fileName": "string", "stampData": "bytes"})
OPTIONAL_BYTES = ["null", "bytes"]


def cutouts(names, *, nested=False, packed=True, shift=0):
    values = [fits_bytes(PIXELS + index + shift, packed) for index in range(len(names))]
    return {name: {"fileName": "x", "stampData": value} if nested else value
            for name, value in zip(names, values, strict=True)}


CAMEL = ("cutoutScience", "cutoutTemplate", "cutoutDifference")
SNAKE = ("cutout_science", "cutout_template", "cutout_difference")

SURVEYS = {
    "ztf": (
        record("ztf.alert", {"objectId": "string", "candid": "long", "candidate": record("c", {
            "jd": "double", "fid": "int", "ra": "double", "dec": "double", "magpsf": "float",
            "sigmapsf": "float", "fwhm": "float", "rb": "float", "drb": ["null", "float"],
            "xpos": "float", "ypos": "float", "pdiffimfilename": "string"}),
            CAMEL[0]: IMAGE, CAMEL[1]: "image", CAMEL[2]: "image"}),
        {"objectId": "ZTF1", "candid": 12, "candidate": {
            "jd": 2459000.5, "fid": 2, "ra": 10.0, "dec": -5.0, "magpsf": 18.0, "sigmapsf": 0.5,
            "fwhm": -999.0, "rb": 0.25, "drb": None, "xpos": 1.0, "ypos": 2.0, "pdiffimfilename": "a.fits"},
         **cutouts(CAMEL, nested=True)},
        {"candid": "12", "object_id": "ZTF1", "band": "r", "mjd": 59000.0, "ra": 10.0, "dec": -5.0,
         "mag": 18.0, "mag_err": 0.5, "survey_score": 0.25, "x": 1.0, "y": 2.0, "original_file": "a.fits"},
    ),
    "pgir": (
        record("pgir.alert", {"objectId": "string", "candid": "long", "candidate": record("c", {
            "jd": "double", "ra": "double", "dec": "double", "magpsf": "float", "drb": "float"}),
            **dict.fromkeys(CAMEL, "bytes")}),
        {"objectId": "PGIR1", "candid": 3, "candidate": {
            "jd": 2459000.5, "ra": 1.0, "dec": 2.0, "magpsf": 10.0, "drb": 1.0}, **cutouts(CAMEL)},
        {"candid": "3", "object_id": "PGIR1", "band": "J", "mjd": 59000.0, "ra": 1.0, "dec": 2.0,
         "mag": 10.0, "survey_score": 1.0},
    ),
    "winter": (
        record("winter.alert", {"objectid": "string", "candid": "long", "candidate": record("c", {
            "jd": "double", "fid": "int", "ra": "double", "dec": "double", "magpsf": "float"}),
            **dict.fromkeys(SNAKE, "bytes")}),
        {"objectid": "WNTR1", "candid": 4, "candidate": {
            "jd": 2459000.5, "fid": 2, "ra": 1.0, "dec": 2.0, "magpsf": 13.0}, **cutouts(SNAKE)},
        {"candid": "4", "object_id": "WNTR1", "band": "J", "mjd": 59000.0, "ra": 1.0, "dec": 2.0, "mag": 13.0},
    ),
    "decam": (
        record("desirt.alert", {"objectId": "string", "candid": "long", "candidate": record("c", {
            "mjd": "double", "band": "string", "ra": "double", "dec": "double", "forcediffimmag": "float",
            "psfFlux": "float", "reliability": "float"}), **dict.fromkeys(CAMEL, "bytes")}),
        {"objectId": "c4d", "candid": 5, "candidate": {
            "mjd": 59000.0, "band": "g", "ra": 1.0, "dec": 2.0, "forcediffimmag": 23.5, "psfFlux": 1.0,
            "reliability": 0.5}, **cutouts(CAMEL)},
        {"candid": "5", "object_id": "c4d", "band": "g", "mjd": 59000.0, "ra": 1.0, "dec": 2.0, "mag": 23.5,
         "survey_score": 0.5},
    ),
    "lsst": (
        record("lsst.alert", {"diaSourceId": "long", "diaSource": record("s", {
            "diaObjectId": "long", "midpointMjdTai": "double", "ra": "double", "dec": "double", "x": "float",
            "y": "float", "psfFlux": "float", "psfFluxErr": "float", "reliability": "float",
            "band": "string"}), **dict.fromkeys(CAMEL, OPTIONAL_BYTES)}),
        {"diaSourceId": 6, "diaSource": {
            "diaObjectId": 7, "midpointMjdTai": 60000.0, "ra": 1.0, "dec": 2.0, "x": 3.0, "y": 4.0,
            "psfFlux": -1000.0, "psfFluxErr": 100.0, "reliability": 0.75, "band": "i"},
         **cutouts(CAMEL, packed=False)},
        {"candid": "6", "object_id": "7", "band": "i", "mjd": 60000 - 37 / 86400, "ra": 1.0, "dec": 2.0,
         "x": 3.0, "y": 4.0, "mag": 31.4 - 7.5, "mag_err": 0.25 / np.log(10), "survey_score": 0.75},
    ),
    "atlas": (
        record("atlas.alert", {"objectId": "string", "candid": "string", "candidate": record("c", {
            "mjd": "double", "RA": "double", "Dec": "double", "Mag": "float", "Dmag": "float",
            "Filter": "string"}), CAMEL[0]: "bytes", CAMEL[2]: "bytes"}),
        {"objectId": "ATLAS1", "candid": "8a", "candidate": {
            "mjd": 59000.0, "RA": 1.0, "Dec": 2.0, "Mag": 18.5, "Dmag": 0.25, "Filter": "o"},
         **cutouts((CAMEL[0], CAMEL[2]))},
        {"candid": "8a", "object_id": "ATLAS1", "band": "o", "mjd": 59000.0, "ra": 1.0, "dec": 2.0,
         "mag": 18.5, "mag_err": 0.25},
    ),
}


def write(path, schema, packets):
    with path.open("wb") as stream:
        fastavro.writer(stream, fastavro.parse_schema(schema), packets)
    return path


def read(path):
    return list(READER.read(Probe(str(path))))


@pytest.mark.parametrize("survey", SURVEYS)
def test_packet_of_every_survey_gives_its_columns_and_channels(tmp_path, survey):
    schema, packet, columns = SURVEYS[survey]
    (example,) = read(write(tmp_path / "a.avro", schema, [packet]))
    assert example.columns == pytest.approx(columns | ({} if survey == "decam" else {"telescope": survey}))
    # Of a date in days a relative tolerance of 1e-6 is 1.4 h.
    assert example.columns["mjd"] == pytest.approx(columns["mjd"], rel=0, abs=1e-9)
    expected = ("science", "difference") if survey == "atlas" else ("science", "template", "difference")
    assert example.channels == expected
    np.testing.assert_array_equal(example.image, np.stack([PIXELS + i for i in range(len(expected))], -1))


def test_bad_alert_does_not_lose_the_others_of_its_file(tmp_path):
    schema, good, _ = SURVEYS["pgir"]
    bad = good | {"cutoutTemplate": b"\x1f\x8b rubbish"}
    found = read(write(tmp_path / "a.avro", schema, [good, bad, good]))
    assert [type(one).__name__ for one in found] == ["Example", "InputRejected", "Example"]
    assert found[1].reason == "bad-compression"
    assert found[2].position == 2


def test_absent_template_is_an_absent_channel(tmp_path):
    schema, packet, _ = SURVEYS["lsst"]
    (example,) = read(write(tmp_path / "a.avro", schema, [packet | {"cutoutTemplate": None}]))
    assert example.channels == ("science", "difference")


def test_alert_without_cutouts_has_no_image():
    with pytest.raises(InputRejected, match=r"no-image"):
        read_alert({"candid": 1})


def test_cutouts_of_different_shapes_are_refused():
    with pytest.raises(InputRejected, match=r"science 3x4, difference 2x4"):
        read_alert({"cutoutScience": fits_bytes(PIXELS), "cutoutDifference": fits_bytes(PIXELS[1:])})


def test_nan_pixels_stay():
    pixels = PIXELS.copy()
    pixels[0, 0] = np.nan
    assert np.isnan(read_alert({"cutoutDifference": fits_bytes(pixels)}).image[0, 0, 0])


def integer(value):
    value = (value << 1) ^ (value >> 63)
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def stream_message(*, schema=900, number=12345):
    """Return a message of LSST's stream with every value null that may be."""
    from otrain.domains.transients.readers.lsst_stream import _FIELDS

    known = {"diaSourceId": number, "midpointMjdTai": 60000.0, "ra": 10.0, "dec": -5.0, "band": "r",
             "psfFlux": 1000.0, "diaObjectId": 77}
    body = b"\0" + schema.to_bytes(4, "big") + integer(number) + b"\0\0"
    for name, kind in _FIELDS:
        value = known.get(name)
        if kind.startswith("?"):
            body += integer(0 if value is None else 1)
            if value is None:
                continue
        kind, value = kind[-1], value or 0
        if kind == "l":
            body += integer(value)
        elif kind == "s":
            body += integer(len(value)) + value.encode()
        else:
            body += struct.pack({"d": "<d", "f": "<f", "b": "?"}[kind], value)
    body += b"history, object and orbit"
    for index in (2, 0, 1):  # difference, science, template
        image = fits_bytes(PIXELS + index, packed=False)
        body += b"\2" + integer(len(image)) + image
    return body


def test_message_of_the_lsst_stream_is_read_without_its_schema(tmp_path):
    path = tmp_path / "m.avro"
    path.write_bytes(stream_message())
    assert READER.recognises(Probe(str(path)))
    (example,) = read(path)
    np.testing.assert_array_equal(example.image, np.stack([PIXELS, PIXELS + 1, PIXELS + 2], -1))
    assert example.columns == pytest.approx({
        "telescope": "lsst",
        "candid": "12345", "object_id": "77", "band": "r", "ra": 10.0, "dec": -5.0, "x": 0.0, "y": 0.0,
        "mag": 31.4 - 7.5, "mjd": 60000 - 37 / 86400})


def test_message_in_another_order_is_refused(tmp_path):
    path = tmp_path / "m.avro"
    path.write_bytes(stream_message()[:5] + b"\x02" + stream_message()[5:])
    with pytest.raises(InputRejected, match=r"schema 900"):
        read(path)


def test_mask_behind_the_image_of_an_alert_marks_its_pixels():
    stream, mask = io.BytesIO(), np.zeros(PIXELS.shape, "u1")
    mask[1, 2] = 4
    fits.HDUList([fits.PrimaryHDU(PIXELS), fits.ImageHDU(mask, name="MASK")]).writeto(stream)
    found = read_alert({"candid": 1, "cutoutDifference": stream.getvalue()})
    assert np.argwhere(np.isnan(found.image[..., 0])).tolist() == [[1, 2]]


@pytest.mark.parametrize(("x", "column"), [(3053.5, 31), (18.0, 18)])
def test_alert_that_an_edge_has_cut_tells_where_its_source_is(x, column):
    data = fits_bytes(np.zeros((63, 50), "f4"))
    found = read_alert({"candid": 1, "objectId": "ZTF1", "candidate": {"xpos": x, "ypos": 1000.0},
                        "cutoutDifference": data})
    assert found.where((63, 50)) == (31, column)
