"""Images of many lenses at once from vectors of numbers: what the refinement of a lens fits to the pixels.

The numbers of one lens, in pixel and y up: ``log_theta_e`` (natural logarithm of the Einstein radius),
``e1 e2`` (ellipticity ``(1 - q)/(1 + q)`` as a pair, along twice the orientation of the physics),
``x_lens y_lens`` (from the middle of the image), ``x_source y_source`` (from the lens), ``log_size`` (of the
source), then those that are asked for: ``s1 s2`` (ellipticity of the source, along twice the direction of its
first axis), ``n_sersic``, ``gamma1 gamma2`` (shear about the lens), ``log_psf`` (of the factor by which a
Gaussian point-spread function is wider than it is said to be). Brightness is none of them: a lens is linear
in it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import fftconvolve

from otrain.domains.lenses.physics.lens_models import SIE, Cluster, ExternalShear
from otrain.domains.lenses.physics.ray_tracing import trace
from otrain.domains.lenses.physics.sources import (
    EllipticalGaussian,
    SersicEllipsoid,
    SersicSphere,
    SphericalGaussian,
)
from otrain.errors import UsageError

__all__ = ["FWHM", "LensForward", "ellipse_of"]

FWHM = 2.3548200450309493  # of a Gaussian in standard deviations
_TRUNCATE = 4.0  # standard deviations, where the simulators cut a Gaussian point-spread function too
_RAYS = 96 * 1024  # rays at once
_ROUNDEST = 1e-6


@dataclass(frozen=True)
class LensForward:
    """The way from numbers to noiseless images of a singular isothermal ellipsoid before one source.

    Parameters
    ----------
    size : int
        Side of the images [pixel].
    profile : {"gaussian", "sersic"}
        Of the source.
    elliptical : bool
        Whether the source may be elliptical.
    shear : bool
        Whether there is an external shear.
    psf : float or (h, w) ndarray
        Full width at half maximum of a Gaussian point-spread function [pixel], 0 for none; or its image.
    loose_psf : bool
        Whether the width of a Gaussian point-spread function is not quite known.
    supersampling : int
        Rays per pixel along each axis.
    """

    size: int
    profile: str = "gaussian"
    elliptical: bool = False
    shear: bool = False
    psf: object = 0.0
    loose_psf: bool = False
    supersampling: int = 1

    def __post_init__(self):
        if self.profile not in ("gaussian", "sersic"):
            raise UsageError(f"`profile` must be gaussian or sersic. Received: {self.profile!r}.")
        if np.ndim(self.psf) not in (0, 2):
            raise UsageError("`psf` must be a width or an image. Received: an array of "
                             f"{np.ndim(self.psf)} axes.")

    @cached_property
    def names(self):
        """Names of the numbers, in order."""
        return ("log_theta_e", "e1", "e2", "x_lens", "y_lens", "x_source", "y_source", "log_size",
                *(("s1", "s2") if self.elliptical else ()),
                *(("n_sersic",) if self.profile == "sersic" else ()),
                *(("gamma1", "gamma2") if self.shear else ()),
                *(("log_psf",) if self.loose_psf and np.ndim(self.psf) == 0 and self.psf else ()))

    def column(self, name):
        """Return the place of a number in a vector."""
        return self.names.index(name)

    def named(self, vectors):
        """Return the columns of vectors by name, each (B,), with the numbers that are not fitted."""
        columns = dict.fromkeys(("s1", "s2", "gamma1", "gamma2"), np.zeros(len(vectors)))
        columns["n_sersic"] = np.full(len(vectors), 1.0)
        return columns | dict(zip(self.names, np.asarray(vectors).T))

    def images(self, vectors):
        """Return images of unit brightness.

        Parameters
        ----------
        vectors : (B, P) array-like

        Returns
        -------
        (B, size, size) float32 ndarray
            A Gaussian source peaks at 1, a Sersic source has the flux of `luminosity` 1; row 0 is the top.
        """
        sharp = self.sharp_images(vectors)
        if self.names[-1] != "log_psf":
            return self.blurred(sharp)
        wider = np.exp(np.atleast_2d(np.asarray(vectors, float))[:, -1])
        matrix = _blur_matrix(self.size, self.psf * wider[:, None, None])
        return np.matmul(np.matmul(matrix, sharp), matrix.transpose(0, 2, 1))

    def sharp_images(self, vectors):
        """Return images as `images`, before the point-spread function."""
        vectors = np.atleast_2d(np.asarray(vectors, float))
        block = max(1, _RAYS // (self.size * self.supersampling) ** 2)
        parts = [self._traced(vectors[start:start + block]) for start in range(0, len(vectors), block)]
        return np.concatenate(parts) if parts else np.empty((0, self.size, self.size), np.float32)

    def lens(self, vectors):
        """Return the lens of each vector, for arrays of positions (B, ...)."""
        one = {name: values[:, None, None] for name, values in self.named(vectors).items()}
        ratio, angle = ellipse_of(one["e1"], one["e2"])
        lens = SIE(np.exp(one["log_theta_e"]), ratio, angle, one["x_lens"], one["y_lens"])
        if not self.shear:
            return lens
        return Cluster((lens, _ShearAbout(one["gamma1"], one["gamma2"], one["x_lens"], one["y_lens"])))

    def source(self, vectors):
        """Return the source of each vector, of unit brightness."""
        one = {name: values[:, None, None] for name, values in self.named(vectors).items()}
        place = {"x": one["x_source"] + one["x_lens"], "y": one["y_source"] + one["y_lens"]}
        size = np.exp(one["log_size"])
        if not self.elliptical:
            if self.profile == "gaussian":
                return SphericalGaussian(size, **place)
            return SersicSphere(size, one["n_sersic"], 1.0, **place)
        ratio, angle = ellipse_of(one["s1"], one["s2"])
        first, second = size, size * ratio  # the first axis is the longer one here, and the size
        if self.profile == "gaussian":
            return EllipticalGaussian(first, second, angle, **place)
        return SersicEllipsoid(second, first, angle, one["n_sersic"], 1.0, **place)

    def _traced(self, vectors):
        images = trace(self.lens(vectors), self.source(vectors), self.size, supersampling=self.supersampling)
        return images / np.float32(255.0) if self.profile == "gaussian" else images

    def blurred(self, images, *, wider=1.0):
        """Return images as the point-spread function blurs them.

        Parameters
        ----------
        images : (B, size, size) ndarray
        wider : float
            By which factor a Gaussian point-spread function is wider than it is said to be.
        """
        if np.ndim(self.psf) == 2:
            return fftconvolve(images, self._kernel[None], mode="same", axes=(1, 2)).astype(np.float32)
        if not self.psf:
            return images
        matrix = self._matrix if wider == 1.0 else _blur_matrix(self.size, self.psf * wider)
        return np.matmul(np.matmul(matrix, images), matrix.T)

    @cached_property
    def _matrix(self):
        return _blur_matrix(self.size, self.psf)

    @cached_property
    def _kernel(self):
        kernel = np.asarray(self.psf, np.float32)
        return kernel / kernel.sum()


@dataclass(frozen=True)
class _ShearAbout:
    """External shear that leaves a place where it is."""

    gamma1: object
    gamma2: object
    x: object
    y: object

    def deflection(self, x, y):
        kind = np.asarray(x).dtype
        return ExternalShear(self.gamma1, self.gamma2).deflection(x - np.asarray(self.x, kind),
                                                                  y - np.asarray(self.y, kind))


def ellipse_of(e1, e2):
    """Return axis ratio and direction [rad] of a pair of ellipticities.

    Examples
    --------
    >>> tuple(map(float, ellipse_of(0.0, 0.5)))
    (0.3333333333333333, 0.7853981633974483)
    """
    size = np.clip(np.hypot(e1, e2), _ROUNDEST, 1 - _ROUNDEST)
    return (1 - size) / (1 + size), np.arctan2(e2, e1) / 2


def _blur_matrix(size, fwhm):
    """Return the matrix that blurs a column of pixels by a Gaussian, without light from outside.

    The widths may be many, (B, 1, 1); the result is then (B, size, size).
    """
    sigma = fwhm / FWHM
    reach = np.floor(_TRUNCATE * sigma + 0.5)
    step = np.arange(-size + 1, size)
    weights = np.where(np.abs(step) <= reach, np.exp(-0.5 * (step / sigma) ** 2), 0)
    far = np.arange(-int(np.max(reach)), int(np.max(reach)) + 1)
    total = np.where(np.abs(far) <= reach, np.exp(-0.5 * (far / sigma) ** 2), 0).sum(axis=-1, keepdims=True)
    weights = (weights / total).astype(np.float32)
    pixel = np.arange(size)
    return weights[..., 0, pixel[:, None] - pixel + size - 1] if weights.ndim == 3 \
        else weights[pixel[:, None] - pixel + size - 1]
