"""Plain values as YAML text: what a safe reader of YAML reads back as the same values."""

import json
import math
import re

__all__ = ["yaml_text"]

_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_WORDS = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}
# JSON leaves them as they are; to YAML they are the end of a line, or not allowed.
_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def yaml_text(values):
    """Return a mapping as YAML (1.1 and 1.2).

    Parameters
    ----------
    values : dict
        Of None, truth values, numbers, texts, lists and mappings; scalars of numpy count as numbers. Lists
        of single values stand on one line.

    Raises
    ------
    TypeError
        If a value is of another kind.

    Examples
    --------
    >>> print(yaml_text({"a": 1, "b": {"c": [1.5, True, None], "d": [], "e": "V1:x"}}), end="")
    a: 1
    b:
      c: [1.5, true, null]
      d: []
      e: "V1:x"
    """
    return "".join(_lines(values, 0)) if values else "{}\n"


def _lines(values, depth):
    for key, value in values.items():
        name = key if _BARE.fullmatch(str(key)) and str(key).lower() not in _WORDS else _scalar(str(key))
        if isinstance(value, dict) and value:
            yield f"{'  ' * depth}{name}:\n"
            yield from _lines(value, depth + 1)
        else:
            yield f"{'  ' * depth}{name}: {_flow(value)}\n"


def _flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value):
    if hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return _BREAKS.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    raise TypeError(f"{type(value).__name__} cannot be written as YAML. Received: {value!r}")


def _number(value):
    if not math.isfinite(value):
        return ".nan" if value != value else "-.inf" if value < 0 else ".inf"
    # YAML 1.1 takes 1e-05 for a text; it wants a point.
    mantissa, e, exponent = repr(value).partition("e")
    return mantissa + (".0" if e and "." not in mantissa else "") + e + exponent
