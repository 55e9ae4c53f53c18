"""Read the FITS files of any telescope as a mapping describes them: images, columns and label by name."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from otrain.data.fits.images import looks_like_fits, read_hdus
from otrain.data.fits.values import to_float
from otrain.data.inputs.example import Example
from otrain.data.inputs.probe import expand
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.columns import COLUMNS
from otrain.domains.transients.places import place_in_header
from otrain.domains.transients.readers.fits import say_unknown
from otrain.domains.transients.readers.header import CONVERT, first_value, set_column
from otrain.domains.transients.readers.images import join_channels, to_planes
from otrain.domains.transients.readers.masks import apply_masks, is_mask

__all__ = ["ColumnRule", "ImageRule", "MappingReader"]


@dataclass(frozen=True)
class ImageRule:
    """Where an image lies: which HDU, which plane of it, and the values of pixels that have none."""

    hdu: str | int | None = None
    plane: int | None = None
    blank: tuple[float, ...] = ()


@dataclass(frozen=True)
class ColumnRule:
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
    """Reader of FITS cutouts that a mapping file describes; made by `load_mapping` of `mapping`."""

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
        wanted = [rule for rule in self.columns.values() if rule.keywords]
        if wanted and all(_lookup(hdus, rule)[1] == "value" for rule in wanted):
            return None
        return self._example(hdus, probe)

    def _has_images(self, hdus):
        found = [_find(hdus, rule.hdu) for rule in self.images.values() or [ImageRule()]]
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
        return any(_find(hdus, rule.hdu) is hdu for rule in self.images.values())

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
        for role, rule in self.images.items():
            hdu = _find(hdus, rule.hdu)
            if hdu is not None and hdu.pixels is not None:
                planes[role] = _without(_plane(hdu.pixels, rule, role), (*self.blank, *rule.blank))
        if not planes:
            raise InputRejected("no-image", f"none of the images of the mapping is in the file "
                                            f"({', '.join(self.images)}).")
        return join_channels(list(planes.values()), list(planes)), tuple(planes)

    def _columns(self, hdus, remarks):
        """Return the canonical columns that the mapping describes and the file has."""
        columns = {}
        for column, rule in self.columns.items():
            value, keyword = _lookup(hdus, rule)
            if value is not None:
                if rule.words and not _is_known(value, rule.words):
                    words = f"`words` of columns.{column} has no entry for a value of {keyword}"
                    remarks[words] = repr(value)
                set_column(columns, column, partial(_convert, column, rule), keyword, value, remarks)
        return columns

    def _label(self, hdus, label_keyword):
        """Return the label that a keyword of the file tells, or None."""
        if label_keyword is not None:
            return first_value([hdu.header for hdu in hdus], label_keyword)
        if self.label is None:
            return None
        value, _ = _lookup(hdus, ColumnRule((self.label["keyword"],), self.label.get("hdu")))
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


def _plane(pixels, rule, role):
    """Return the 2-D image of a role."""
    image, _ = to_planes(pixels)
    if rule.plane is None:
        if image.shape[-1] != 1:
            raise InputRejected("bad-shape", f"the HDU of {role!r} has {image.shape[-1]} planes. "
                                             f"Say which in the mapping: plane = 0.")
        return image[..., 0]
    if not -image.shape[-1] <= rule.plane < image.shape[-1]:
        raise InputRejected("missing-channel", f"the HDU of {role!r} has {image.shape[-1]} planes; "
                                               f"plane {rule.plane} is asked for.")
    return image[..., rule.plane]


def _lookup(hdus, rule):
    """Return the value of a rule, and the keyword that had it."""
    searched = hdus if rule.hdu is None else [hdu for hdu in [_find(hdus, rule.hdu)] if hdu]
    headers = [hdu.header for hdu in searched]
    for keyword in rule.keywords:
        value = first_value(headers, keyword)
        if value is not None:
            return value, keyword
    return rule.value, "value"


def _convert(column, rule, value):
    """Return a header value in the type and unit of its column."""
    if rule.true is not None:
        return any(_same(value, word) for word in rule.true)
    if rule.words:
        value = _word_for(value, rule.words)
    if COLUMNS[column].kind is float and (rule.scale, rule.offset) != (1.0, 0.0):
        return to_float(value, None) * rule.scale + rule.offset  # the mapping knows the unit
    return CONVERT.get(column, to_float)(value)
