"""What must happen to an image of a lens before a network can take it: channels by name, size, finite pixels.

The recipe is plain JSON; it is stored in the data cube and in the bundle, so that convert and infer prepare
an image by the same function. It also says which numbers are to be learnt.
"""

import math

import numpy as np

from otrain.data.cubes.table import NO_VALUE
from otrain.data.inputs.crops import crop_centre
from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lenses.columns import COLUMNS, MOST_TERMS
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["check_recipe", "make_recipe", "prepare", "prepare_rows"]

LARGEST_SIDE = 4096  # pixel
_KEYS = ("kind", "size", "channels", "pad", "pixel_scale", "band", "variables", "nterms")


def make_recipe(*, size=-1, channels=None, pad=False, pixel_scale=None, band=None, variables=None,
                nterms=None):
    """Return how an image is prepared and what is learnt of it, as a plain dictionary.

    Parameters
    ----------
    size : int
        Side of the square that is cut from the middle [pixel]; -1 keeps the image as it is.
    channels : list of str, optional
        ``image``, and ``noise`` where the files have a noise map; None takes those that a file has.
    pad : bool
        Whether a smaller image gets a border without values.
    pixel_scale : float, optional
        Side of a pixel [arcsec], whatever tables and headers say; by default what they say, else 0.04.
    band : str, optional
        Which image of a file with several bands: the beginning of its name, e.g. ``"VIS"``.
    variables : list of str, optional
        Columns to be learnt, in this order.
    nterms : int, optional
        Highest order of the roulette amplitudes to be learnt after them.

    Returns
    -------
    dict

    Raises
    ------
    UsageError
        If a value cannot be met.
    """
    recipe = {"kind": "lens", "size": size, "channels": None if channels is None else list(channels),
              "pad": pad, "pixel_scale": pixel_scale, "band": band,
              "variables": [variables] if isinstance(variables, str) else variables and list(variables),
              "nterms": nterms}
    return check_recipe(recipe)


def check_recipe(recipe):
    """Return a recipe that may have been read from a file, once every value is known to be usable.

    Raises
    ------
    UsageError
        If it has an unknown key, lacks one, or holds a value of no meaning.
    """
    for key in recipe:
        if key not in _KEYS:
            raise UsageError(f"preparation: unknown key {key!r}.{nearest(key, _KEYS)} "
                             f"Known: {', '.join(_KEYS)}.")
    for key in _KEYS:
        if key not in recipe:
            raise UsageError(f"preparation: the key {key!r} is missing. Received: {recipe!r}.")
    if recipe["kind"] != "lens":
        raise UsageError(f"preparation: `kind` must be 'lens'. Received: {recipe['kind']!r}.")
    size = recipe["size"]
    if type(size) is not int or not (size == -1 or 1 <= size <= LARGEST_SIDE):
        raise UsageError(f"`size` must be -1 (as it is) or 1 to {LARGEST_SIDE} pixel. Received: {size!r}.")
    if type(recipe["pad"]) is not bool:
        raise UsageError(f"`pad` must be true or false. Received: {recipe['pad']!r}.")
    scale = recipe["pixel_scale"]
    if scale is not None and not (isinstance(scale, int | float) and math.isfinite(scale) and scale > 0):
        raise UsageError(f"`pixel_scale` must be a positive number of arcsec. Received: {scale!r}.")
    if not isinstance(recipe["band"], str | None):
        raise UsageError(f"`band` must be the name of a band. Received: {recipe['band']!r}.")
    _check_names("channels", recipe["channels"])
    _check_targets(recipe["variables"], recipe["nterms"])
    return recipe


def _check_names(key, names):
    if names is None:
        return
    good = isinstance(names, list) and names and all(isinstance(name, str) for name in names)
    if not good or len(set(names)) != len(names):
        raise UsageError(f"`{key}` must be a list of different names. Received: {names!r}.")


def _check_targets(variables, nterms):
    _check_names("variables", variables)
    for name in variables or ():
        if name not in COLUMNS or COLUMNS[name].kind is not float:
            known = [known for known, column in COLUMNS.items() if column.kind is float]
            raise UsageError(f"`variables`: there is no number {name!r} of a lens.{nearest(name, known)} "
                             f"Known: {', '.join(known[:36])}, alpha[m][s], beta[m][s].")
    if nterms is not None and (type(nterms) is not int or not 0 <= nterms <= MOST_TERMS):
        raise UsageError(f"`nterms`, the highest order of the amplitudes, must be 0 to {MOST_TERMS}. "
                         f"Received: {nterms!r}.")


def prepare(example, recipe):
    """Return an example as a network takes it.

    Parameters
    ----------
    example : Example
        With an image ``(H, W, C)``; it is not changed.
    recipe : dict
        As `make_recipe` gives it.

    Returns
    -------
    Example
        With a C-contiguous float32 image ``(size, size, C)``, or ``(H, W, C)`` for a size of -1. Pixel
        ``(H // 2, W // 2)`` becomes ``(size // 2, size // 2)``, so that positions relative to the middle
        stay where both sizes are even, or both odd. A pixel without a finite value is NaN.

    Raises
    ------
    InputRejected
        ``missing-channel``, ``too-small``, ``no-finite-pixel``, or ``no-variation``.
    """
    image, channels = _choose_channels(example, recipe["channels"])
    image, size = _finite(image), recipe["size"]
    if size != -1:
        height, width = image.shape[:2]
        if min(height, width) < size and not recipe["pad"]:
            raise InputRejected(
                "too-small", f"the image has {height}x{width} pixel and {size}x{size} are asked for. "
                             f"Ask for fewer with --cutout-size, or allow a border with --pad.")
        image = crop_centre(_padded(image, size), size)
    _refuse_blank(image)
    return Example(np.ascontiguousarray(image), channels, example.columns, example.label, example.position,
                   remarks=example.remarks, lacks=example.lacks)


def prepare_rows(images, channels, recipe):
    """Return rows of a data cube as a network takes them; as `prepare` does it.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
    channels : tuple of str
    recipe : dict

    Returns
    -------
    prepared : (K, size, size, C) float32 ndarray
        Those that can be used, in order.
    usable : (K,) int ndarray
        Which of the N they are.
    faults : dict of int to InputRejected
        What is wrong with each of the others.
    """
    good, faults = {}, {}
    for row in range(len(images)):
        try:
            good[row] = prepare(Example(images[row], tuple(channels)), recipe).image
        except InputRejected as fault:
            faults[row] = fault
    if not good:
        nothing = np.empty((0, *_shape(images.shape[1:], channels, recipe)), np.float32)
        return nothing, np.empty(0, int), faults
    return np.stack(list(good.values())), np.fromiter(good, int), faults


def _shape(shape, channels, recipe):
    """Return the shape that an image would have."""
    side = shape[:2] if recipe["size"] == -1 else (recipe["size"],) * 2
    return *side, len(recipe["channels"] or channels)


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


def _finite(image):
    """Return a float32 copy with NaN for every pixel that is not finite in it."""
    with np.errstate(over="ignore", invalid="ignore"):
        image = np.array(image, np.float32, order="C")
        image[~(np.abs(image) < NO_VALUE)] = np.nan  # true for NaN as well
    return image


def _padded(image, size):
    """Return an image of at least a size, with a border of NaN about it; its middle stays the middle."""
    sides = [max(length, size) for length in image.shape[:2]]
    if tuple(sides) == image.shape[:2]:
        return image
    padded = np.full((*sides, image.shape[2]), np.nan, np.float32)
    top, left = (side // 2 - length // 2 for side, length in zip(sides, image.shape, strict=False))
    padded[top:top + image.shape[0], left:left + image.shape[1]] = image
    return padded


def _refuse_blank(image):
    """Refuse an image that shows nothing."""
    first = image[..., 0]
    known = first[np.isfinite(first)]
    if not known.size:
        raise InputRejected("no-finite-pixel", f"none of the {first.size} pixels has a finite value.")
    if (known == known[0]).all():
        raise InputRejected("no-variation", f"the image is blank: every pixel is {known[0]:g}.")
