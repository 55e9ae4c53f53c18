"""Reads TOML, whose text may be anybody's."""

import tomllib

__all__ = ["DEEPEST", "load_toml", "parse_toml"]

DEEPEST = 50  # tables and lists one in another; what walks through deeper ones would run out of stack


def load_toml(path):
    """Return the tables of a TOML file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    dict

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no TOML, or deeper than `DEEPEST`.
    """
    with open(path, "rb") as file:
        data = file.read()
    return parse_toml(data.decode())


def parse_toml(text):
    """Return the tables of a text.

    Raises
    ------
    ValueError
        If it is no TOML, or deeper than `DEEPEST`.

    Examples
    --------
    >>> parse_toml("a.b = [1]")
    {'a': {'b': [1]}}
    """
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise ValueError(f"more than {DEEPEST} tables and lists lie one in another") from None
    level, depth = [tables], 0
    while level:
        if depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} tables and lists lie one in another")
        level = [value for one in level for value in (one.values() if isinstance(one, dict) else one)
                 if isinstance(value, dict | list)]
        depth += 1
    return tables
