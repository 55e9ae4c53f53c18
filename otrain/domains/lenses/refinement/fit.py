"""Least-squares fit of many starts at once to the pixels of one lens; brightness and sky are solved linearly.

For given numbers of the lens the best brightness and sky level follow from linear least squares (variable
projection), and integrating over them, uniform, leaves the likelihood of the numbers alone.

References
----------
Golub and Pereyra (2003), Inverse Problems 19, R1; Kaufman (1975), BIT 15, 49 (the gradient used here).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

__all__ = ["Fits", "Pixels", "fit_starts", "tangents_of"]

_STEPS = {"log_theta_e": 2e-3, "e1": 4e-3, "e2": 4e-3, "s1": 1e-2, "s2": 1e-2, "log_size": 1e-2,
          "n_sersic": 2e-2, "gamma1": 2e-3, "gamma2": 2e-3, "log_psf": 1e-2}  # of the derivatives; positions:
_STEP = 2e-2  # pixel
_LONGEST = {"log_theta_e": 0.25, "e1": 0.15, "e2": 0.15, "s1": 0.3, "s2": 0.3, "log_size": 0.4,
            "n_sersic": 0.7, "gamma1": 0.05, "gamma2": 0.05, "log_psf": 0.2}  # of one step; positions:
_LONG = 3.0  # pixel
_DONE = 0.02  # improvement of chi2 below which a start has arrived


@dataclass(frozen=True)
class Pixels:
    """The pixels of one lens and what is known of them.

    Parameters
    ----------
    image : (H, W) ndarray
    weight : (H, W) ndarray
        One over the standard deviation of the noise; 0 where a pixel does not count.
    sky : bool
        Whether there is an unknown constant level.
    loose : ((K, N) ndarray, (K,) ndarray), optional
        Orthonormal directions of whitened images along which the model is not trusted, and the standard
        deviation along each, in units of the noise; what lies along them counts for less.
    """

    image: np.ndarray
    weight: np.ndarray
    sky: bool = False
    loose: tuple = ()

    @cached_property
    def count(self):
        """Number of pixels that count."""
        return int((self.weight > 0).sum())

    @cached_property
    def _weights(self):
        return np.ascontiguousarray(self.weight, np.float32).ravel()

    @cached_property
    def _level(self):
        return self._weights / np.float32(np.linalg.norm(self._weights.astype(float)))

    @cached_property
    def whitened(self):
        """The image over its noise, without its sky, (N,) float32."""
        known = np.where(self.weight > 0, self.image, 0)
        return self._settled((np.asarray(known, float).ravel() * self._weights).astype(np.float32)[None])[0]

    def whiten(self, images):
        """Return images (B, H, W) over the noise, without what a sky level explains, (B, N) float32."""
        return self._settled(images.reshape(len(images), -1) * self._weights)

    def _settled(self, rows):
        if self.sky:
            rows = rows - (rows @ self._level)[:, None] * self._level
        if self.loose:
            directions, spread = self.loose
            lost = ((rows @ directions.T) * (1 - 1 / np.sqrt(1 + spread ** 2))).astype(np.float32)
            rows = rows - lost @ directions
        return rows

    def judge(self, rows):
        """Return brightness, chi2 and information about the brightness, each (B,), of whitened images."""
        information = np.maximum(np.einsum("bn,bn->b", rows, rows), np.finfo(np.float32).tiny)
        brightness = np.maximum(rows @ self.whitened, 0) / information
        residual = self.whitened - brightness[:, None] * rows
        return brightness, np.einsum("bn,bn->b", residual, residual).astype(float), information


@dataclass(frozen=True)
class Fits:
    """Where the starts have arrived, the best first.

    Parameters
    ----------
    vectors : (S, P) ndarray
    cost : (S,) ndarray
        chi2 and the normal part of the prior.
    chi2, brightness : (S,) ndarray
    hessian : (S, P, P) ndarray
        Half the second derivatives of the cost.
    """

    vectors: np.ndarray
    cost: np.ndarray
    chi2: np.ndarray
    brightness: np.ndarray
    hessian: np.ndarray


def fit_starts(forward, pixels, prior, starts, *, iterations=25, hopeless=None):
    """Improve starts by the method of Levenberg and Marquardt, all in one batch.

    Parameters
    ----------
    forward : LensForward
    pixels : Pixels
    prior : Prior
    starts : (S, P) array-like
    iterations : int
        At most, each of P + 1 images a start.
    hopeless : float, optional
        After half of the iterations a start is given up whose chi2 is worse than the best by more than this.

    Returns
    -------
    Fits
    """
    state = _State(forward, pixels, prior, prior.clip(starts))
    for number in range(iterations):
        if number == iterations // 2 and hopeless is not None:
            state.active &= state.cost < state.cost.min() + hopeless
        if not state.advance():
            break
    order = np.argsort(state.cost, kind="stable")
    state.derive(order[~state.fresh[order]])
    return Fits(state.vectors[order], state.cost[order], state.chi2[order], state.brightness[order],
                state.hessian[order])


class _State:
    """The starts on their way."""

    def __init__(self, forward, pixels, prior, vectors):
        self.forward, self.pixels, self.prior, self.vectors = forward, pixels, prior, vectors
        count, width = vectors.shape
        self.mean, self.precision = prior.normal()
        self.steps = np.array([_STEPS.get(name, _STEP) for name in forward.names])
        self.longest = np.array([_LONGEST.get(name, _LONG) for name in forward.names])
        self.rows = pixels.whiten(forward.images(vectors))
        self.brightness, self.chi2, _ = pixels.judge(self.rows)
        self.cost = self.chi2 + self._distance(vectors)
        self.damping = np.full(count, 1e-2)
        self.hessian, self.slope = np.zeros((count, width, width)), np.zeros((count, width))
        self.fresh, self.active = np.zeros(count, bool), np.ones(count, bool)

    def _distance(self, vectors):
        return ((vectors - self.mean) ** 2 * self.precision).sum(axis=1)

    def derive(self, some):
        """Compute slope and second derivatives of some starts where they are."""
        if not len(some):
            return
        tangents = tangents_of(self.forward, self.pixels, self.vectors[some], self.rows[some],
                               self.brightness[some], self.steps)
        residual = self.pixels.whitened - self.brightness[some, None] * self.rows[some]
        self.hessian[some] = np.matmul(tangents, tangents.transpose(0, 2, 1)) + np.diag(self.precision)
        self.slope[some] = np.matmul(tangents, residual[..., None])[..., 0] \
            - (self.vectors[some] - self.mean) * self.precision
        self.fresh[some] = True

    def advance(self):
        """Take one step with every start that is not there yet; return whether any was left."""
        some = np.flatnonzero(self.active)
        if not len(some):
            return False
        self.derive(some[~self.fresh[some]])
        tried = self._tried(some)
        rows = self.pixels.whiten(self.forward.images(tried))
        brightness, chi2, _ = self.pixels.judge(rows)
        cost = chi2 + self._distance(tried)
        gain = self.cost[some] - cost
        better = gain > 0
        kept = some[better]
        self.vectors[kept], self.rows[kept], self.fresh[kept] = tried[better], rows[better], False
        self.brightness[kept] = brightness[better]
        self.chi2[kept], self.cost[kept] = chi2[better], cost[better]
        damping = self.damping[some]
        self.damping[some] = np.where(better, np.maximum(damping / 6, 1e-7), damping * 5)
        self.active[some] = np.where(better, gain > _DONE, self.damping[some] < 1e3)
        return True

    def _tried(self, some):
        hessian = self.hessian[some]
        diagonal = np.einsum("spp->sp", hessian)
        size = np.maximum(diagonal, 1e-9)
        damped = hessian + np.einsum("sp,pq->spq", size * self.damping[some, None], np.eye(size.shape[1]))
        # The numbers differ by orders of magnitude: solved in units of their own.
        unit = 1 / np.sqrt(np.einsum("spp->sp", damped))
        damped *= unit[:, :, None] * unit[:, None, :]
        solved = np.linalg.solve(damped, (self.slope[some] * unit)[..., None])
        step = solved[..., 0] * unit
        step /= np.maximum(1, np.abs(step / self.longest).max(axis=1))[:, None]
        return self.prior.clip(self.vectors[some] + step)


def tangents_of(forward, pixels, vectors, rows, brightness, steps):
    """Return how the whitened images change with each number, without what brightness and sky explain.

    Returns
    -------
    (S, P, N) float32 ndarray
    """
    count, width = vectors.shape
    moved = np.repeat(vectors[:, None], width, axis=1) + np.diag(steps)
    changed = pixels.whiten(forward.images(moved.reshape(-1, width))).reshape(count, width, -1)
    changed -= rows[:, None]
    changed *= (brightness[:, None] / steps).astype(np.float32)[..., None]
    length = np.maximum(np.einsum("sn,sn->s", rows, rows), np.finfo(np.float32).tiny)
    share = np.matmul(changed, rows[..., None])[..., 0] / length[:, None]
    changed -= share[..., None] * rows[:, None]
    return changed
