"""One value for each card: of the standard, of astropy, and of every reader of ours."""

import io
import warnings

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import example, given, settings
from hypothesis import strategies as st

from otrain.data.fits.plain import Doubt, read_plain_hdus
from otrain.data.fits.whole import read_all
from otrain.data.inputs.fits_card import CARD, NotStandard, card_texts, card_value
from otrain.domains.lightcurves.readers.fits_tables import read_tables

PRINTABLE = st.characters(min_codepoint=32, max_codepoint=126)


def quoted(text):
    """Write a text as the standard says: in quotes, those within doubled."""
    return "'" + text.replace("'", "''") + "'"


@pytest.mark.parametrize(("card", "value"), [
    ("= 'field 12'' / 3'", "field 12' / 3"), ("= 'a'' b'", "a' b"), ("= ''''", "'"), ("= ''", ""), ("= '   '", ""),
    ("= '  x  ' / comment", "  x"), ("= 'x'/comment ' with'", "x"), ("= '/'", "/"), ("= 'a&'", "a&"),
    ("=                    T / true", True), ("= F", False), ("= 007", 7), ("= -12", -12), ("= +5", 5),
    ("= 99999999999999999999999", 99999999999999999999999),
    ("= 1.5", 1.5), ("= .5", 0.5), ("= 5.", 5.0), ("= 1E3", 1000.0), ("= 1.5D-3", 0.0015), ("= -1.D+02", -100.0),
    ("= (1.0, -2.5)", 1 - 2.5j), ("= ( 1 , 2D0 ) / complex", 1 + 2j),
    ("=", None), ("=        ", None), ("= / no value", None), ("=                      / 'x'", None),
])
def test_value_is_that_of_the_standard(card, value):
    found = card_value(card.ljust(72))
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("card", ["= 'open", "= 'a'b", "= TRUE", "= 1 2", "= 1.5 mag", "= 1e", "= - 5", "=1", "1.5", "= (1, 2",
                                  "= 1.0E1234", "= nan"])
def test_what_is_no_value_of_the_standard_is_said_to_be_none(card):
    with pytest.raises(NotStandard):
        card_value(card)


@settings(max_examples=400, deadline=None)
@given(st.text(PRINTABLE, max_size=60), st.text(PRINTABLE, max_size=10))
@example("field 12' / 3", "")
@example("'", " /")
def test_any_text_written_by_the_standard_comes_back(text, comment):
    assert card_value(f"= {quoted(text)} / {comment}") == text.rstrip(" ")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-10**18, 10**18), st.booleans(),
                 st.complex_numbers(allow_nan=False, allow_infinity=False, max_magnitude=1e50)))
def test_number_that_astropy_writes_comes_back(value):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        card = fits.Card("KEY", value)
        text, theirs = str(card)[8:], fits.Card.fromstring(str(card)).value
    found = card_value(text)
    assert (found, type(found)) == (theirs, type(theirs))


@settings(max_examples=500, deadline=None)
@given(st.text(PRINTABLE, max_size=70))
def test_any_card_of_the_standard_has_the_value_of_astropy_doubled_quotes_aside(text):
    try:
        found = card_value(f"= {text}".ljust(72)[:72])
    except NotStandard:
        return
    if isinstance(found, str) and "''" in text:
        return
    card = fits.Card.fromstring(f"KEY     = {text}"[:80].ljust(80))
    theirs = card.value
    assert found == theirs or (found is None and isinstance(theirs, fits.card.Undefined))


def header_of(cards):
    return "".join(card.ljust(CARD) for card in cards)


def test_first_of_several_cards_counts_and_long_keywords_are_found():
    texts = card_texts(header_of(["A       = 1", "A       = 2", "HIERARCH eso det name = 'x'", "COMMENT = 3", "B       3",
                                  "END", "C       = 4"]))
    assert {key: card_value(text) for key, text in texts.items()} == {"A": 1, "ESO DET NAME": "x", "COMMENT": 3}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(PRINTABLE, max_size=30), min_size=2, max_size=5))
def test_long_text_is_joined_from_its_cards(parts):
    first, *middle = parts
    *middle, last = middle
    cards = [f"LONG    = {quoted(first + '&')}", *(f"CONTINUE  {quoted(part + '&')}" for part in middle), f"CONTINUE  {quoted(last)} / end"]
    found = card_value(card_texts(header_of([*cards, "END"]))["LONG"])
    assert found == "".join([first, *middle, last]).rstrip(" ")


def test_text_that_does_not_go_on_keeps_its_sign():
    texts = card_texts(header_of(["A       = 'x&'", "B       = 'y'", "CONTINUE  'z'", "END"]))
    assert [card_value(texts[key]) for key in "AB"] == ["x&", "y"]


def file_with(cards):
    """Return a file with an image and one with a table, whose first headers have these cards."""
    out = []
    for hdus in ([fits.PrimaryHDU(np.ones((3, 4), "f4"))],
                 [fits.PrimaryHDU(), fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=[1.0])])]):
        stream = io.BytesIO()
        fits.HDUList(hdus).writeto(stream)
        data = stream.getvalue()
        end = data.index(b"END" + b" " * 77, 2880 if len(hdus) > 1 else 0)
        start = 0 if len(hdus) == 1 else 2880
        header = data[start:end] + header_of([*cards, "END"]).encode()
        header = header.ljust(-(-len(header) // 2880) * 2880)
        out.append(data[:start] + header + data[start + 2880:])
    return out


VALUES = st.one_of(
    st.text(PRINTABLE, max_size=30).map(quoted).filter(lambda text: len(text) <= 66), st.sampled_from(["T", "F", "", "/ none"]),
    st.integers(-10**17, 10**17).map(str), st.floats(-1e300, 1e300).map(lambda x: f"{x:.8E}"),
    st.floats(-1e300, 1e300).map(lambda x: f"{x:.8E}".replace("E", "D")))


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["CANDID", "MAG", "OBJECT", "HIERARCH eso x", "FILTER"]), VALUES,
                          st.sampled_from(["", " / comment", " / it's '' / 3"])), min_size=1, max_size=6))
@example([("CANDID", "'field 12'' / 3'", "")])
def test_every_reader_gives_one_value(cards):
    lines = [f"{key:<8}{' ' if key.startswith('HIER') else ''}= {value}{comment}" for key, value, comment in cards]
    lines = [line for line in lines if len(line) <= 80] or ["MAG     = 1"]
    image, table = file_with(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slow, curve = read_all(image)[0].header, read_tables(table)[0].header
        try:
            fast = read_plain_hdus(image)[0].header
        except Doubt:
            fast = None
        for line in lines:
            key = line[:8].strip() if not line.startswith("HIER") else "ESO X"
            expected = card_value(card_texts(header_of(lines))[key])
            found = {"astropy": slow.get(key), "curve": curve.get(key)}
            if fast is not None:
                found["fast"] = fast.get(key)
            assert all((value, type(value)) == (expected, type(expected)) for value in found.values()), (line, expected, found)
