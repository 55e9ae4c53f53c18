"""Tables as TOML text: what `tomllib` reads back as the same tables."""

import json
import re

__all__ = ["toml_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(tables):
    """Return tables as TOML.

    Parameters
    ----------
    tables : dict
        Of texts, numbers, truth values, lists of these, and tables; None is left out.

    Raises
    ------
    TypeError
        If a value is of another kind.

    Examples
    --------
    >>> print(toml_text({"a": 1, "b": {"c": [1.5, True], "d": {"e": "x"}}}), end="")
    a = 1
    <BLANKLINE>
    [b]
    c = [1.5, true]
    <BLANKLINE>
    [b.d]
    e = "x"
    """
    lines = []
    _write(tables, (), lines)
    return "\n".join(lines).lstrip("\n") + "\n"


def _write(table, names, lines):
    plain = {key: value for key, value in table.items() if not isinstance(value, dict) and value is not None}
    inner = {key: value for key, value in table.items() if isinstance(value, dict)}
    if names and (plain or not inner):
        lines += ["", f"[{'.'.join(map(_key, names))}]"]
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in inner.items():
        _write(value, (*names, key), lines)


def _key(key):
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)  # inf and nan are written so in TOML too
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"a configuration holds no {type(value).__name__}: {value!r}")


def _text(text):
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
