"""Which arrays of a file are images, labels and columns of candidates: by name, shape, or a mapping."""

import math
import re
from dataclasses import dataclass, field

from otrain.data.inputs.quarantine import InputRejected
from otrain.data.inputs.sizes import LARGEST_SIDE
from otrain.domains.transients.readers.images import MOST_PLANES, TRIPLET, plane_names
from otrain.domains.transients.readers.masks import is_mask, is_unused

__all__ = ["ArrayMapping", "Part", "find_parts", "largest_count"]

_IMAGES = ("x", "images", "image", "cutouts", "cutout", "stamps", "stamp", "triplets", "triplet", "cube",
           "data", "imgs", "img", "x_data", "arr_0", "features", "inputs", "")
_LABELS = ("y", "labels", "label", "targets", "target", "classes", "class", "is_real", "isreal", "y_data",
           "truth")
_ROLES = {
    "science": ("science", "sci", "new", "image_science", "cutoutscience"),
    "template": ("template", "temp", "ref", "reference", "tpl", "cutouttemplate"),
    "difference": ("difference", "diff", "sub", "dif", "cutoutdifference"),
}
# The columns of O'TRAIN's cubes, as alerts name them.
_PLURALS = {"mags": "mag", "errmags": "magerr", "filters": "filter", "fwhms": "fwhm", "candids": "candid"}
_SUBSETS = "train|training|val|valid|validation|test"
_SPLITS = re.compile(rf"(?:({_SUBSETS})[_-])?(.*?)(?:[_-]({_SUBSETS}))?$", re.IGNORECASE)


@dataclass(frozen=True)
class ArrayMapping:
    """What a user says about the arrays of a file: the table ``[arrays]`` of a mapping.

    Parameters
    ----------
    images : str or dict of str to str
        Name of the array with all channels, or the array of each channel.
    labels : str, optional
    channels : tuple of str, optional
        Names of the channels, in the order of the array.
    axes : str, optional
        The order of the axes of the images, e.g. ``"NHWC"``.
    columns : dict of str to str
        Array of each column.
    """

    images: object = None
    labels: str | None = None
    channels: tuple | None = None
    axes: str | None = None
    columns: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Images of one size with their labels.

    Parameters
    ----------
    images : dict of str to str
        Array by role; the key ``""`` stands for one array with all channels.
    count : int
        Candidates.
    size : tuple of int
        Height and width.
    channels : tuple of str
    order : tuple of int
        Axes of one candidate, as they stand in the array: ``(H, W, C)`` is (0, 1, 2).
    labels : str, optional
        Array of labels.
    columns : dict of str to str
        Other arrays with one value per candidate, by their lower-case names.
    single : bool
        Whether the array is one candidate, without an axis that counts them.
    masks : tuple of str
        Arrays of one plane per candidate that mark pixels without a value.
    unused : tuple of str
        Arrays of the size of the images that no network is given, such as weights.
    """

    images: dict
    count: int
    size: tuple
    channels: tuple
    order: tuple
    labels: str | None = None
    columns: dict = field(default_factory=dict)
    single: bool = False
    masks: tuple = ()
    unused: tuple = ()


def largest_count(infos):
    """Return the number of candidates of a file whose arrays nobody has understood yet."""
    return max((info.shape[0] for info in infos.values()
                if len(info.shape) in (3, 4) and info.dtype.kind in "fiu"), default=0)


def find_parts(infos, mapping=None, *, alone=False):
    """Return the images that a file holds, with their labels and columns.

    Parameters
    ----------
    infos : dict of str to ArrayInfo
    mapping : ArrayMapping, optional
    alone : bool
        Whether an array of 2 or 3 short axes may be a single candidate, as in a file of one array.

    Returns
    -------
    list of Part
        Several for a file of subsets (``X_train``, ``X_test``); empty if nothing looks like images.

    Raises
    ------
    InputRejected
        ``ambiguous-format`` if several arrays could be the images, ``missing-channel`` if a mapping names one
        that is not there, ``bad-shape`` if one has no usable shape.
    """
    if mapping is not None and mapping.images is not None:
        return [_mapped_part(infos, mapping)]
    images = {name: info for name, info in infos.items()
              if info.dtype.kind in "fiu" and _shape_of(info.shape, alone) is not None
              and not is_mask(_base(name).upper()) and not is_unused(_base(name).upper())}
    if not images:
        return []
    named = [name for name in images if _base(name) in _IMAGES]
    roles = {role: found for role in TRIPLET
             if (found := [name for name in images if _base(name) in _ROLES[role]])}
    if named and not roles:
        return _in_parts(infos, images, named, alone)
    if roles and not named:
        if any(len(found) > 1 for found in roles.values()) or len(
                {images[found[0]].shape for found in roles.values()}) > 1:
            raise _ambiguous(images)
        chosen = {role: found[0] for role, found in roles.items()}
        return [_part(infos, chosen, images[next(iter(chosen.values()))].shape, alone, tuple(chosen))]
    if len(images) == 1:
        (name,) = images
        return [_part(infos, {"": name}, images[name].shape, alone)]
    raise _ambiguous(images)


def _in_parts(infos, images, named, alone):
    """Return one part for each subset; several arrays of one subset cannot be told apart."""
    splits = [_split(name) for name in named]
    if len(set(splits)) < len(named) or len({_base(name) for name in named}) > 1:
        raise _ambiguous({name: images[name] for name in named})
    return [_part(infos, {"": name}, images[name].shape, alone) for name in named]


def _ambiguous(images):
    listed = ", ".join(f"{name!r} {'x'.join(map(str, info.shape))}" for name, info in images.items())
    return InputRejected("ambiguous-format", f"several arrays may be the cutouts: {listed}. Say which in a "
                                             "mapping: [arrays] with images = \"NAME\".")


def _base(name):
    """Return the last part of a name in lower case, without the name of a subset."""
    return _SPLITS.fullmatch(name.rpartition("/")[2])[2].lower()


def _split(name):
    """Return the subset that a name speaks of, or nothing; of a group or of the array itself."""
    group, _, last = name.rpartition("/")
    found = _SPLITS.fullmatch(last)
    return group.lower(), (found[1] or found[3] or "").lower()


def _shape_of(shape, alone):
    """Return ``(count, (height, width), number of channels, order)`` of an array, None if it is no image.

    The axes of one candidate in the array stand in `order`: height, width, channel.
    """
    if len(shape) == 4:
        count, *rest = shape
        order = _channel_order(rest)
        if order is None:
            return None
        size, channels = (rest[order[0]], rest[order[1]]), rest[order[2]]
        return (count, size, channels, order) if _plausible(size) else None
    if alone and len(shape) == 2:
        return (None, shape, 1, (0, 1)) if _plausible(shape) else None
    if len(shape) == 3:
        if alone and (order := _channel_order(shape)) is not None and min(shape) <= 4:
            # One candidate with its channels: nobody makes a stack of so few images, or such narrow ones.
            size = (shape[order[0]], shape[order[1]])
            return (None, size, shape[order[2]], order) if _plausible(size) else None
        return (shape[0], tuple(shape[1:]), 1, (0, 1)) if _plausible(shape[1:]) else None
    return None


def _channel_order(shape):
    """Return the places of height, width and channel: the channel is the short axis, last or first."""
    first, _, last = shape
    if last <= MOST_PLANES and last < min(shape[:2]):
        return (0, 1, 2)
    if first <= MOST_PLANES and first < min(shape[1:]):
        return (1, 2, 0)
    return None


def _plausible(size):
    return min(size) >= 3 and max(size) <= LARGEST_SIDE and max(size) <= 4 * min(size)


def _part(infos, images, shape, alone, channels=None, labels=None, columns=None):
    count, size, number, order = _shape_of(shape, alone)
    length = 1 if count is None else count
    subset = _split(next(iter(images.values())))
    beside = {name: info for name, info in infos.items()
              if count is not None and info.shape[:1] == (length,) and name not in images.values()
              and _split(name) in (subset, ("", subset[1]))}
    if labels is None:
        found = [name for name in beside if _base(name) in _LABELS and _is_label(infos[name])]
        if len(found) > 1:
            raise InputRejected("ambiguous-format", f"several arrays may be the labels: {', '.join(found)}. "
                                                    "Say which in a mapping: labels = \"NAME\" of [arrays].")
        labels = found[0] if found else None
    if columns is None:
        columns = {_PLURALS.get(_base(name), _base(name)): name for name, info in beside.items()
                   if len(info.shape) == 1 and name != labels}
    if channels is None:
        channels = plane_names(number)
    elif number != 1 and len(channels) != number:
        raise InputRejected("bad-shape", f"{len(channels)} channels are named and the array has {number}.")
    planes = [name for name, info in beside.items() if size == _size_of(info.shape)]
    return Part(images, length, tuple(size), tuple(channels), order, labels, columns, count is None,
                tuple(name for name in planes if is_mask(_base(name).upper())),
                tuple(name for name in planes if is_unused(_base(name).upper())))


def _size_of(shape):
    """Return height and width of an array of one plane per candidate, None if it is none."""
    rest = [length for length in shape[1:] if length != 1]
    return tuple(rest) if len(rest) == 2 else None


def _is_label(info):
    return len(info.shape) == 1 or (len(info.shape) == 2 and info.shape[1] <= 1000)


def _mapped_part(infos, mapping):
    """Return the part that a mapping describes."""
    images = mapping.images if isinstance(mapping.images, dict) else {"": mapping.images}
    columns = dict(mapping.columns)
    for name in [*images.values(), *columns.values(), *([mapping.labels] if mapping.labels else [])]:
        if name not in infos:
            raise InputRejected("missing-channel", f"there is no array {name!r}. Present: "
                                                   f"{', '.join(map(repr, infos)) or 'none'}.")
    shapes = {infos[name].shape for name in images.values()}
    if len(shapes) > 1:
        listed = ", ".join("x".join(map(str, shape)) for shape in sorted(shapes))
        raise InputRejected("bad-shape", f"the arrays of the channels differ in shape: {listed}.")
    shape = shapes.pop()
    channels = tuple(images) if "" not in images else mapping.channels
    if mapping.axes is None:
        if _shape_of(shape, False) is None:
            raise InputRejected("bad-shape", f"an array of {'x'.join(map(str, shape))} is no stack of "
                                             "cutouts. Say the order of its axes: axes = \"NHWC\".")
        return _part(infos, images, shape, False, channels, mapping.labels, columns or None)
    letters = mapping.axes.upper()
    if len(letters) != len(shape):
        raise InputRejected("bad-shape", f"axes = {mapping.axes!r} names {len(letters)} axes and the array "
                                         f"has {len(shape)}.")
    rest = letters.replace("N", "")
    order = tuple(rest.index(letter) for letter in "HWC" if letter in rest)
    places = {letter: shape[letters.index(letter)] for letter in letters}
    number = places.get("C", 1)
    names = channels or plane_names(number)
    part = Part(images, places.get("N", 1), (places["H"], places["W"]), tuple(names),
                order, mapping.labels, columns, "N" not in letters)
    if math.prod(part.size) == 0 or len(names) != (number if "" in images else len(images)):
        raise InputRejected("bad-shape", f"{len(names)} channels are named and the array has {number}.")
    return part
