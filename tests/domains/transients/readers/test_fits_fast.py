"""The fast path either gives what astropy gives, or hands the file over."""

import io
import warnings

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from otrain.domains.transients.readers.fits_astropy import AstropyHeader
from otrain.domains.transients.readers.fits_fast import Doubt, read_plain

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
            return AstropyHeader(hdus[0].header.copy()), hdus[0].data


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
