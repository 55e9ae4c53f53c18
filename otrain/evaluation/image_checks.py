"""What each image of a data cube looks like in a few numbers, before anybody trains on it.

Everything works on a batch at a time and returns one entry per image, so a cube
of any size can be examined while it is read once.
"""

import numpy as np

from otrain.evaluation.give_aways import masked_areas, measure_margins

__all__ = ["CENTRE", "SENTINEL", "SIDE", "levels", "measure", "thumbnails"]

SENTINEL = 1e6  # no calibrated or raw cutout of a survey reaches it; fill values do
SIDE = 16  # pixel of a thumbnail
CENTRE = 15  # pixel around the candidate that ``centre`` keeps
_CLEAR_PEAK = 10.0  # sigma; only such a peak says where the source is
_VISIBLE, _NEAR = 5.0, 3  # sigma, pixel: a source in the middle
_LARGEST = 1e15  # the square still fits float32
_FLAT_TOP = 4  # pixels that share the maximum of a channel
_PLATEAU = 0.05  # of all pixels; so many at the maximum are saturated at any height
_STEPS = 12  # grey steps per unit of asinh(sigma) in 8 bits; reaches 20,000 sigma


def measure(images, channel, *, centre=False):
    """Return what is odd about each image.

    Parameters
    ----------
    images : (n, H, W, C) ndarray
        Non-finite pixels have no value.
    channel : int
        Where the candidate is looked for: the difference image, or the first channel.
    centre : bool
        Whether to return ``centre`` too.

    Returns
    -------
    dict of str to ndarray
        One entry per image. ``masked``: share of pixels without a value; ``sentinels``:
        number of finite pixels beyond 1e6; ``constant``: whether a channel has fewer than two
        values; ``saturated``: whether 4 or more pixels share a maximum 10 sigma
        above the median, or a twentieth of all share any; ``offset_y offset_x``: place of the brightest
        or darkest 3x3 pixel relative to pixel ``(H // 2, W // 2)`` [pixel], NaN unless it is
        10 sigma from the median; ``empty_centre``: whether nothing within 3 pixel of that
        pixel is 5 sigma from it; ``mask_areas repeated border_level border_spread``: see
        `otrain.evaluation.give_aways`; ``thumb`` (256 int8): see `thumbnails`; ``centre``
        (225 int8): the central 15x15 pixel in the same code.
    """
    images = np.asarray(images, np.float32)
    finite = np.isfinite(images)
    flat, known = (array.reshape(len(images), -1, images.shape[-1]) for array in (images, finite))
    whole = bool(finite.all())
    highest = (flat if whole else np.where(known, flat, -np.inf)).max(axis=1)
    lowest = (flat if whole else np.where(known, flat, np.inf)).min(axis=1)
    median, sigma = levels(images, finite)
    bright = highest.astype(float) - median > _CLEAR_PEAK * np.maximum(sigma, 1e-30)
    tops = np.count_nonzero(flat == highest[:, None], axis=1)
    large = np.maximum(highest, -lowest) > SENTINEL
    sentinels = np.zeros(len(images), int)
    some = np.flatnonzero(large.any(axis=1))
    sentinels[some] = np.count_nonzero(known[some] & (np.abs(flat[some]) > SENTINEL), axis=(1, 2))
    plane, has = images[..., channel], finite[..., channel]
    deviation = np.where(has, plane, median[:, channel, None, None].astype(np.float32))
    deviation = np.clip(deviation, -_LARGEST, _LARGEST) - median[:, channel, None, None].astype(np.float32)
    found = {"masked": np.zeros(len(images)) if whole else 1 - known.mean(axis=(1, 2)),
             "sentinels": sentinels, "constant": ~(highest > lowest).all(axis=1),
             "saturated": ((tops >= _FLAT_TOP) & (bright | (tops > _PLATEAU * flat.shape[1]))
                           & (highest > lowest)).any(axis=1),
             "mask_areas": masked_areas(finite), **measure_margins(images, finite, median, sigma),
             **_peaks(deviation, sigma[:, channel]), "thumb": _thumbs(deviation)}
    return found | ({"centre": _centres(deviation, sigma[:, channel])} if centre else {})


def levels(images, finite):
    """Return median and width (quartiles, as sigma of a normal law) of each channel.

    From a regular subset of at most some 1000 pixels; 0 where no pixel has a value.

    Parameters
    ----------
    images : (n, H, W, C) float ndarray
    finite : (n, H, W, C) bool ndarray
        Pixels that have a value.

    Returns
    -------
    median, sigma : (n, C) float64 ndarray
    """
    step = max(1, int(np.sqrt(images.shape[1] * images.shape[2] / 1000)))
    some = np.where(finite[:, ::step, ::step], images[:, ::step, ::step], np.float32(np.nan))
    some = some.reshape(len(images), -1, images.shape[-1]).transpose(0, 2, 1)
    some = np.sort(some, axis=2)  # NaN last
    count = np.count_nonzero(~np.isnan(some), axis=2)
    lower, median, upper = (_ranked(some, (count - 1) * part) for part in (0.25, 0.5, 0.75))
    return median, (upper - lower) / 1.349


def _ranked(ordered, rank):
    """Value of a rank along the last axis; 0 where there is none."""
    place = np.clip(np.rint(rank), 0, None).astype(int)[..., None]
    return np.clip(np.nan_to_num(np.take_along_axis(ordered, place, axis=-1)[..., 0].astype(float)),
                   -_LARGEST, _LARGEST)


def _peaks(deviation, sigma):
    """Where the strongest 3x3 pixel is, and whether the centre is empty."""
    count, height, width = deviation.shape
    if min(height, width) < 7:
        return {"offset_y": np.full(count, np.nan), "offset_x": np.full(count, np.nan),
                "empty_centre": np.zeros(count, bool)}
    rows = deviation[:, :-2] + deviation[:, 1:-1] + deviation[:, 2:]
    boxes = np.abs(rows[..., :-2] + rows[..., 1:-1] + rows[..., 2:]) / 3  # as sure as one pixel
    y, x = np.unravel_index(boxes.reshape(count, -1).argmax(axis=1), boxes.shape[1:])
    sigma = np.maximum(sigma, 1e-30)
    clear = boxes[np.arange(count), y, x] > _CLEAR_PEAK * sigma
    middle_y, middle_x = height // 2 - 1, width // 2 - 1  # a box is named after its first pixel
    near = boxes[:, max(0, middle_y - _NEAR):middle_y + _NEAR + 1]
    near = near[..., max(0, middle_x - _NEAR):middle_x + _NEAR + 1]
    return {"offset_y": np.where(clear, y - middle_y, np.nan),
            "offset_x": np.where(clear, x - middle_x, np.nan),
            "empty_centre": near.max(axis=(1, 2)) < _VISIBLE * sigma}


def thumbnails(planes):
    """Return small copies, blind to level and contrast, as 8-bit asinh of sigma.

    Parameters
    ----------
    planes : (n, H, W) ndarray
        One channel; pixels without a value count as the median.

    Returns
    -------
    (n, 256) int8 ndarray
        Areas of the image averaged to 16x16 pixel, minus their median, over their width.
    """
    return measure(np.asarray(planes)[..., None], 0)["thumb"]


def _thumbs(deviation):
    small = _areas(deviation.shape[1]) @ deviation @ _areas(deviation.shape[2]).T
    flat = small.reshape(len(small), -1)
    lower, middle, upper = np.sort(flat, axis=1)[:, [SIDE**2 // 4, SIDE**2 // 2, 3 * SIDE**2 // 4]].T
    sigma = np.maximum((upper - lower) / 1.349, 1e-30)
    return _coded((flat - middle[:, None]) / sigma[:, None])


def _centres(deviation, sigma):
    half = CENTRE // 2
    padded = np.pad(deviation, [(0, 0), (half, half), (half, half)])
    y, x = deviation.shape[1] // 2, deviation.shape[2] // 2
    cut = padded[:, y:y + CENTRE, x:x + CENTRE].reshape(len(deviation), -1)
    return _coded(cut / np.maximum(sigma, 1e-30)[:, None])


def _areas(size):
    """Weights that average `size` pixels to `SIDE` areas of equal width, (SIDE, size)."""
    edges = np.linspace(0, size, SIDE + 1)
    pixel = np.arange(size)
    shared = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
    weights = np.clip(shared, 0, None)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _coded(sigmas):
    return np.clip(np.rint(np.arcsinh(sigmas) * _STEPS), -127, 127).astype(np.int8)
