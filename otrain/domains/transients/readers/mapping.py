"""The TOML file that describes the files of a telescope instead of code, understood and checked.

The file says where the images are and what the keywords are called; nothing in
it is executed. ``docs/how-to/add-a-reader.md`` explains every key.
"""

import math
from pathlib import Path

from otrain.data.files.toml_file import parse_toml
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.readers.images import TRIPLET
from otrain.domains.transients.readers.mapped_fits import ColumnRule, ImageRule, MappingReader
from otrain.domains.transients.readers.stack_layout import ArrayMapping
from otrain.domains.transients.readers.stacks import StackReader
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["load_mapping", "parse_mapping", "read_mapping"]

_TABLES = ("name", "match", "blank", "images", "columns", "label", "arrays")
_ROLE_KEYS = ("hdu", "plane", "blank")
_COLUMN_KEYS = ("keyword", "hdu", "value", "scale", "offset", "true", "words")
_ARRAY_KEYS = ("images", "labels", "channels", "axes", "columns")
_LABEL_KEYS = ("keyword", "hdu", "real", "bogus")


def read_mapping(path):
    """Return the text of a mapping file.

    Raises
    ------
    UsageError
        If it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: the mapping cannot be read: {error.strerror}. "
                         "Give a TOML file with --mapping.") from None
    except ValueError as error:  # no text
        raise UsageError(f"{path}: the mapping cannot be read ({error}).") from None


def load_mapping(path):
    """Return the reader that a TOML mapping file describes; see `parse_mapping`."""
    return parse_mapping(read_mapping(path), Path(path))


def parse_mapping(text, path):
    """Return the reader that the text of a mapping describes.

    Parameters
    ----------
    text : str
        TOML.
    path : Path
        Where it comes from, for messages; its stem is the name of a mapping without one.

    Returns
    -------
    MappingReader, or StackReader where the mapping describes arrays

    Raises
    ------
    UsageError
        If the text is no TOML, or a key or a value has no meaning; unknown
        keys come with the nearest known one.
    """
    try:
        table = parse_toml(text)
    except ValueError as error:  # no TOML, too many digits, too deep
        raise UsageError(f"{path}: the mapping cannot be read ({error}).") from None
    _known(path, table, _TABLES)
    if "arrays" in table:
        arrays = _require(path, "arrays", table["arrays"], dict, "a table")
        return StackReader(_arrays(f"{path}: arrays", arrays))
    for key in ("match", "images", "columns", "label"):
        _require(path, key, table.get(key, {}), dict, "a table")
    _known(f"{path}: images", table.get("images", {}), TRIPLET, also_extra=True)
    _known(f"{path}: columns", table.get("columns", {}), [name for name in COLUMNS if name != "file"])
    return MappingReader(
        name=str(table.get("name", path.stem)),
        match=_match(path, table.get("match", {})),
        blank=_blank(path, table),
        images={role: _image_rule(f"{path}: images.{role}", rule)
                for role, rule in table.get("images", {}).items()},
        columns={name: _column_rule(f"{path}: columns.{name}", name, rule)
                 for name, rule in table.get("columns", {}).items()},
        label=_label_rule(f"{path}: label", table["label"]) if "label" in table else None,
    )


def _arrays(where, table):
    """Return what a mapping says about files of plain arrays."""
    _known(where, table, _ARRAY_KEYS)
    images = table.get("images")
    roles = images if isinstance(images, dict) else {"": images}
    for role, name in roles.items():
        if name is not None:
            _require(where, f"images{role and '.' + role}", name, str, "the name of an array")
    if isinstance(images, dict):
        _known(f"{where}: images", images, TRIPLET, also_extra=True)
    if "labels" in table:
        _require(where, "labels", table["labels"], str, "the name of an array")
    axes = _require(where, "axes", table.get("axes", "NHWC"), str, "letters such as \"NHWC\"").upper()
    if len(set(axes)) < len(axes) or not {"H", "W"} <= set(axes) <= set("NHWC"):
        raise UsageError(f"{where}: `axes` must name H, W and perhaps N and C once. Received: {axes!r}.")
    channels = _listed(table.get("channels", []))
    columns = _require(where, "columns", table.get("columns", {}), dict, "a table")
    _known(f"{where}: columns", columns, [name for name in COLUMNS if name != "file"])
    for name in (*channels, *columns.values()):
        _require(where, "columns", name, str, "a name")
    return ArrayMapping(images, table.get("labels"), tuple(channels) or None,
                        axes if "axes" in table else None, columns)


def _known(where, table, known, also_extra=False):
    """Refuse a key that means nothing."""
    for key in table:
        # Channels beyond the triplet may have any name of letters, e.g. "science_2".
        extra = also_extra and key.isidentifier() and not nearest(key, known)
        if key not in known and not extra:
            raise UsageError(f"{where}: unknown key {key!r}.{nearest(key, known)} Known: {', '.join(known)}.")


def _require(where, key, value, kind, words):
    """Refuse a value of the wrong type; a logical is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{where}: `{key}` must be {words}. Received: {value!r}.")
    return value


def _match(path, table):
    for keyword, value in table.items():
        _require(f"{path}: match", keyword, value, str | int | float, "a text or a number")
    return dict(table)


def _image_rule(where, table):
    """Return the rule of an image from ``"SCI"``, ``1`` or ``{hdu = "SCI", plane = 0}``."""
    if not isinstance(table, dict):
        table = {"hdu": table}
    _known(where, table, _ROLE_KEYS)
    if "hdu" in table:
        _require(where, "hdu", table["hdu"], str | int, "a name or an index")
    if "plane" in table:
        _require(where, "plane", table["plane"], int, "an index")
    return ImageRule(table.get("hdu"), table.get("plane"), _blank(where, table))


def _blank(where, table):
    """Return the values of pixels that have none: a number or a list of them."""
    values = _listed(table.get("blank", []))
    for value in values:
        _require(where, "blank", value, int | float, "a number or a list of numbers")
    return tuple(map(float, values))


def _column_rule(where, column, table):
    """Return the rule of a column from ``"MAG"``, ``["MAG_AUTO", "MAG"]`` or a table."""
    if not isinstance(table, dict):
        table = {"keyword": table}
    _known(where, table, _COLUMN_KEYS)
    if "keyword" not in table and "value" not in table:
        raise UsageError(f"{where}: needs a `keyword` or a `value`. Received: {table!r}.")
    for key in ("scale", "offset"):
        _require(where, key, table.get(key, 1.0), int | float, "a number")
    if "hdu" in table:
        _require(where, "hdu", table["hdu"], str | int, "a name or an index")
    if "true" in table and COLUMNS[column].kind is not bool:
        raise UsageError(f"{where}: `true` is for logical columns only. Received: {table['true']!r}.")
    rule = ColumnRule(_keywords(where, table.get("keyword", [])), table.get("hdu"), table.get("value"),
                      float(table.get("scale", 1.0)), float(table.get("offset", 0.0)),
                      tuple(_listed(table["true"])) if "true" in table else None,
                      _require(where, "words", table.get("words", {}), dict, "a table"))
    if not math.isfinite(rule.scale) or not math.isfinite(rule.offset):
        raise UsageError(f"{where}: `scale` and `offset` must be finite. Received: {table!r}.")
    return rule


def _listed(value):
    return value if isinstance(value, list) else [value]


def _keywords(where, value):
    keywords = tuple(_listed(value))
    if not all(isinstance(keyword, str) and keyword.strip() for keyword in keywords):
        raise UsageError(f"{where}: `keyword` must be a keyword or a list of them. Received: {value!r}.")
    return keywords


def _label_rule(where, table):
    """Return the rule of a label: a keyword and its values for real and bogus."""
    _known(where, table, _LABEL_KEYS)
    for key in ("keyword", "real", "bogus"):
        if key not in table:
            raise UsageError(f"{where}: the key {key!r} is missing. Received: {table!r}.")
    _require(where, "keyword", table["keyword"], str, "a keyword")
    return {**table, "real": _listed(table["real"]), "bogus": _listed(table["bogus"])}
