"""What must happen to a cutout before a network can take it: channels by name, size, finite pixels.

The recipe is plain JSON; it is stored in the data cube and in the bundle, so
that convert and infer prepare a cutout by the same function.
"""

import numpy as np

from otrain.data.cubes.table import NO_VALUE
from otrain.data.inputs.crops import crop_centre
from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.fills import find_fill, may_have_fill
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["check_recipe", "make_recipe", "prepare", "prepare_rows"]

LARGEST_SIDE = 4096  # pixel; beyond it an image is no cutout

_KEYS = ("kind", "size", "channels", "pad", "nonfinite")
_OPTIONAL = ("blank", "mapping")  # left out where nothing was asked for: older recipes stay what they are
NO_BLANK = "none"


def make_recipe(*, size=-1, channels=None, pad=False, nonfinite="fill", blank=None,
                mapping=None):
    """Return how a cutout is prepared, as a plain dictionary.

    Parameters
    ----------
    size : int
        Side of the square that is cut around the candidate [pixel]; -1 keeps the
        image as it is.
    channels : list of str, optional
        Names of the images to take, in the order in which the network gets them;
        None takes those that the file has.
    pad : bool
        Whether an image smaller than `size` gets a border of NaN.
    nonfinite : {"fill", "reject"}
        Whether a NaN or infinite pixel becomes NaN, which the network masks, or
        the cutout is rejected.
    blank : list of float or "none", optional
        Values of pixels that have none, besides those that are certain, see
        `otrain.domains.transients.fills.find_fill`; ``"none"``: every value is one.
    mapping : path-like, optional
        TOML file that describes the headers. Its text becomes part of the recipe, so that a network that was
        trained on such files reads others by itself.

    Returns
    -------
    dict
        ``{"kind": "cutout", "size", "channels", "pad", "nonfinite"}``, and ``"blank"`` and
        ``"mapping"`` if they are given.

    Raises
    ------
    UsageError
        If a value cannot be met.

    Examples
    --------
    >>> make_recipe(size=31)
    {'kind': 'cutout', 'size': 31, 'channels': None, 'pad': False, 'nonfinite': 'fill'}
    """
    recipe = {
        "kind": "cutout",
        "size": size,
        "channels": None if channels is None else list(channels),
        "pad": pad,
        "nonfinite": nonfinite,
    }
    if blank is not None:
        recipe["blank"] = blank
    if mapping is not None:
        from otrain.domains.transients.readers.mapping import read_mapping

        recipe["mapping"] = read_mapping(mapping)
    return check_recipe(recipe)


def _blank_values(blank):
    """Return values that a command line may have given as texts, as numbers."""
    if blank in (NO_BLANK, [NO_BLANK]):
        return NO_BLANK
    try:
        return [float(value) for value in ([blank] if isinstance(blank, (str, int, float)) else blank)]
    except (TypeError, ValueError):
        raise UsageError(f"`blank` must be numbers, or {NO_BLANK!r} alone. Received: {blank!r}.") from None


def check_recipe(recipe):
    """Return a recipe that may have been read from a file, once every value is known to be usable.

    Raises
    ------
    UsageError
        If it has an unknown key, lacks one, or holds a value of no meaning.
    """
    for key in recipe:
        if key not in (*_KEYS, *_OPTIONAL):
            raise UsageError(f"preparation: unknown key {key!r}.{nearest(key, _KEYS)} "
                             f"Known: {', '.join(_KEYS)}.")
    for key in _KEYS:
        if key not in recipe:
            raise UsageError(f"preparation: the key {key!r} is missing. Received: {recipe!r}.")
    if recipe["kind"] != "cutout":
        raise UsageError(f"preparation: `kind` must be 'cutout'. Received: {recipe['kind']!r}.")
    size = recipe["size"]
    if type(size) is not int or not (size == -1 or 1 <= size <= LARGEST_SIDE):
        raise UsageError(f"`size` must be -1 (as it is) or 1 to {LARGEST_SIDE} pixel. Received: {size!r}.")
    if type(recipe["pad"]) is not bool:
        raise UsageError(f"`pad` must be true or false. Received: {recipe['pad']!r}.")
    if recipe["nonfinite"] not in ("fill", "reject"):
        raise UsageError(f"`nonfinite` must be 'fill' or 'reject'. Received: {recipe['nonfinite']!r}.")
    _check_channels(recipe["channels"])
    if type(recipe.get("mapping", "")) is not str:
        raise UsageError(f"`mapping` must be the text of a mapping. Received: {recipe['mapping']!r}.")
    return recipe | {"blank": _blank_values(recipe["blank"])} if "blank" in recipe else recipe


def _check_channels(channels):
    if channels is None:
        return
    good = isinstance(channels, list) and channels and all(isinstance(name, str) for name in channels)
    if not good or len(set(channels)) != len(channels):
        raise UsageError("`channels` must be a list of different names, e.g. ['science', 'difference']. "
                         f"Received: {channels!r}.")


def prepare(example, recipe):
    """Return the example as a network takes it.

    Parameters
    ----------
    example : Example
        With an image ``(H, W, C)``; it is not changed.
    recipe : dict
        As `make_recipe` gives it.

    Returns
    -------
    Example
        With a C-contiguous float32 image ``(size, size, C)``, or ``(H, W, C)``
        for a size of -1. Integers become floats; a value of 1e30 or more, of
        either sign, counts as infinite. A pixel without a finite value is NaN.

    Raises
    ------
    InputRejected
        ``missing-channel``, ``too-small``, ``non-finite`` or ``no-finite-pixel``.
    """
    image, channels = _choose_channels(example, recipe["channels"])
    image, remarks = _without_fills(_as_float32(image), recipe, example.remarks)
    size = recipe["size"]
    missing = (0, 0)
    if size != -1:
        height, width = image.shape[:2]
        if not recipe["pad"] and (height < size or width < size):
            raise InputRejected(
                "too-small", f"the image has {height}x{width} pixel and {size}x{size} are asked for. "
                             f"Ask for fewer with --cutout-size, or allow a border with --pad.")
        middle, remarks = _middle(example, (height, width), size, remarks)
        image, missing = _window(image, middle, size)
        if image.shape[:2] != (size, size) and not recipe["pad"]:
            raise InputRejected(
                "too-small", f"an edge of the detector has cut the image: fewer than {size // 2} pixel "
                             f"are left on one side of the source. Ask for fewer with --cutout-size, or "
                             f"allow a border with --pad.")
    image = _finite(image, recipe["nonfinite"])
    if size != -1 and image.shape[:2] != (size, size):
        image = _bordered(image, missing, size)
    return Example(np.ascontiguousarray(image), channels, example.columns, example.label, example.position,
                   remarks=remarks)


def _without_fills(image, recipe, remarks):
    """Return an image with NaN where a number stands for no value, and what has to be said of it."""
    blank = recipe.get("blank", ())
    mask, fills = (None, ()) if blank == NO_BLANK else find_fill(image, blank)
    if mask is None:
        return image, remarks
    said = {f"pixels of exactly {value:g} were taken for pixels without a value (--blank none keeps them)": ""
            for value in fills if value not in blank}
    return np.where(mask, np.float32(np.nan), image), ({**(remarks or {}), **said} or None)


def _middle(example, shape, size, remarks):
    """Return the pixel that becomes the middle: that of the source, also where an edge has cut the image."""
    height, width = shape
    whole = height == width and height >= size
    place = None if whole or example.where is None else example.where(shape)
    if place is not None and height == width and max(abs(found - height // 2) for found in place) <= 1:
        place = None  # a whole small cutout, whose coordinates were rounded
    if place is None and height != width and min(shape) < size:
        words = "the image is not square and nothing tells where its source is, so it was put into the middle"
        remarks = {**(remarks or {}), words: f"{height}x{width}"}
    return place or (height // 2, width // 2), remarks


def _window(image, middle, size):
    """Return what an image has of the square about a pixel, and the rows and columns missing before it."""
    first = [place - size // 2 for place in middle]
    part = tuple(slice(max(0, start), min(length, start + size))
                 for start, length in zip(first, image.shape, strict=False))
    before = [max(0, -start) for start in first]
    cut = image[part]
    return cut, before if cut.shape[:2] != (size, size) else (0, 0)


def _bordered(image, before, size):
    """Return a square of NaN with an image in it, so many rows and columns from its first pixel."""
    padded = np.full((size, size, *image.shape[2:]), np.nan, image.dtype)
    padded[before[0]:before[0] + image.shape[0], before[1]:before[1] + image.shape[1]] = image
    return padded


def prepare_rows(images, channels, recipe):
    """Return rows of a data cube as a network takes them; like `prepare`, but many at once.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
    channels : tuple of str
        Name of each channel.
    recipe : dict
        As `make_recipe` gives it.

    Returns
    -------
    prepared : (K, size, size, C) float32 ndarray
        Those that can be used, in order.
    usable : (K,) int ndarray
        Which of the N they are.
    faults : dict of int to InputRejected
        What is wrong with each of the others.
    """
    prepared = _in_form(images, tuple(channels), recipe)
    odd = np.arange(len(images))
    if prepared is not None:
        odd = odd[~(np.abs(prepared) < NO_VALUE).all(axis=(1, 2, 3)) | _filled(images, recipe)]
    good, faults = {}, {}
    for row in odd.tolist():
        try:
            good[row] = prepare(Example(images[row], tuple(channels)), recipe).image
        except InputRejected as fault:
            faults[row] = fault
    if prepared is None:
        shape = next(iter(good.values())).shape if good else images.shape[1:]
        prepared = np.empty((len(images), *shape), np.float32)
    for row, image in good.items():
        prepared[row] = image
    usable = np.setdiff1d(np.arange(len(images)), list(faults))
    return prepared[usable] if faults else prepared, usable, faults


def _filled(images, recipe):
    """Return which rows of a cube have to be looked at for fill values."""
    blank = recipe.get("blank", [])
    if blank == NO_BLANK or not images.size:
        return np.zeros(len(images), bool)
    with np.errstate(over="ignore", invalid="ignore"):
        images = np.asarray(images, np.float32)
    suspect = may_have_fill(images)
    for value in blank:
        suspect |= (images == np.float32(value)).any(axis=(1, 2, 3))
    return suspect


def _in_form(images, channels, recipe):
    """Return a copy with the wanted channels and pixels; None where rows must be padded, or fail."""
    wanted, size = recipe["channels"], recipe["size"]
    if wanted is not None and not set(wanted) <= set(channels):
        return None
    if size != -1:
        if min(images.shape[1:3]) < size:
            return None
        images = np.moveaxis(crop_centre(np.moveaxis(images, 0, -1), size), -1, 0)
    if wanted is not None and tuple(wanted) != channels:
        images = images[..., [channels.index(name) for name in wanted]]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array(images, np.float32, order="C")


def _choose_channels(example, wanted):
    """Return the image with the wanted channels and their names."""
    image, present = example.image, tuple(example.channels)
    if wanted is None or tuple(wanted) == present:
        return image, present
    for name in wanted:
        if name not in present:
            raise InputRejected("missing-channel",
                                f"there is no channel {name!r}. Present: {', '.join(present)}.")
    return image[..., [present.index(name) for name in wanted]], tuple(wanted)


def _as_float32(image):
    if image.dtype == np.float32:
        return image
    with np.errstate(over="ignore", invalid="ignore"):
        return image.astype(np.float32)


def _finite(image, policy):
    """Return the image with NaN for every pixel that is not finite."""
    finite = np.abs(image) < NO_VALUE  # false for NaN as well
    if np.count_nonzero(finite) == image.size:
        if not image.size:
            raise InputRejected("no-finite-pixel", "the image has no pixel.")
        return image
    if not finite.any():
        raise InputRejected("no-finite-pixel", f"none of the {image.size} pixels has a finite value.")
    if policy == "reject":
        count = image.size - np.count_nonzero(finite)
        raise InputRejected("non-finite", f"{count} of {image.size} pixels are NaN or infinite. "
                                          f"They are masked with --nonfinite fill.")
    return np.where(finite, image, np.float32(np.nan))
