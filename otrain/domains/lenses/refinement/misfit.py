"""Tests whether the best image of a lens leaves more than noise, in general and in the ways that happen.

Each test has an exact distribution where model and noise are right, so that its share of false alarms is
known. Besides chi2 and the largest smoothed residual, score tests ask whether a little of something that the
model does not have would fit significantly better: a wider point-spread function, a shear, another slope of
the lens, clumps of the source. They need the tangents alone, no further fit.

References
----------
Rao (1948), Proc. Camb. Phil. Soc. 44, 50 (score test); Refregier (2003), MNRAS 338, 35 (the functions of
Gauss and Hermite by which the source is perturbed).
"""

from dataclasses import replace
from math import factorial

import numpy as np
from numpy.polynomial.hermite import hermval
from scipy.ndimage import gaussian_filter
from scipy.special import gammaincc
from scipy.stats import chi2 as chi2_law
from scipy.stats import norm

from otrain.domains.lenses.physics.lens_models import EPL, ExternalShear
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.refinement.fit import tangents_of

__all__ = ["REASONS", "loose_source", "misfit_tests"]

# By the name of a test what is said when it fails.
REASONS = {
    "noise": "the residuals are larger or smaller than the noise",
    "local": "a spot of the residuals stands out of the noise",
    "psf": "another width of the point-spread function fits better",
    "shear": "a shear fits better",
    "source": "another profile of the source fits better",
    "clumps": "a source of several clumps fits better",
}
_SCALES = (0.0, 1.0, 2.5)  # pixel, of the smoothing of residuals
_SMALL = 1e-3  # of a tangent that hardly differs from what the model has: it tells nothing
WORTH = 0.5  # logarithm of the likelihood by which a free source must be better
_LOW, _HIGH = (2, 4), (5, 7)  # orders of the functions of the source


def misfit_tests(forward, pixels, vector):
    """Return the p-value of each test about one fitted lens, by name: those of `REASONS`.

    Parameters
    ----------
    forward : LensForward
    pixels : Pixels
    vector : (P,) ndarray
        The best fit.

    Returns
    -------
    dict of str to float
        A small one says that the model or the noise is wrong.
    """
    vector = np.asarray(vector, float)[None]
    rows = pixels.whiten(forward.images(vector))
    brightness, chi2, _ = pixels.judge(rows)
    residual = pixels.whitened - brightness[0] * rows[0]
    known = _own_tangents(forward, pixels, vector, rows, brightness)
    found = {"noise": _two_sided(chi2[0], pixels.count - len(known) - pixels.sky),
             "local": _largest_spot(residual, pixels)}
    for name, images in _others(forward, vector).items():
        found[name] = _score(pixels.whiten(images) * brightness[0], residual, known)
    return found


def loose_source(forward, pixels, vector):
    """Return the pixels with as much freedom of the source as they ask for.

    The source may differ from its profile by Gauss-Hermite functions whose coefficients are normal; their
    standard deviation, which falls with the order, is the one that makes the residuals most likely, and 0
    unless that is worth it.

    Parameters
    ----------
    forward : LensForward
    pixels : Pixels
    vector : (P,) ndarray
        The best fit.

    Returns
    -------
    Pixels or None
        None where no freedom is asked for.
    """
    vector = np.asarray(vector, float)[None]
    rows = pixels.whiten(forward.images(vector))
    brightness, _, _ = pixels.judge(rows)
    residual = (pixels.whitened - brightness[0] * rows[0]).astype(float)
    images, order = _source_functions(forward, vector)
    tangents = pixels.whiten(forward.blurred(images[order >= 2])).astype(float) * brightness[0]
    tangents /= order[order >= 2, None]
    known = _own_tangents(forward, pixels, vector, rows, brightness)
    beside = tangents - (tangents @ known.T) @ known
    values, turn = np.linalg.eigh(beside @ beside.T)
    kept = values > values[-1] * 1e-9
    squares = (turn.T[kept] @ (beside @ residual)) ** 2 / values[kept]
    sizes = np.geomspace(1e-3, 3, 40)[:, None] ** 2
    variance = 1 + sizes * values[kept]
    gain = 0.5 * (squares - squares / variance - np.log(variance)).sum(axis=1)
    if gain.max() < WORTH:
        return None
    values, turn = np.linalg.eigh(tangents @ tangents.T)
    kept = values > values[-1] * 1e-9
    directions = (turn.T[kept] @ tangents) / np.sqrt(values[kept, None])
    spread = np.sqrt(sizes[gain.argmax()] * values[kept])
    return replace(pixels, loose=(directions.astype(np.float32), spread))


def _own_tangents(forward, pixels, vector, rows, brightness):
    """Return an orthonormal basis of what the model explains, (K, N)."""
    steps = np.array([1e-2 if name[0] in "xyln" else 4e-3 for name in forward.names])
    tangents = tangents_of(forward, pixels, vector, rows, brightness, steps)[0]
    basis = np.concatenate([rows, tangents]).astype(float)
    basis /= np.maximum(np.linalg.norm(basis, axis=1), 1e-30)[:, None]
    return np.linalg.qr(basis.T)[0].T


def _two_sided(value, freedom):
    lower, upper = chi2_law.cdf(value, freedom), chi2_law.sf(value, freedom)
    return float(min(1.0, 2 * min(lower, upper)))


def _largest_spot(residual, pixels):
    """Return the p-value of the largest smoothed residual; every pixel on every scale is a chance."""
    chance = 1.0
    known = (pixels.weight > 0).astype(float)
    image = residual.reshape(known.shape) * known
    for scale in _SCALES:
        # The standard deviation of noise that is smoothed alike, cut at the border as it is.
        smooth = gaussian_filter(image, scale, mode="constant") if scale else image
        spread = np.sqrt(np.maximum(_square_filter(known, scale), 1e-12)) if scale else 1.0
        chance = min(chance, 2 * norm.sf(np.abs(smooth / spread).max()) * known.sum() / max(1.0, scale) ** 2)
    return float(min(1.0, chance * len(_SCALES)))


def _square_filter(known, scale):
    """Return the variance of white noise of variance 1 that `gaussian_filter` smooths."""
    size = int(4 * scale + 0.5)
    kernel = np.exp(-0.5 * (np.arange(-size, size + 1) / scale) ** 2)
    square = (kernel / kernel.sum()) ** 2
    for axis in (0, 1):
        known = np.apply_along_axis(np.convolve, axis, known, square, "same")
    return known


def _score(tangents, residual, known):
    """Return the p-value of tangents (K, N) that the model does not have."""
    tangents = tangents.astype(float)
    length = np.linalg.norm(tangents, axis=1)
    tangents = tangents[length > 0] / length[length > 0, None]
    tangents -= (tangents @ known.T) @ known
    values, vectors = np.linalg.eigh(tangents @ tangents.T)
    kept = values > _SMALL ** 2
    if not kept.any():
        return 1.0
    scores = vectors.T[kept] @ (tangents @ residual.astype(float)) / np.sqrt(values[kept])
    return float(gammaincc(kept.sum() / 2, (scores ** 2).sum() / 2))


def _others(forward, vector):
    """Return images of what the model does not have, by the name of the test, each (K, H, W)."""
    image = forward.sharp_images(vector)
    found = {}
    if np.ndim(forward.psf) == 0 and forward.psf:
        step = 0.02
        found["psf"] = forward.blurred(image, wider=1 + step) - forward.blurred(image, wider=1 - step)
    elif np.ndim(forward.psf) == 2:
        sharp = forward.blurred(image)
        found["psf"] = gaussian_filter(sharp, (0, 0.7, 0.7), mode="constant") - sharp
    found["shear"] = forward.blurred(_sheared(forward, vector))
    functions, order = _source_functions(forward, vector)
    for name, (least, most) in (("source", _LOW), ("clumps", _HIGH)):
        found[name] = forward.blurred(functions[(order >= least) & (order <= most)])
    return found


def _sheared(forward, vector):
    """Return the changes of the image by a little shear, or by another slope where there is a shear."""
    source, lens = forward.source(vector), forward.lens(vector)
    one = {name: float(values[0]) for name, values in forward.named(vector).items()}
    changes = []
    if forward.shear:
        base = lens.parts[0]
        others = [replace(lens, parts=(EPL(base.einstein_radius, base.ellipse_ratio, base.orientation, slope,
                                           base.x, base.y), *lens.parts[1:])) for slope in (1.02, 0.98)]
        pairs = [others]
    else:
        step = 2e-3
        pairs = [[_Added(lens, ExternalShear(*(sign * step * np.array(axis))), one["x_lens"], one["y_lens"])
                  for sign in (1, -1)] for axis in ((1.0, 0.0), (0.0, 1.0))]
    for pair in pairs:
        more, less = (trace(other, source, forward.size, supersampling=forward.supersampling)
                      for other in pair)
        changes.append((more - less)[0])
    return np.stack(changes)


class _Added:
    """A lens and a shear about its place."""

    def __init__(self, lens, shear, x, y):
        self.lens, self.shear, self.x, self.y = lens, shear, x, y

    def deflection(self, x, y):
        """Return the sum of both deflections."""
        ax, ay = self.lens.deflection(x, y)
        kind = np.asarray(x).dtype
        bx, by = self.shear.deflection(x - kind.type(self.x), y - kind.type(self.y))
        return ax + bx, ay + by


def _source_functions(forward, vector):
    """Return lensed images of Gauss-Hermite functions about the source, (K, H, W), and the order of each."""
    one = {name: float(values[0]) for name, values in forward.named(vector).items()}
    size = np.exp(one["log_size"])
    place = one["x_source"] + one["x_lens"], one["y_source"] + one["y_lens"]
    images = trace(forward.lens(vector), _Functions(*place, size, _HIGH[1]), forward.size,
                   supersampling=forward.supersampling)
    return images, np.array([a + b for a, b in _orders(_HIGH[1])])


def _orders(highest):
    return [(a, n - a) for n in range(highest + 1) for a in range(n + 1)]


class _Functions:
    """Gauss-Hermite functions as a source of many images, (K, H, W)."""

    def __init__(self, x, y, size, highest):
        self.x, self.y, self.size, self.highest = x, y, size, highest

    def brightness(self, x, y):
        """Return the value of each function; all have about the same norm."""
        x, y = (np.asarray(part) for part in (x, y))
        u, v = (x[0] - x.dtype.type(self.x)) / self.size, (y[0] - y.dtype.type(self.y)) / self.size
        envelope = np.exp(-0.5 * (u * u + v * v))
        norms = [np.sqrt(2.0 ** n * factorial(n)) for n in range(self.highest + 1)]
        powers = [[hermval(part, unit / size) for unit, size in zip(np.eye(self.highest + 1), norms)]
                  for part in (u, v)]
        return np.stack([envelope * powers[0][a] * powers[1][b] for a, b in _orders(self.highest)])
