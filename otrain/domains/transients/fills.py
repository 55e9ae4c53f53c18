"""Values that programs write into pixels that have none, found where they are certain.

NaN says so itself. Subtraction programs write a number instead: 1e-30, 0, -32768 or -99999, over the part
of a cutout that lies beyond the frame or under a mask. A network that sees it learns where a program
has written it, not what a candidate looks like.
"""

import numpy as np

__all__ = ["CERTAIN", "find_fill", "may_have_fill"]

# Values that no noise has beside others.
CERTAIN = tuple(map(np.float32, (1e-30, -32768.0, -32767.0, -99999.0, -9999.0)))
_TINY, _LOW = CERTAIN[0], np.float32(-9999.0)
_FAR = 20.0  # widths of the noise below the median: a certain value there is no pixel's
_BLOCK = 3  # pixel a side; noise of floats does not repeat even once
_MOST_FILLS = 3  # different values that fill whole lines of one image
_STRAY = 0.005  # share of the other pixels that may have the value by chance
_LARGEST_BORDER, _LARGEST_BLOCK = 0.75, 0.5  # share of an image that a fill may take


def find_fill(image, values=()):
    """Return which pixels have no value but a number that stands for it, and those numbers.

    Parameters
    ----------
    image : (H, W, C) float32 ndarray
        NaN pixels have no value already.
    values : iterable of float
        Values that stand for 'none' wherever they occur, besides those that are certain.

    Returns
    -------
    mask : (H, W, C) bool ndarray, or None
        None if there is no such pixel.
    fills : tuple of float
        The values that were found.

    Notes
    -----
    A value that is not named is taken for a fill if it covers whole rows or columns at a border, or a block
    of 3x3 pixel or more, or whole lines, and hardly a pixel elsewhere. A block of the largest value of an
    image, or of
    a negative smallest one, may be a saturated star and stays, as do a channel of one value and images that
    are mostly one value, such as counts of photons.
    """
    if not values and _is_clean(image):
        return None, ()
    mask, fills = np.zeros(image.shape, bool), []
    for value in map(np.float32, values):
        if (hit := image == value).any():
            mask |= hit
            fills.append(float(value))
    if may_have_fill(image[None])[0]:
        for channel in range(image.shape[-1]):
            for value, hit in _certain(image[..., channel]):
                mask[..., channel] |= hit
                fills.append(float(value))
    return (mask, tuple(dict.fromkeys(fills))) if fills else (None, ())


def _is_clean(image):
    """Return whether an image surely has no fill: as most, and faster than `may_have_fill` tells."""
    height, width, across = image.shape
    if min(height, width) < _BLOCK:
        return False
    flat = image.reshape(-1)
    lowest = flat.min()
    lowest = lowest if lowest == lowest else np.fmin.reduce(flat)
    # Blocks and rows of one value repeat it along a row, columns of one value begin with two that are the
    # same. The end of a row stands beside the start of the next one here: that errs on the side of a
    # second look.
    return bool(lowest > _LOW and np.count_nonzero(flat[across:] == flat[:-across]) < _BLOCK - 1
                and not np.count_nonzero(image[1] == image[0]) and not np.count_nonzero(flat == _TINY))


def may_have_fill(images):
    """Return whether each image has to be looked at for fill values: few that have none do.

    Parameters
    ----------
    images : (N, H, W, C) float32 ndarray

    Returns
    -------
    (N,) bool ndarray
    """
    axes = (1, 2, 3)
    lowest = images.min(axis=axes)
    lowest = lowest if (lowest == lowest).all() else np.fmin.reduce(images, axis=axes)  # NaN hides the others
    suspect = (images == _TINY).any(axis=axes) | (lowest <= _LOW)
    if min(images.shape[1:3]) < _BLOCK:
        return suspect
    same = images[:, :, 1:] == images[:, :, :-1]
    if same.any():
        three = same[:, :, 1:] & same[:, :, :-1]
        suspect |= (three[:, 2:] & three[:, 1:-1] & three[:, :-2]).any(axis=axes)
        suspect |= same.all(axis=2).any(axis=(1, 2))
    if (images[:, 1] == images[:, 0]).any():  # of a column that is constant the first pixels are equal
        suspect |= (images[:, 1:] == images[:, :-1]).all(axis=1).any(axis=(1, 2))
    return suspect


def _certain(plane):
    """Yield the fill values of one plane, and their pixels."""
    if min(plane.shape) < _BLOCK:
        return
    repeated = np.concatenate([plane[:, 1:][plane[:, 1:] == plane[:, :-1]],
                               plane[1:][plane[1:] == plane[:-1]]])
    found, counts = np.unique(repeated, return_counts=True)
    common = found[np.argsort(-counts, kind="stable")[:4]]
    lines = [*plane[(plane == plane[:, :1]).all(axis=1), 0], *plane[0, (plane == plane[:1]).all(axis=0)]]
    if len(set(map(float, lines))) > _MOST_FILLS:
        common = common[:0]  # a gradient, not noise
    for value in dict.fromkeys([*common.tolist(), *map(float, CERTAIN)]):
        hit = plane == np.float32(value)
        if hit.any() and _is_fill(plane, np.float32(value), hit):
            yield value + 0.0, hit  # not -0


def _is_fill(plane, value, hit):
    """Return whether a value that some pixels share stands for none."""
    rest = plane[~hit]
    rest = rest[np.isfinite(rest)]
    if rest.size < _BLOCK or rest.min() == rest.max():
        return False
    if value in CERTAIN and _is_far(value, rest):
        return True
    count = np.count_nonzero(hit)
    inner = hit[_between(hit.all(axis=1)), _between(hit.all(axis=0))]
    if inner.size < hit.size and np.count_nonzero(inner) <= _STRAY * inner.size:
        return count <= _LARGEST_BORDER * hit.size
    blocks = np.count_nonzero(_in_blocks(hit))
    saturated = value >= rest.max() or (value <= rest.min() and value < 0)
    return bool(blocks and not saturated and count <= _LARGEST_BLOCK * hit.size
                and count - blocks <= _STRAY * (hit.size - blocks))


def _is_far(value, rest):
    """Return whether a value is none of a distribution: 1e-30 among numbers, or far below all of them."""
    if value == _TINY:
        return True
    lower, middle, upper = np.percentile(rest, [16, 50, 84])
    return bool(value < middle - _FAR * max(upper - lower, 1e-30) / 2 and value < rest.min())


def _between(whole):
    """Return the slice between the lines that are whole at the two ends of an axis."""
    gaps = np.flatnonzero(~whole)
    return slice(int(gaps[0]), int(gaps[-1]) + 1) if len(gaps) else slice(0, 0)


def _in_blocks(hit):
    """Return the pixels that lie in a block of 3x3 hits, or in a row or column of hits from end to end."""
    wide = hit[:, :-2] & hit[:, 1:-1] & hit[:, 2:]
    corner = wide[:-2] & wide[1:-1] & wide[2:]
    mask = np.zeros(hit.shape, bool)
    for down in range(_BLOCK):
        for right in range(_BLOCK):
            mask[down:down + corner.shape[0], right:right + corner.shape[1]] |= corner
    mask[hit.all(axis=1)] = True
    mask[:, hit.all(axis=0)] = True
    return mask
