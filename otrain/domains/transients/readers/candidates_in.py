"""Which images of a FITS file are of one candidate, and how many candidates it holds."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.header import order_headers
from otrain.domains.transients.readers.images import (
    MOST_PLANES,
    ROLES,
    TRIPLET,
    join_channels,
    planes_first,
    squeeze,
    to_planes,
)
from otrain.domains.transients.readers.masks import apply_masks, is_mask, is_unused
from otrain.domains.transients.readers.table_rows import find_table, images_of, read_rows_of

__all__ = ["Found", "find_candidates"]

_NUMBERED = r"(.*?)[ _.:-]?([0-9]+)"
# What differs from one candidate to the next, if the headers of images tell several.
_TELLING = ("CANDID", "NAME", "MAG_CALIB", "MAG", "XPOS", "YPOS", "RA", "DEC")


@dataclass
class Found:
    """One candidate of a file.

    Parameters
    ----------
    image : (H, W, C) float32 ndarray
    channels : tuple of str
    headers : list of mapping-like
        Those to search, the most telling first.
    own : int
        How many of them speak of the candidate, see `order_headers`.
    name : str
        What the file calls it beside its headers, or an empty string.
    remarks : dict of str to str
        What was not used, in words, and an example.
    """

    image: np.ndarray
    channels: tuple
    headers: list
    own: int
    name: str = ""
    remarks: dict = field(default_factory=dict)


def find_candidates(hdus):
    """Return the candidates of a file.

    Extensions with the name of a role are the channels, in the order science, template,
    difference; several of one role are several candidates. Without any such name the only image
    is taken; several are several candidates if their headers or their numbered names say so.

    Parameters
    ----------
    hdus : list of Hdu

    Returns
    -------
    list of Found

    Raises
    ------
    InputRejected
        ``no-image`` if there is none, or several and nothing tells what they are; ``bad-shape``.
    """
    images = [hdu for hdu in hdus if hdu.pixels is not None and hdu.pixels.size]
    if not images:
        return _of_table(hdus)
    masks = [hdu for hdu in images if is_mask(hdu.name)]
    unused = [hdu for hdu in images if is_unused(hdu.name)]
    rest = [hdu for hdu in images if not is_mask(hdu.name) and not is_unused(hdu.name)]
    if not rest:
        raise InputRejected("no-image", f"no image says that it is the difference, science or template: "
                                        f"{_names(images)}. Describe the file with --mapping.")
    named = [hdu for hdu in rest if _role(hdu)]
    if named:
        groups, left = _by_role(named)
        unused += left + [hdu for hdu in rest if not _role(hdu)]
    else:
        groups, left = _by_header(rest, hdus)
        unused += left
    return [found for group in groups for found in _build(group, hdus, images, masks, unused, len(groups))]


def _names(hdus):
    return ", ".join(repr(hdu.name) for hdu in hdus)


@lru_cache(1024)  # a night's files have a handful of names
def _parts(name):
    """Return a name without its number, and the number or None."""
    match = None if name in ROLES else re.fullmatch(_NUMBERED, name)
    return (match[1], int(match[2])) if match else (name, None)


def _stem(hdu):
    """Return the name of an image without its number."""
    return _parts(hdu.name)[0]


def _role(hdu):
    return ROLES.get(_stem(hdu))


def _number(hdu):
    """Return the number of an image among those of one role: in its name, else EXTVER."""
    number = _parts(hdu.name)[1]
    return hdu.version if number is None else number


def _by_role(named):
    """Return the images of each candidate as ``{role: image}``, and images that are not used."""
    roles, left = {}, []
    for hdu in named:
        role, stem = _role(hdu), _stem(hdu)
        first = roles.setdefault(role, [])
        if first and _stem(first[0]) != stem:
            left.append(hdu)  # IMAGE beside SCI: one of the two is the science image
        else:
            first.append(hdu)
    most = max(map(len, roles.values()))
    if most == 1:
        return [{role: roles[role][0] for role in TRIPLET if role in roles}], left
    numbers = {role: [_number(hdu) for hdu in found] for role, found in roles.items()}
    if all(None not in known and len(set(known)) == len(known) for known in numbers.values()):
        by_number = {}
        for role in TRIPLET:
            for hdu in roles.get(role, ()):
                by_number.setdefault(_number(hdu), {})[role] = hdu
        return [by_number[number] for number in sorted(by_number)], left
    if len({len(found) for found in roles.values()}) > 1:
        counts = ", ".join(f"{len(found)} {role}" for role, found in roles.items())
        raise InputRejected("no-image", f"nothing tells which images belong together: {counts}. None of the "
                                        f"{len(named)} images was read. Number them by EXTVER.")
    return [{role: roles[role][place] for role in TRIPLET if role in roles} for place in range(most)], left


def _by_header(images, hdus):
    """Return the images of each candidate where no name tells a role, and images that are not used."""
    if len(images) == 1:
        return [{"": images[0]}], []
    if _tell_apart(images) or _are_numbered(images):
        return [{"": hdu} for hdu in images], []
    others = [hdu for hdu in images if hdu is not hdus[0]]
    if len(others) < len(images) and all(hdu.pixels.shape != images[0].pixels.shape for hdu in others):
        return [{"": images[0]}], others
    raise InputRejected("no-image", f"no image says that it is the difference, science or template, or of "
                                    f"which candidate: {_names(images)}. None of the {len(images)} images "
                                    f"was read. Describe the file with --mapping.")


def _tell_apart(images):
    """Return whether the header of every image speaks of another candidate."""
    for keyword in _TELLING:
        values = [hdu.header.get(keyword) for hdu in images]
        if None not in values:
            if len(set(values)) == len(values):
                return True
            if keyword in ("CANDID", "NAME"):
                return False  # several images of one candidate
    return False


def _are_numbered(images):
    """Return whether the names of the images differ by a number only: CAND_001, CAND_002, ..."""
    stems, numbers = zip(*(_parts(hdu.name) for hdu in images), strict=True)
    return len(set(stems)) == 1 and None not in numbers and len(set(numbers)) == len(numbers)


def _build(group, hdus, images, masks, unused, count):
    """Return the candidates of one group of images: several, where each of them is a stack."""
    chosen = list(group.values())
    if count > 1:  # masks and headers of other candidates do not concern this one
        number = _number(chosen[0])
        masks = [hdu for hdu in masks if number is None or _number(hdu) in (None, number)]
    others = set() if count == 1 else {id(hdu) for hdu in images} - {id(hdu) for hdu in chosen}
    headers = [hdu.header for hdu in hdus if id(hdu) not in others]
    # The difference image's header describes the candidate.
    ordered, own = order_headers(headers, [hdu.header for hdu in chosen[::-1]])
    remarks = {f"the image {hdu.name or 'without a name'} beside the candidate's is not used": ""
               for hdu in unused}
    name = chosen[0].name if count > 1 and "" in group and _parts(chosen[0].name)[1] is not None else ""
    found = []
    for place, (image, channels, table) in enumerate(_stacked(group, hdus, remarks)):
        said = dict(remarks)
        flags = [(hdu.name, hdu.header, _plane_of(hdu.pixels, place)) for hdu in masks]
        said |= {f"the mask {odd} {why} and is not used": ""
                 for odd, why in apply_masks(image, channels, flags).items()}
        rows = [] if table is None else [table]
        found.append(Found(image, channels, [*rows, *ordered], own + len(rows), name, said))
    return found


def _plane_of(pixels, place):
    """Return the plane of a mask that belongs to an image of a stack."""
    return pixels[place] if pixels.ndim == 3 and place < len(pixels) > 1 else pixels


def _stacked(group, hdus, remarks):
    """Return image, channels and row of a table for each candidate of a group."""
    table = find_table(hdus)
    if "" in group:
        pixels = _stack_of(group[""].pixels, table)
        if pixels is None:
            image, channels = to_planes(group[""].pixels)
            if channels[0] == "channel_0":
                remarks[f"{len(channels)} planes of one image were taken for channels of one candidate"] = ""
            return [(image, channels, None)]
        rows = _rows(table, len(pixels))
        return [(*to_planes(plane), row) for plane, row in zip(pixels, rows, strict=True)]
    planes = [squeeze(hdu.pixels) for hdu in group.values()]
    if len(planes) == 1 and planes[0].ndim == 3:
        return _planes_of_role(*group, planes[0], table)
    if {plane.ndim for plane in planes} == {3} and len({plane.shape for plane in planes}) == 1:
        planes = [planes_first(plane) for plane in planes]
        rows = _rows(table, len(planes[0]))
        return [(join_channels([plane[place] for plane in planes], list(group)), tuple(group), row)
                for place, row in enumerate(rows)]
    return [(join_channels(planes, list(group)), tuple(group), None)]


def _planes_of_role(role, pixels, table):
    """Return the candidates of one image with a role and several planes: a stack, or one triplet."""
    stack = _stack_of(pixels, table)
    if stack is not None:
        rows = _rows(table, len(stack))
        return [(join_channels([plane], [role]), (role,), row)
                for plane, row in zip(stack, rows, strict=True)]
    image, channels = to_planes(pixels)
    if channels != TRIPLET:
        raise InputRejected("no-image", f"the {role} image has {len(channels)} planes, and nothing tells "
                                        f"whether they are channels or candidates. None of the "
                                        f"{len(channels)} images was read. Say which to take in a "
                                        f"mapping: plane = 0.")
    return [(image, channels, None)]


def _stack_of(pixels, table):
    """Return the images of several candidates, the candidates first; None if there is one candidate."""
    if pixels.ndim == 4 and 1 not in pixels.shape[:1]:
        return pixels
    shape = [length for length in pixels.shape if length != 1]
    if len(shape) != 3:
        return None
    planes = planes_first(pixels.reshape(shape))
    of_table = table is not None and len(table) == len(planes)
    return planes if of_table or len(planes) > MOST_PLANES else None


def _rows(table, count):
    """Return a row of the table for each image, or None for each."""
    if table is None or len(table) != count:
        return [None] * count
    return read_rows_of(table)


def _of_table(hdus):
    """Return the candidates of a table with a column of images."""
    table = find_table(hdus)
    found = None if table is None else images_of(table)
    if not found:
        raise InputRejected("no-image", "no image says that it is the difference, science or template: there "
                                        "is none. Describe the file with --mapping.")
    headers = [hdu.header for hdu in hdus]
    return [Found(image, channels, [row, *headers], 1, "", {}) for image, channels, row in found]
