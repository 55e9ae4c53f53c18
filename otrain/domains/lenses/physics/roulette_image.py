"""Images by the roulette expansion: what amplitudes say about a lensed image near their reference point.

About the reference point xi the lens equation is a polynomial in ``z = x + i y`` and its conjugate, whose
coefficients are the amplitudes: equation 50 of Clarkson (2016), MNRAS 460, 1, here in complex form. The
series converges out to the lens at best; `mask_radius` leaves the rest black.
"""

from math import comb, factorial

import numpy as np

from otrain.domains.lenses.physics.ray_tracing import bin_rays, open_grid, snap_to_raster

__all__ = ["roulette_image", "source_position"]


def roulette_image(amplitudes, source, size, *, xi=(0.0, 0.0), mask_radius=None, offset=(0.0, 0.0),
                   pixel_scale=1.0, supersampling=1, snap=False, dtype=np.float32):
    """Return the image that amplitudes make of a source.

    Parameters
    ----------
    amplitudes : dict of (m, s) -> complex
        ``alpha + i beta`` of one lens; those of m = 0 are not used, those that are absent count as 0.
    source : source
        Its middle is seen at `xi`, wherever its own position is.
    size : int
        Side of the image [pixel].
    xi : (float, float)
        Reference point relative to the middle of the image, y up.
    mask_radius : float, optional
        Pixels further from `xi` are black; by default none. CosmoSim takes the distance of the lens.
    offset : (float, float)
        Added to the position in the source plane: the `offset` columns of `place_columns`, if the source
        shall be where it truly is.
    pixel_scale, supersampling, snap, dtype
        As those of `trace`.

    Returns
    -------
    (size, size) float32 ndarray
        Grey levels, not rounded or saturated.
    """
    x, y = open_grid(size, pixel_scale=pixel_scale, supersampling=supersampling, dtype=dtype)
    x, y = x - dtype(xi[0]), y - dtype(xi[1])
    with np.errstate(over="ignore", invalid="ignore"):  # far from xi a polynomial is as large as it likes
        u, v = source_position(amplitudes, x, y)
        u += dtype(source.x + offset[0])
        v += dtype(source.y + offset[1])
        if snap:
            u, v = snap_to_raster(source, u, v)
        image = np.nan_to_num(source.brightness(u, v), nan=0.0, posinf=0.0)
    if mask_radius is not None:
        image[x * x + y * y > mask_radius**2] = 0
    return bin_rays(image, supersampling).astype(np.float32, copy=False)


def source_position(amplitudes, x, y):
    """Return where in the source plane positions about xi are, relative to the counterpart of xi.

    Parameters
    ----------
    amplitudes : dict of (m, s) -> complex
    x : (1, W) ndarray
    y : (H, 1) ndarray
        Relative to xi [pixel].

    Returns
    -------
    u, v : (H, W) ndarray
    """
    powers = _real_polynomial(amplitudes)
    order = len(powers) - 1
    # The coefficient of each power of x in every row, in double precision; then Horner's scheme.
    rows = [np.polynomial.polynomial.polyval(y.astype(float), coefficients) for coefficients in powers]
    result = []
    for part in (np.real, np.imag):
        columns = [np.ascontiguousarray(part(row)).astype(x.dtype) for row in rows]
        total = np.broadcast_to(columns[order], np.broadcast_shapes(x.shape, y.shape)).copy()
        for k in range(order - 1, -1, -1):
            total *= x
            total += columns[k]
        result.append(total)
    return tuple(result)


def _real_polynomial(amplitudes):
    """Return the coefficients c[k][l] of ``x**k y**l`` of the complex position in the source plane."""
    order = max((m for m, _ in amplitudes), default=1)
    order = max(order, 1)
    result = np.zeros((order + 1, order + 1), complex)
    for (a, b), value in _complex_polynomial(amplitudes).items():
        # (x + i y)^a (x - i y)^b
        for j in range(a + 1):
            for k in range(b + 1):
                result[a + b - j - k, j + k] += value * comb(a, j) * comb(b, k) * 1j**j * (-1j) ** k
    return result


def _complex_polynomial(amplitudes):
    """Return the coefficients of ``z**a conj(z)**b`` of the position in the source plane: itself at first."""
    result = {(1, 0): 1.0 + 0j}
    for (m, s), amplitude in amplitudes.items():
        if m == 0:
            continue
        amplitude = complex(amplitude) / (2 * factorial(m))
        share = s / (m + 1)
        for key, value in ((((m - s + 1) // 2, (m + s - 1) // 2), (1 + share) * amplitude),
                           (((m + s + 1) // 2, (m - s - 1) // 2), (1 - share) * amplitude.conjugate())):
            if value and min(key) >= 0:
                result[key] = result.get(key, 0) + value
    return result
