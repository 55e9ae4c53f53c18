"""Critical curves and caustics of any lens, and the Einstein radius that they define.

A critical curve is where ``det A = (1 - kappa)^2 - |gamma|^2`` vanishes and an image of a point is
magnified without limit; a caustic is where it lies in the source plane. A singular lens also has a cut,
where an image vanishes in its centre: it is no caustic and is not found here.
"""

import numpy as np

__all__ = ["caustics", "critical_curves", "einstein_radius", "jacobian_determinant"]

_CELLS = 400  # along each axis
_NEWTON_STEPS = 3


def jacobian_determinant(lens, x, y):
    """Return the determinant of the lens mapping, the inverse of the magnification.

    Parameters
    ----------
    lens : lens model
    x, y : float or ndarray
        Positions in the image [pixel].

    Returns
    -------
    ndarray
        Minus infinity or NaN at the centre of a singular lens.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        jet = lens.deflection_jet(np.asarray(x, float), np.asarray(y, float), 1)
        kappa, gamma = jet.coefficient(1, 0).real, jet.coefficient(0, 1)
        return (1 - kappa) ** 2 - (gamma.real**2 + gamma.imag**2)


def critical_curves(lens, half_width, *, centre=(0.0, 0.0), cells=_CELLS):
    """Return the critical curves of a lens within a square.

    Parameters
    ----------
    lens : lens model
        Of scalar parameters.
    half_width : float
        Half of the square's side [pixel]; twice the Einstein radius is enough for a single lens.
    centre : (float, float)
        Middle of the square.
    cells : int
        Along each axis; curves that are smaller than a cell or two are missed.

    Returns
    -------
    list of (n, 2) ndarray
        Points (x, y) in order along each curve, the longest first; a closed curve ends where it begins.
    """
    from contourpy import contour_generator

    # Half a cell aside, so that no point of the grid is the middle of a lens that lies on whole pixels.
    steps = (np.arange(cells + 1) - cells / 2 + 0.37) * (2 * half_width / cells)
    x, y = centre[0] + steps, centre[1] + steps
    determinant = np.nan_to_num(jacobian_determinant(lens, x[None, :], y[:, None]), nan=-np.inf)
    # Of an infinite or very large value, linear interpolation would make a kink: the sign is what counts.
    curves = contour_generator(x, y, np.clip(determinant, -1.0, 1.0)).lines(0.0)
    curves = [_refine(lens, curve, 2 * half_width / cells) for curve in curves if len(curve) > 4]
    return sorted(curves, key=_length, reverse=True)


def caustics(lens, curves):
    """Return the caustics that belong to critical curves.

    Parameters
    ----------
    lens : lens model
    curves : list of (n, 2) ndarray
        What `critical_curves` gave.

    Returns
    -------
    list of (n, 2) ndarray
        Points (x, y) in the source plane [pixel]; a single point for a lens that is round.
    """
    return [curve - np.stack(lens.deflection(curve[:, 0], curve[:, 1]), axis=-1) for curve in curves]


def einstein_radius(lens, half_width, *, centre=(0.0, 0.0), cells=_CELLS):
    """Return the radius of the circle that has the area within the outermost critical curve.

    Parameters
    ----------
    lens, half_width, centre, cells
        As those of `critical_curves`.

    Returns
    -------
    float
        [pixel]; for an SIE its parameter. NaN if no closed critical curve lies in the square.
    """
    curves = critical_curves(lens, half_width, centre=centre, cells=cells)
    areas = [_area(curve) for curve in curves if np.allclose(curve[0], curve[-1])]
    return float(np.sqrt(max(areas) / np.pi)) if areas else float("nan")


def _refine(lens, curve, cell):
    """Return the points moved along the determinant's slope to where it is 0."""
    x, y = curve.T
    step = 1e-4 * cell
    for _ in range(_NEWTON_STEPS):
        value = jacobian_determinant(lens, x, y)
        slope_x = (jacobian_determinant(lens, x + step, y) - value) / step
        slope_y = (jacobian_determinant(lens, x, y + step) - value) / step
        with np.errstate(divide="ignore", invalid="ignore"):
            by = value / (slope_x**2 + slope_y**2)
        # Not by more than a cell: near a centre or a fold the slope misleads.
        good = np.isfinite(by) & (np.abs(by) * np.hypot(slope_x, slope_y) < cell)
        by = np.where(good, by, 0.0)
        x, y = x - by * np.where(good, slope_x, 0), y - by * np.where(good, slope_y, 0)
    return np.stack([x, y], axis=-1)


def _length(curve):
    return float(np.hypot(*np.diff(curve, axis=0).T).sum())


def _area(curve):
    x, y = curve.T
    return abs(float(x[:-1] @ y[1:] - x[1:] @ y[:-1])) / 2
