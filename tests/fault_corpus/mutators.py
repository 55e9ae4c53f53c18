"""What goes wrong with candidate files: damage to their bytes, and files that were written odd.

Damage takes bytes and gives bytes: the pixels that the writer meant are not to
come out changed. Oddities take pixels and header before the file is written:
whoever wrote them meant them.
"""

import numpy as np

__all__ = ["DAMAGE", "ODDITIES"]

BLOCK = 2880  # bytes; FITS files are made of these
CARD = 80  # bytes
MANDATORY = ("SIMPLE", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "CANDID", "MAG", "MAGERR", "FILTER", "FWHM",
             "EDGE", "XTENSION", "PCOUNT", "GCOUNT", "TFIELDS", "ZBITPIX", "ZNAXIS1", "ZCMPTYPE", "TFORM1")
NUMBERS = (0, -1, 1, 3, 7, 8, 64, -64, 999, 1000, 2**31, 2**40)
STRUCTURE = ("BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "PCOUNT", "GCOUNT", "TFIELDS", "THEAP",
             "ZTILE1", "ZTILE2", "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZBITPIX", "BZERO", "BSCALE", "BLANK",
             "ZBLANK", "ZVAL1", "ZVAL2")
VALUES = ("'nan'", "''", "T", "'abc'", "1E999", "(1, 2)", "'F'", "-", "''''''", "'unclosed", "99999999999999999999",
          "1.2.3", "NaN", "'<script>alert(1)</script>'", "'=1+1'", "1D400", "0x1F", "'  '")


def _truncate_block(data, rng):
    return data[:BLOCK * int(rng.integers(0, max(1, len(data) // BLOCK)))]


def _truncate_anywhere(data, rng):
    return data[:int(rng.integers(0, len(data)))]


def _header_only(data, rng):
    end = data.find(b"END" + b" " * 77)
    return data[:-(-(end + CARD) // BLOCK) * BLOCK] if end > 0 else data[:80]


def _no_end(data, rng):
    return data.replace(b"END" + b" " * 77, b" " * CARD)


def _nothing(data, rng):
    return b""


def _all_zero(data, rng):
    return bytes(len(data))


def _zero_run(data, rng):
    start = int(rng.integers(0, len(data)))
    return data[:start] + bytes(min(400, len(data) - start)) + data[start + 400:]


def _noise(data, rng):
    data = bytearray(data)
    for place in rng.integers(0, len(data), 12):
        data[place] = int(rng.integers(256))
    return bytes(data)


def _one_bit(data, rng):
    data = bytearray(data)
    data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(data)


def _insert(data, rng):
    start = int(rng.integers(0, len(data)))
    return data[:start] + rng.bytes(int(rng.integers(1, 300))) + data[start:]


def _delete(data, rng):
    start = int(rng.integers(0, len(data)))
    return data[:start] + data[start + int(rng.integers(1, 300)):]


def _repeat_block(data, rng):
    start = BLOCK * int(rng.integers(0, max(1, len(data) // BLOCK)))
    return data[:start] + data[start:start + BLOCK] + data[start:]


def _trailing(data, rng):
    return data + rng.bytes(int(rng.integers(1, 4000)))


def _endian_swap(data, rng):
    """Swap the bytes of the last block, as a transfer in the wrong mode does."""
    tail = data[-BLOCK:][:len(data[-BLOCK:]) // 4 * 4]
    return data[:len(data) - len(tail)] + np.frombuffer(tail, "<u4").byteswap().tobytes()


def _line_ends(data, rng):
    """Every line feed becomes two bytes, as a transfer as text does."""
    return data.replace(b"\n", b"\r\n") if b"\n" in data else data.replace(b"\x42", b"\x0d\x0a")


def _places(data, keys):
    """Return where cards with these keywords begin."""
    found = []
    for key in keys:
        at = data.find(f"{key:8}=".encode())
        while at >= 0:
            found.append((at, key))
            at = data.find(f"{key:8}=".encode(), at + 1)
    return found


def _with_card(data, at, card):
    card = card[:CARD].ljust(CARD).encode("latin-1")
    return data[:at] + card + data[at + CARD:]


def _changed(keys, make):
    """Return a mutator that writes another card in the place of one with these keywords."""
    def mutate(data, rng):
        places = _places(data, keys)
        if not places:
            return _noise(data, rng)
        at, key = places[rng.integers(len(places))]
        return _with_card(data, at, make(key, data[at:at + CARD].decode("latin-1"), rng))

    return mutate


def _any(values, rng):
    return values[rng.integers(len(values))]


_lie = _changed(STRUCTURE, lambda key, card, rng: f"{key:8}= {_any(NUMBERS, rng):>20}")
_wrong_type = _changed(MANDATORY, lambda key, card, rng: f"{key:8}= {_any(VALUES, rng)}")
_missing = _changed(MANDATORY, lambda key, card, rng: "")
_lower_case = _changed(MANDATORY, lambda key, card, rng: card.lower())
_not_ascii = _changed(MANDATORY, lambda key, card, rng: card[:30] + "\xe9\xff\x80" + card[33:])
_nul = _changed(MANDATORY, lambda key, card, rng: card[:int(rng.integers(0, 40))] + "\0" * 8)
_renamed = _changed(("FILTER", "EXTNAME"), lambda key, card, rng: "FILTER2 " + card[8:])
_hierarch = _changed(("FILTER", "MAG", "CANDID"), lambda key, card, rng: f"HIERARCH ESO {key} = {card[10:50]}")
_no_value = _changed(MANDATORY, lambda key, card, rng: f"{key:8}=")
_no_equals = _changed(MANDATORY, lambda key, card, rng: f"{key:8}  {card[10:]}")


def _noise_card(data, rng):
    place = CARD * int(rng.integers(0, 30))
    return data[:place] + rng.bytes(CARD) + data[place + CARD:]


def _inserted(make):
    """Return a mutator that writes further cards before the first END."""
    def mutate(data, rng):
        end = data.find(b"END" + b" " * 77)
        if end < 0:
            return _noise(data, rng)
        cards = b"".join(card[:CARD].ljust(CARD).encode("latin-1") for card in make(rng))
        block = -(-(end + CARD) // BLOCK) * BLOCK
        header = data[:end] + cards + data[end:end + CARD]
        return header + b" " * (-len(header) % BLOCK) + data[block:]

    return mutate


_duplicates = _inserted(lambda rng: [f"{key:8}= {_any(VALUES, rng)}" for key in ("CANDID", "MAG", "EDGE", "NAXIS1")])
_continued = _inserted(lambda rng: ["LONGNAME= 'a chain of cards&'", *["CONTINUE  'and on&'"] * int(rng.integers(1, 400)),
                                    "CONTINUE  'end'"][:int(rng.integers(2, 400))])
_continued_wrongly = _inserted(lambda rng: ["CONTINUE  'of nothing'", "CONTINUE", "CONTINUE= 3"])
_many_cards = _inserted(lambda rng: [f"KEY{i:05d}= {i:>20}" for i in range(int(rng.integers(100, 1500)))])

DAMAGE = {function.__name__.lstrip("_"): function for function in (
    _truncate_block, _truncate_anywhere, _header_only, _no_end, _nothing, _all_zero, _zero_run, _noise, _one_bit,
    _insert, _delete, _repeat_block, _trailing, _endian_swap, _line_ends, _noise_card)}
DAMAGE |= {"lie": _lie, "lie_again": _lie, "wrong_type": _wrong_type, "missing": _missing,
           "lower_case": _lower_case, "not_ascii": _not_ascii, "nul": _nul, "renamed": _renamed,
           "hierarch": _hierarch, "no_value": _no_value, "no_equals": _no_equals, "duplicates": _duplicates,
           "continued": _continued, "continued_wrongly": _continued_wrongly, "many_cards": _many_cards}


def _filled(value, most=1):
    """Return an oddity that puts a value into some pixels."""
    def mutate(image, header, rng):
        image = image.copy()
        flat = image.reshape(-1)
        flat[rng.integers(0, flat.size, int(rng.integers(1, most + 1)))] = value
        return image, header

    return mutate


def _whole(make):
    return lambda image, header, rng: (make(image, rng).astype(np.float32), header)


def _headed(make):
    """Return an oddity of the header."""
    def mutate(image, header, rng):
        header = header.copy()
        make(header, rng)
        return image, header

    return mutate


def _second_filter(header, rng):
    header["FILTER2"] = header.pop("FILTER")


def _long_filter(header, rng):
    header["HIERARCH ESO INS FILT1 NAME"] = header.pop("FILTER")


def _long_text(header, rng):
    header["CANDID"] = "c" * int(rng.integers(70, 400))  # astropy continues it over several cards


def _edge_words(header, rng):
    header["EDGE"] = (True, "True", "T", "F", "false", 0, 1, "maybe", "")[rng.integers(9)]


def _numbers_as_text(header, rng):
    for key in ("MAG", "MAGERR", "FWHM"):
        header[key] = ("nan", "", " 18.5 ", "INDEF", "-99", "1e400")[rng.integers(6)]


def _sentinels(header, rng):
    for key in ("MAG", "MAGERR", "FWHM"):
        header[key] = (-99.0, 99.0, 1e30, -1e308, 0.0)[rng.integers(5)]


def _without_columns(header, rng):
    for key in list(header)[:int(rng.integers(1, 8))]:
        del header[key]


def _nasty_candid(header, rng):
    header["CANDID"] = ("<script>alert(1)</script>", "=HYPERLINK(1)", "../../etc/passwd", "a\\nb", "'; DROP",
                        "{{7*7}}", "%s%n", "!!python/object/apply:os.system")[rng.integers(8)]


ODDITIES = {
    "one_nan": _filled(np.nan), "some_nan": _filled(np.nan, 400), "one_inf": _filled(np.inf),
    "some_inf": _filled(-np.inf, 100), "huge": _filled(1e38), "huge_all": _whole(lambda a, rng: a * 1e36),
    "negative_zero": _filled(-0.0, 400), "saturated": _whole(lambda a, rng: np.minimum(a, 110)),
    "all_nan": _whole(lambda a, rng: a * np.nan),
    "constant": _whole(lambda a, rng: np.full_like(a, rng.integers(0, 200) + rng.random())),
    "zero": _whole(lambda a, rng: np.zeros_like(a)),
    "even": _whole(lambda a, rng: a[..., :-1, :-1]), "too_small": _whole(lambda a, rng: a[..., :9, :9]),
    "not_square": _whole(lambda a, rng: a[..., :, :int(rng.integers(4, 20))]),
    "larger": _whole(lambda a, rng: np.pad(a, 11, mode="edge")),
    "one_pixel": _whole(lambda a, rng: a[..., :5, :1]),
    "unit_axis": _whole(lambda a, rng: a[None]), "unit_axes": _whole(lambda a, rng: a[None, None]),
    "second_filter": _headed(_second_filter), "long_filter": _headed(_long_filter),
    "long_text": _headed(_long_text), "edge_words": _headed(_edge_words),
    "numbers_as_text": _headed(_numbers_as_text), "sentinels": _headed(_sentinels),
    "without_columns": _headed(_without_columns), "nasty_candid": _headed(_nasty_candid),
}
