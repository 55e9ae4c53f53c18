"""The fast path either gives what astropy gives, or hands the file over."""

import io
import warnings

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from otrain.data.fits.plain import Doubt, read_plain, read_plain_hdus
from otrain.data.fits.whole import AstropyHeader, read_all

KEYWORDS = ("CANDID", "NAME", "MAG", "MAGERR", "FILTER", "FWHM", "EDGE", "RA", "DEC")


def file_bytes(pixels, cards=(), **header_cards):
    header = fits.Header()
    for keyword, value in header_cards.items():
        header[keyword] = value
    for card in cards:
        header.append(fits.Card.fromstring(card), end=True)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.PrimaryHDU(pixels, header).writeto(stream, output_verify="ignore")
    return stream.getvalue()


def with_card(card):
    """Return a good file whose CANDID card is replaced by 80 other bytes."""
    data = file_bytes(np.ones((3, 4), "f4"), CANDID="c1")
    at = data.index(b"CANDID")
    return data[:at] + card.encode("latin-1").ljust(80)[:80] + data[at + 80:]


def by_astropy(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with fits.open(io.BytesIO(data), memmap=False) as hdus:
            start = hdus[0].fileinfo()["datLoc"]
            return AstropyHeader(hdus[0].header.copy(), data[:start]), hdus[0].data


def compare(data):
    """Check the fast path against astropy; return whether it answered at all."""
    try:
        header, pixels = read_plain(data)
        values = {keyword: header.get(keyword) for keyword in KEYWORDS}
    except Doubt:
        return False
    expected_header, expected = by_astropy(data)
    assert pixels.tobytes() == expected.astype(pixels.dtype).tobytes()
    assert pixels.shape == expected.shape
    for keyword, value in values.items():
        theirs = expected_header.get(keyword)
        assert (value, type(value)) == (theirs, type(theirs)), keyword
    return True


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("shape", [(5, 7), (3, 5, 7), (1, 4, 4)])
def test_pixels_of_every_type_and_shape_are_those_of_astropy(dtype, shape):
    pixels = np.random.default_rng(0).integers(0, 200, shape).astype(dtype)
    assert compare(file_bytes(pixels, CANDID="c1", MAG=17.5, EDGE=False))


@pytest.mark.parametrize("card", [
    "CANDID  = 'it''s a name'        / a comment / with slashes",
    "CANDID  = 'a / b'",
    "CANDID  = '        '",
    "CANDID  = ''",
    "CANDID  = '  leading and trailing   '",
    "CANDID  =                   12",
    "CANDID  = 0012",
    "CANDID  = -12 / integer",
    "CANDID  = 1234567890123456789012",
    "MAG     =           1.75D+01",
    "MAG     =           1.75E+01",
    "MAG     = 1E3",
    "MAG     = -.5",
    "MAG     = 5.",
    "MAG     =                  NaN",
    "MAG     = 'nan'",
    "MAG     =",
    "MAG     =                      / no value",
    "MAG     17.5",
    "EDGE    =                    T / logical",
    "EDGE    = F",
    "EDGE    = False",
    "EDGE    = 'False   '",
    "mag     = 17.5",
    "COMMENT = 'not a value'",
    "        = 3",
    "MAG     = (1.0, 2.0)",
    "MAG     = 17.5 mag",
    "CANDID  = 'unclosed",
    "CANDID  = 'closed'x",
    "HIERARCH mag_calib = 17.5",
    "MAG     = 1e5",
    "MAG     = + 5",
    "CANDID  = 'END     '",
    "MAG     =1.5",
    "CANDID  = 'a\x7f'",
    "CANDID  = 'caf\xe9'",
])
def test_any_card_gives_what_astropy_gives_or_is_handed_over(card):
    compare(with_card(card))


def test_plain_cards_take_the_fast_path():
    assert compare(with_card("CANDID  = 'it''s a name'        / a comment / with slashes"))
    assert compare(with_card("MAG     =           1.75D+01"))
    assert compare(with_card("EDGE    =                    T / logical"))


def test_first_of_duplicate_cards_counts():
    assert compare(file_bytes(np.ones((2, 2), "f4"), cards=["MAG     = 1.0", "MAG     = 2.0"]))


@pytest.mark.parametrize("card", [
    "BSCALE  = 2.0", "BZERO   = 100.0", "BLANK   = -1", "CHECKSUM= 'x'", "DATASUM = '1'",
    "CANDID  = 'a long name&'", "CONTINUE  'that goes on'", "HIERARCH a long keyword = 1",
])
def test_what_needs_more_than_pixels_is_handed_over(card):
    if card.startswith("CANDID"):
        data = file_bytes(np.ones((2, 2), "f4"), CANDID="a very long name " * 8)
    else:
        data = with_card(card)
    with pytest.raises(Doubt):
        read_plain(data)


def test_wrong_length_is_handed_over():
    data = file_bytes(np.ones((40, 40), "f4"))
    for other in (data[:-1], data + b"\0", data[:2880], data[:100], b"", data + bytes(2880)):
        with pytest.raises(Doubt):
            read_plain(other)


def test_lying_axes_are_handed_over():
    data = file_bytes(np.ones((40, 40), "f4"))
    for old, new in ((b"40", b"99"), (b"40", b"-4"), (b"40", b" 0"), (b"-32", b" 64")):
        with pytest.raises(Doubt):
            read_plain(data.replace(old.rjust(20), new.rjust(20), 1))


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70))
def test_random_card_values_agree_with_astropy(text):
    compare(with_card(f"MAG     = {text}"))


@settings(max_examples=80, deadline=None)
@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-10**18, 10**18),
                 st.booleans(), st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)))
def test_values_that_astropy_writes_are_read_alike(value):
    compare(file_bytes(np.ones((2, 2), "f4"), CANDID=value))


def several(*images, primary=None, cards=(), **cards_of_each):
    """Return a file of extensions, each with the same keywords, and a primary header with cards of its own."""
    hdus = [fits.PrimaryHDU(header=fits.Header(primary or {}))]
    for number, (name, pixels) in enumerate(images, start=1):
        hdus.append(fits.ImageHDU(pixels, fits.Header(cards_of_each), name=name, ver=number))
    for card in cards:
        hdus[0].header.append(fits.Card.fromstring(card), end=True)
    stream = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fits.HDUList(hdus).writeto(stream, output_verify="ignore")
    return stream.getvalue()


def compare_all(data):
    """Check every HDU of the fast path against astropy; return whether it answered at all."""
    try:
        found = read_plain_hdus(data)
        values = [{keyword: hdu.header.get(keyword) for keyword in (*KEYWORDS, "MAG_CALIB", "EXPTIME")} for hdu in found]
    except Doubt:
        return False
    expected = read_all(data)
    assert [(hdu.name, hdu.version) for hdu in found] == [(hdu.name, hdu.version) for hdu in expected]
    for ours, theirs, known in zip(found, expected, values, strict=True):
        assert (ours.pixels is None) == (theirs.pixels is None)
        if ours.pixels is not None:
            assert ours.pixels.shape == theirs.pixels.shape
            np.testing.assert_array_equal(ours.pixels, theirs.pixels)
        for keyword, value in known.items():
            other = theirs.header.get(keyword)
            assert (value, type(value)) == (other, type(other)), keyword
        assert ours.header.keywords()[:3] == theirs.header.keywords()[:3]
    return True


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8", "u2", "u4", "i1"])
@pytest.mark.parametrize("shape", [(5, 7), (3, 5, 7), (2, 1, 4, 4)])
def test_extensions_of_every_type_and_shape_are_those_of_astropy(dtype, shape):
    pixels = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    assert compare_all(several(("SCI", pixels), ("", pixels + 1), ("DIFF", pixels), MAG=17.5, EDGE="False", EXPTIME=30))


@pytest.mark.parametrize("cards", [
    {"BSCALE": 0.1, "BZERO": 5.0}, {"BZERO": 32768, "BLANK": 3}, {"BLANK": 3}, {"BSCALE": 2}, {"BSCALE": "0.5"},
])
def test_scaled_extensions_are_those_of_astropy(cards):
    pixels = np.arange(35, dtype="i2").reshape(5, 7)
    data = several(("DIFF", pixels))
    header = b"".join(f"{key:8}= {repr(value) if isinstance(value, str) else value:>20}".ljust(80).encode()
                      for key, value in cards.items())
    at = data.index(b"EXTNAME")
    end = data.index(b"END" + 77 * b" ", at)
    assert compare_all(data[:at] + header + data[at:end] + b"END".ljust(80) + data[end + 80 + len(header):])


def test_long_keywords_are_found_whatever_their_case():
    cards = ["HIERARCH mag_calib = 18.25 / calibrated", "HIERARCH ESO DET NAME = 'it''s'", "HIERARCH MAG = 1.5"]
    data = several(("DIFF", np.ones((3, 3), "f4")), primary={"CANDID": "c1"}, cards=cards)
    assert compare_all(data)
    header = read_plain_hdus(data)[0].header
    assert header.get("mag_calib") == header.get("MAG_CALIB") == 18.25
    assert header.get("MAG") == 1.5 and header.get("ESO DET NAME") == "it's"
    assert "mag_calib" in header.keywords()


def test_what_is_no_image_or_does_not_end_with_its_data_is_handed_over():
    data = several(("DIFF", np.ones((40, 40), "f4")))
    table = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns([fits.Column("A", "E", array=[1.0])])]).writeto(table)
    checked = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.ones((3, 3)))]).writeto(checked, checksum=True)
    for other in (data[:-1], data + b"\0", data[:2880 + 100], data + bytes(2880), table.getvalue(), checked.getvalue(),
                  data.replace(b"PCOUNT  =                    0", b"PCOUNT  =                   10")):
        with pytest.raises(Doubt):
            read_plain_hdus(other)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=70), st.sampled_from(KEYWORDS))
def test_random_cards_of_extensions_agree_with_astropy(text, keyword):
    data = several(("DIFF", np.ones((3, 3), "f4")), MAG=1.0)
    at = data.index(b"MAG     =")
    card = f"{keyword:8}={text}"[:80].ljust(80).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare_all(data[:at] + card + data[at + 80:])
