"""The value of a FITS card, as the standard has it (4.0, section 4.2), for every reader of headers.

Astropy ends a text at a doubled quote before a blank or a slash, and takes some cards
that the standard does not know; who reads a header by two ways must get one value.
"""

import re

__all__ = ["CARD", "END", "NotStandard", "card_texts", "card_value", "find_end"]

CARD = 80  # bytes
END = b"END".ljust(CARD)
_KEYWORD = 8  # bytes
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[EDed][+-]?[0-9]{1,3})?"
# Text, integer, float, logical, complex, or nothing at all; what follows is blank or a comment.
_VALUE = re.compile(
    r"= *(?:(?:'([^']*(?:''[^']*)*)'"
    r"|([+-]?[0-9]+)"
    r"|([+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[EDed]))(?:[EDed][+-]?[0-9]{1,3})?)"
    r"|([TF])"
    rf"|\( *({_NUMBER}) *, *({_NUMBER}) *\)) *)?(?:/.*)?").fullmatch
_TEXT, _INTEGER, _FLOAT, _LOGICAL = 1, 2, 3, 4


class NotStandard(ValueError):
    """The card is not written as the standard says."""


def card_value(text):
    """Return the value of a card: str, int, float, bool or complex; None where the card has none.

    Parameters
    ----------
    text : str
        What stands behind the keyword, from ``= `` on.

    Raises
    ------
    NotStandard
        If it is no value of the standard.

    Examples
    --------
    >>> card_value("= 'field 12'' / 3' / a name"), card_value("= 1.5D3"), card_value("= / unknown")
    ("field 12' / 3", 1500.0, None)
    """
    match = _VALUE(text)
    if match is None or text[1:2] not in (" ", ""):
        raise NotStandard(text)
    kind = match.lastindex
    if kind is None:
        return None
    found = match[kind]
    if kind == _FLOAT:
        return _number(found)
    if kind == _TEXT:
        return found.replace("''", "'").rstrip(" ")
    if kind == _INTEGER:
        return int(found)
    return found == "T" if kind == _LOGICAL else complex(_number(match[5]), _number(match[6]))


def _number(text):
    return float(text.upper().replace("D", "E"))


def card_texts(header):
    """Return what stands behind each keyword of a header, from ``= `` on.

    The first of several cards with one keyword counts. A text that goes on in cards CONTINUE is one text.

    Parameters
    ----------
    header : str
        Whole cards, one behind the other, up to END or the end.

    Returns
    -------
    dict of str to str
        By keyword in capitals; those with the word HIERARCH without it.
    """
    found, last = {}, None
    for start in range(0, len(header), CARD):
        card = header[start:start + CARD]
        keyword = card[:_KEYWORD].rstrip(" ")
        if keyword == "END" and not card[_KEYWORD:].strip(" "):
            break
        if keyword == "CONTINUE":
            if last is not None:
                found[last] = _continued(found[last], card[_KEYWORD:])
            continue
        last = None
        if keyword == "HIERARCH" and card[_KEYWORD] == " " and "=" in card:
            keyword, _, text = card[_KEYWORD:].partition("=")
            keyword, text = keyword.strip(" ").upper(), "= " + text
        elif card[_KEYWORD:_KEYWORD + 2] == "= ":
            text = card[_KEYWORD:]
        else:
            continue
        if keyword not in found:
            found[keyword], last = text, keyword
    return found


def find_end(data, start=0):
    """Return where the card END of the header that begins at a byte lies, -1 if there is none.

    Parameters
    ----------
    data : bytes
    start : int
        First byte of the header; a comment within a card may hold the letters of END as well.

    Examples
    --------
    >>> find_end(b"COMMENT".ljust(80) + b"END".ljust(80)), find_end(b" END".ljust(160))
    (80, -1)
    """
    end = data.find(END, start)
    while end >= 0 and (end - start) % CARD:
        end = data.find(END, end + 1)
    return end


def _continued(text, more):
    """Return a text with that of a card CONTINUE behind it, if it ends in ``&``."""
    try:
        first, second = card_value(text), card_value("= " + more)
    except NotStandard:
        return text
    if not isinstance(first, str) or not first.endswith("&") or not isinstance(second, str):
        return text
    joined = (first[:-1] + second).replace("'", "''")
    return f"= '{joined}'"
