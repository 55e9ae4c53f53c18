"""Cells of text to numbers: exponents of Fortran, decimal commas, limits, and marks of a missing value."""

import numpy as np

__all__ = ["MISSING", "as_text", "is_number", "numbers_of", "to_number"]

MISSING = {"", "nan", "none", "null", "--", "---", "inf", "-inf", "+inf", "na", "n/a", "masked", "-", "...",
           "?", "\\n", "indef", "undef"}
_LIMITS = (">", "<", "≥", "≤", "~>")


def as_text(value):
    """Return a cell as text without blanks about it."""
    return (value.decode("latin-1") if isinstance(value, bytes) else str(value)).strip()


def to_number(cell):
    """Return the number that a cell of text holds, NaN for a mark of a missing one.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> to_number("1.5D+01"), to_number("2040,5"), to_number("--")
    (15.0, 2040.5, nan)
    """
    text = cell.strip()
    try:
        return float(text)
    except ValueError:
        pass
    lower = text.lower()
    if lower in MISSING:
        return float("nan")
    if lower in ("true", "false", "t", "f"):
        return float(lower[0] == "t")
    return float(lower.replace("d", "e", 1) if "d" in lower else lower.replace(",", ".", 1))


def is_number(cell):
    """Return whether a cell of text holds a number, a limit, or a mark of a missing one."""
    text = cell.strip()
    try:
        to_number(text[1:] if text.startswith(_LIMITS) else text)
    except ValueError:
        return False
    return True


def numbers_of(values):
    """Return values as numbers, which of them were limits, and how many were no numbers; both are NaN.

    Parameters
    ----------
    values : (n,) ndarray
        Of any type.

    Returns
    -------
    numbers : (n,) float64 ndarray
    limits : (n,) bool ndarray
    wrong : int

    Examples
    --------
    >>> numbers, limits, wrong = numbers_of(np.array(["12.5", ">16.1", "cloud"]))
    >>> numbers.tolist(), limits.tolist(), wrong
    ([12.5, nan, nan], [False, True, False], 1)
    """
    if np.ma.isMaskedArray(values) and values.dtype.kind in "fiub":
        values = values.astype(np.float64).filled(np.nan)
    values = np.asarray(values)
    limits = np.zeros(len(values), bool)
    try:
        return values.astype(np.float64), limits, 0
    except (TypeError, ValueError):
        pass
    numbers, wrong = np.full(len(values), np.nan), 0
    few = values[::max(1, len(values) // 1000)].tolist()
    if not any(value is None or is_number(as_text(value)) for value in few):
        return numbers, limits, len(values)  # words; a look at some of them is enough
    for row, value in enumerate(values.tolist()):
        text = "" if value is None else as_text(value)
        if text.startswith(_LIMITS):
            limits[row] = True
            continue
        try:
            numbers[row] = to_number(text)
        except ValueError:
            wrong += 1
    return numbers, limits, wrong
