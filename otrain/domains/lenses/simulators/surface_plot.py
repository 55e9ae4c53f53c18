"""A plot of the potential or the convergence of a lens as a surface."""

import io

import numpy as np

__all__ = ["surface_svg"]

_STEPS = 64  # along each axis
_HIGHEST = 99.0  # percentile at which the peak of a singular lens is cut


def surface_svg(function, size):
    """Return a surface over the image plane as the bytes of an SVG file.

    Parameters
    ----------
    function : callable
        ``function(x, y)`` on arrays of positions [pixel].
    size : int
        Side of the image [pixel].
    """
    from matplotlib.figure import Figure

    steps = (np.arange(_STEPS) + 0.5) / _STEPS * size - size / 2
    x, y = np.meshgrid(steps, steps)
    height = np.asarray(function(x, y), float)
    height = np.minimum(height, np.nanpercentile(height, _HIGHEST)) if np.isfinite(height).any() else height
    figure = Figure(figsize=(6, 5))
    axes = figure.add_subplot(projection="3d")
    axes.plot_surface(x, y, height, cmap="viridis", rcount=_STEPS, ccount=_STEPS)
    axes.set_xlabel("x [pixel]")
    axes.set_ylabel("y [pixel]")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
