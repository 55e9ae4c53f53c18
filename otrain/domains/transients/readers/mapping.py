"""Read the FITS files of any telescope, described by a TOML file instead of code.

The file says where the images are and what the keywords are called; nothing in
it is executed. ``docs/how-to/add-a-reader.md`` explains every key.
"""

import math
import tomllib
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from otrain.data.inputs.example import Example
from otrain.data.inputs.probe import expand
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.places import place_in_header
from otrain.domains.transients.readers.fits import looks_like_fits, read_hdus, say_unknown
from otrain.domains.transients.readers.header import CONVERT, first_value, set_column
from otrain.domains.transients.readers.images import TRIPLET, join_channels, to_planes
from otrain.domains.transients.readers.masks import apply_masks, is_mask
from otrain.domains.transients.readers.stack_layout import ArrayMapping
from otrain.domains.transients.readers.stacks import StackReader
from otrain.domains.transients.readers.values import to_float
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["MappingReader", "load_mapping", "parse_mapping", "read_mapping"]

_TABLES = ("name", "match", "blank", "images", "columns", "label", "arrays")
_ROLE_KEYS = ("hdu", "plane", "blank")
_COLUMN_KEYS = ("keyword", "hdu", "value", "scale", "offset", "true", "words")
_ARRAY_KEYS = ("images", "labels", "channels", "axes", "columns")
_LABEL_KEYS = ("keyword", "hdu", "real", "bogus")


@dataclass(frozen=True)
class _Place:
    """Where an image lies: which HDU, which plane of it, and the values of pixels that have none."""

    hdu: str | int | None = None
    plane: int | None = None
    blank: tuple[float, ...] = ()


@dataclass(frozen=True)
class _Source:
    """Where a value comes from, and how it becomes a column."""

    keywords: tuple[str, ...] = ()
    hdu: str | int | None = None
    value: object = None
    scale: float = 1.0
    offset: float = 0.0
    true: tuple | None = None
    words: dict = field(default_factory=dict)


@dataclass(frozen=True)
class MappingReader:
    """Reader of FITS cutouts that a mapping file describes; made by `load_mapping`."""

    name: str
    match: dict
    images: dict
    columns: dict
    label: dict | None = None
    blank: tuple[float, ...] = ()

    def recognises(self, probe):
        """Return whether the file is FITS and its headers match."""
        if not looks_like_fits(probe):
            return False
        return self._matches(read_hdus(expand(probe.data)))

    def read(self, probe):
        """Yield the candidate of a file."""
        if not looks_like_fits(probe):
            raise InputRejected("unknown-format", f"the mapping {self.name!r} describes FITS files; the file "
                                                  f"begins with {probe.head[:12]!r}.")
        hdus = read_hdus(expand(probe.data))
        if not self._matches(hdus):
            rule = ", ".join(f"{keyword} = {value!r}" for keyword, value in self.match.items())
            raise InputRejected("unknown-format", f"the header does not match the mapping ({rule}).")
        yield self._example(hdus, probe)

    def read_if_suited(self, probe):
        """Return the candidate of a file, None if the file is not one that the mapping describes.

        For a mapping that nobody asked for, because it came with a network.
        """
        if not looks_like_fits(probe):
            return None
        hdus = read_hdus(expand(probe.data))
        if not self._matches(hdus) or not self._has_images(hdus):
            return None
        wanted = [source for source in self.columns.values() if source.keywords]
        if wanted and all(_lookup(hdus, source)[1] == "value" for source in wanted):
            return None
        return self._example(hdus, probe)

    def _has_images(self, hdus):
        found = [_find(hdus, place.hdu) for place in self.images.values() or [_Place()]]
        return any(hdu is not None and hdu.pixels is not None for hdu in found)

    def _example(self, hdus, probe):
        """Return the candidate of some HDUs."""
        image, channels = self._image(hdus)
        masks = [(hdu.name, hdu.header, hdu.pixels) for hdu in hdus
                 if hdu.pixels is not None and is_mask(hdu.name) and not self._uses(hdu, hdus)]
        remarks = {f"the mask {odd} {why} and is not used": ""
                   for odd, why in apply_masks(image, channels, masks).items()}
        columns, headers = self._columns(hdus, remarks), [hdu.header for hdu in hdus]
        say_unknown(columns, headers, remarks)
        label = self._label(hdus, probe.label_keyword)
        return Example(image, channels, columns, label, remarks=remarks or None,
                       where=partial(place_in_header, headers=headers, columns=columns))

    def _uses(self, hdu, hdus):
        """Return whether an image is one of those that the mapping names."""
        return any(_find(hdus, place.hdu) is hdu for place in self.images.values())

    def _matches(self, hdus):
        headers = [hdu.header for hdu in hdus]
        return all(_same(first_value(headers, keyword), wanted) for keyword, wanted in self.match.items())

    def _image(self, hdus):
        """Return the image with the channels that the mapping names."""
        if not self.images:
            pixels = next((hdu.pixels for hdu in hdus if hdu.pixels is not None), None)
            if pixels is None:
                raise InputRejected("no-image", "no HDU holds an image.")
            image, channels = to_planes(pixels)
            return _without(image, self.blank), channels
        planes = {}
        for role, place in self.images.items():
            hdu = _find(hdus, place.hdu)
            if hdu is not None and hdu.pixels is not None:
                planes[role] = _without(_plane(hdu.pixels, place, role), (*self.blank, *place.blank))
        if not planes:
            raise InputRejected("no-image", f"none of the images of the mapping is in the file "
                                            f"({', '.join(self.images)}).")
        return join_channels(list(planes.values()), list(planes)), tuple(planes)

    def _columns(self, hdus, remarks):
        """Return the canonical columns that the mapping describes and the file has."""
        columns = {}
        for column, source in self.columns.items():
            value, keyword = _lookup(hdus, source)
            if value is not None:
                if source.words and not _is_known(value, source.words):
                    words = f"`words` of columns.{column} has no entry for a value of {keyword}"
                    remarks[words] = repr(value)
                set_column(columns, column, partial(_convert, column, source), keyword, value, remarks)
        return columns

    def _label(self, hdus, label_keyword):
        """Return the label that a keyword of the file tells, or None."""
        if label_keyword is not None:
            return first_value([hdu.header for hdu in hdus], label_keyword)
        if self.label is None:
            return None
        value, _ = _lookup(hdus, _Source((self.label["keyword"],), self.label.get("hdu")))
        for label, words in ((1, self.label["real"]), (0, self.label["bogus"])):
            if any(_same(value, word) for word in words):
                return label
        return None


def _same(value, wanted):
    """Return whether a header value is the wanted one; text without case and outer blanks, numbers as
    numbers.

    A number may be written as text, in the header or in the mapping, and a logical as T or true.
    """
    if isinstance(value, str) and isinstance(wanted, str):
        value, wanted = value.strip().lower(), wanted.strip().lower()
        return value == wanted
    if type(value) is type(wanted) or (type(value) is not str and type(wanted) is not str):
        return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)
    number, text = (value, wanted) if isinstance(wanted, str) else (wanted, value)
    text = str(text).strip().lower()
    if isinstance(number, bool):
        return text in (("t", "true") if number else ("f", "false"))
    try:
        return number is not None and float(text) == number
    except (TypeError, ValueError):
        return False


def _word_for(value, words):
    """Return what a table of words has for a value, the value itself if nothing."""
    if isinstance(value, str) and value.strip() in words:  # case tells words apart, where both are there
        return words[value.strip()]
    return next((word for key, word in words.items() if _same(value, key)), value)


def _is_known(value, words):
    """Return whether a table of words speaks of a value: as a key, or as what a key becomes."""
    return any(_same(value, word) for word in (*words, *words.values()))


def _without(image, blank):
    """Return a float image with NaN where a pixel has one of some values."""
    for value in blank:
        image[image == np.float32(value)] = np.nan
    return image


def _find(hdus, which):
    """Return an HDU by name or index, None if it is absent; the first image for None."""
    if which is None:
        return next((hdu for hdu in hdus if hdu.pixels is not None), None)
    if isinstance(which, int):
        return hdus[which] if -len(hdus) <= which < len(hdus) else None
    return next((hdu for hdu in hdus if hdu.name == which.strip().upper()), None)


def _plane(pixels, place, role):
    """Return the 2-D image of a role."""
    image, _ = to_planes(pixels)
    if place.plane is None:
        if image.shape[-1] != 1:
            raise InputRejected("bad-shape", f"the HDU of {role!r} has {image.shape[-1]} planes. "
                                             f"Say which in the mapping: plane = 0.")
        return image[..., 0]
    if not -image.shape[-1] <= place.plane < image.shape[-1]:
        raise InputRejected("missing-channel", f"the HDU of {role!r} has {image.shape[-1]} planes; "
                                               f"plane {place.plane} is asked for.")
    return image[..., place.plane]


def _lookup(hdus, source):
    """Return the value of a source, and the keyword that had it."""
    searched = hdus if source.hdu is None else [hdu for hdu in [_find(hdus, source.hdu)] if hdu]
    headers = [hdu.header for hdu in searched]
    for keyword in source.keywords:
        value = first_value(headers, keyword)
        if value is not None:
            return value, keyword
    return source.value, "value"


def _convert(column, source, value):
    """Return a header value in the type and unit of its column."""
    if source.true is not None:
        return any(_same(value, word) for word in source.true)
    if source.words:
        value = _word_for(value, source.words)
    if COLUMNS[column].kind is float and (source.scale, source.offset) != (1.0, 0.0):
        return to_float(value, None) * source.scale + source.offset  # the mapping knows the unit
    return CONVERT.get(column, to_float)(value)


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
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # no TOML, too many digits, too deep
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
        images={role: _place(f"{path}: images.{role}", place)
                for role, place in table.get("images", {}).items()},
        columns={name: _source(f"{path}: columns.{name}", name, source)
                 for name, source in table.get("columns", {}).items()},
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


def _place(where, table):
    """Return a place from ``"SCI"``, ``1`` or ``{hdu = "SCI", plane = 0}``."""
    if not isinstance(table, dict):
        table = {"hdu": table}
    _known(where, table, _ROLE_KEYS)
    if "hdu" in table:
        _require(where, "hdu", table["hdu"], str | int, "a name or an index")
    if "plane" in table:
        _require(where, "plane", table["plane"], int, "an index")
    return _Place(table.get("hdu"), table.get("plane"), _blank(where, table))


def _blank(where, table):
    """Return the values of pixels that have none: a number or a list of them."""
    values = _listed(table.get("blank", []))
    for value in values:
        _require(where, "blank", value, int | float, "a number or a list of numbers")
    return tuple(map(float, values))


def _source(where, column, table):
    """Return a source from ``"MAG"``, ``["MAG_AUTO", "MAG"]`` or a table."""
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
    source = _Source(_keywords(where, table.get("keyword", [])), table.get("hdu"), table.get("value"),
                     float(table.get("scale", 1.0)), float(table.get("offset", 0.0)),
                     tuple(_listed(table["true"])) if "true" in table else None,
                     _require(where, "words", table.get("words", {}), dict, "a table"))
    if not math.isfinite(source.scale) or not math.isfinite(source.offset):
        raise UsageError(f"{where}: `scale` and `offset` must be finite. Received: {table!r}.")
    return source


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
