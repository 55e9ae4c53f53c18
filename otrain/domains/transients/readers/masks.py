"""Planes beside the image of a candidate: masks, which take pixels away, and planes that nothing uses."""

from functools import lru_cache

import numpy as np

from otrain.domains.transients.readers.images import ROLES

__all__ = ["apply_masks", "is_mask", "is_unused", "mask_role"]

_MASKS = {"MASK", "MASKS", "MSK", "BITMASK", "BPM", "BADPIX", "DQ", "FLAG", "FLAGS", "FLAGMAP", "QUALITY"}
_UNUSED = {"ERR", "ERROR", "ERRORS", "UNC", "SIGMA", "RMS", "STD", "NOISE", "VAR", "VARIANCE", "WEIGHT",
           "WEIGHTS", "WHT", "WT", "IVAR", "PSF", "BACKGROUND", "BKG", "BACK", "SNR", "SCORR", "CONVOLVED",
           "FOOTPRINT", "EXPOSURE", "COVERAGE", "SEGMENTATION", "SEGMAP", "KERNEL", "MODEL", "RESIDUAL"}
_PREFIXES = ROLES | {"T": "template"}
# Bits of the masks of Rubin's pipelines that say what lies in a pixel, not that it is bad.
_HARMLESS = ("MP_DETECTED", "MP_DETECTED_NEGATIVE", "MP_INJECTED", "MP_INJECTED_TEMPLATE", "MP_INJECTED_CORE")


@lru_cache(1024)  # a night's files have a handful of names
def _parts(name):
    """Return the role before the name of a plane (``TEMPLATE_MASK``), or None, and the name without it."""
    for separator in ("_", "-", " ", ""):
        for prefix, role in _PREFIXES.items():
            if name.startswith(prefix + separator):
                rest = name[len(prefix + separator):]
                if rest in _MASKS or rest in _UNUSED:
                    return role, rest
    return None, name


def is_mask(name):
    """Return whether the name of an image, in capitals, is that of a mask: nonzero where a pixel is bad."""
    return name in _MASKS or _parts(name)[1] in _MASKS


def mask_role(name):
    """Return the channel that a mask is of, None if of all."""
    return _parts(name)[0]


def is_unused(name):
    """Return whether the name of an image is that of something no network is given: an error, a weight."""
    return name in _UNUSED or _parts(name)[1] in _UNUSED


def apply_masks(image, channels, masks):
    """Give NaN to the pixels that masks mark, and return which masks were not used, and why.

    Parameters
    ----------
    image : (H, W, C) float32 ndarray
        Changed in place.
    channels : tuple of str
    masks : list of (name, header, pixels)
        A pixel other than 0 marks; of masks with planes named ``MP_...`` only bad ones count. A mask of
        the template marks the difference too. One that marks every pixel cannot be meant as one.

    Returns
    -------
    dict of str to str
        Reason in words by the name of the mask.
    """
    unused = {}
    for name, header, pixels in masks:
        flags = np.squeeze(pixels)
        if flags.shape != image.shape[:2]:
            unused[name] = "has another size than the image"
            continue
        bad = _bad(flags, header)
        if not bad.any():
            continue
        if bad.all():
            unused[name] = "marks every pixel"
            continue
        role = mask_role(name)
        marked = [index for index, channel in enumerate(channels)
                  if role is None or channel in (role, "difference")]
        if len(marked) == len(channels):
            image[bad] = np.nan
        else:
            for index in marked:
                image[..., index][bad] = np.nan
    return unused


def _bad(flags, header):
    """Return which pixels a mask marks."""
    bits = map(header.get, _HARMLESS)
    bits = [bit for bit in bits if type(bit) is int and 0 <= bit < 63]
    if bits:
        flags = np.nan_to_num(flags).astype(np.int64) & ~np.int64(sum(1 << bit for bit in bits))
    return flags != 0
