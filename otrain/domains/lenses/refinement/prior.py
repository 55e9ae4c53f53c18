"""What is known of a lens before its pixels are looked at: the ranges of the training, stated defaults."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["NUISANCE", "Prior"]

# By the name of the number in a vector: of what the training's ranges do not tell. [pixel]
NUISANCE = {"n_sersic": (0.3, 6.0), "source_ellipticity": 0.8, "shear_sd": 0.07, "lens_sd": 0.3,
            "psf_sd": 0.12}
_FAR = -np.inf


@dataclass(frozen=True)
class Prior:
    """Uniform in the ranges of the training, in pixel; normal for what it does not vary.

    The Einstein radius, the axis ratio, the orientation, the size of the source and its Sersic index are
    uniform in their ranges, the position of the source in the plane (a square about the lens), the
    ellipticity of the source in a disc. The position of the lens is normal about a place, a shear about 0.
    The brightness is uniform above 0 and integrated out with the sky level, see `refinement.fit`.

    Parameters
    ----------
    names : tuple of str
        Of the numbers of a vector, see `LensForward.names`.
    theta_e, size, ratio : (float, float)
        Lowest and highest Einstein radius [pixel], size of the source [pixel], axis ratio of the lens.
    reach : float
        Largest distance of the source from the lens along x and y [pixel].
    lens : (float, float)
        Where the lens is expected [pixel from the middle].
    nuisance : dict
        As `NUISANCE`.
    """

    names: tuple
    theta_e: tuple = (1.0, 1e3)
    size: tuple = (0.1, 1e3)
    ratio: tuple = (0.1, 1.0)
    reach: float = 1e3
    lens: tuple = (0.0, 0.0)
    nuisance: dict = field(default_factory=dict)

    def known(self, name):
        """Return a setting of the numbers that the training does not tell."""
        return {**NUISANCE, **self.nuisance}[name]

    def normal(self):
        """Return mean and precision of the normal part for each number; precision 0 where there is none."""
        mean, precision = np.zeros(len(self.names)), np.zeros(len(self.names))
        for index, name in enumerate(self.names):
            if name in ("x_lens", "y_lens"):
                mean[index], precision[index] = self.lens[name == "y_lens"], self.known("lens_sd") ** -2
            elif name in ("gamma1", "gamma2"):
                precision[index] = self.known("shear_sd") ** -2
            elif name == "log_psf":
                precision[index] = self.known("psf_sd") ** -2
        return mean, precision

    def log_density(self, vectors):
        """Return the logarithm of the density of the vectors but for a constant, -inf out of range, (B,)."""
        vectors = np.atleast_2d(vectors)
        one = dict(zip(self.names, vectors.T))
        mean, precision = self.normal()
        total = -0.5 * ((vectors - mean) ** 2 * precision).sum(axis=1)
        total = total + one["log_theta_e"] + one["log_size"]  # uniform in the lengths themselves
        ellipticity = np.hypot(one["e1"], one["e2"])
        ratio = (1 - ellipticity) / (1 + ellipticity)
        # Uniform in ratio and direction: d(e1, e2) = e de d(2 phi), de = 2/(1 + q)**2 dq.
        total = total + 2 * np.log1p(ratio) - np.log(np.maximum(ellipticity, 1e-9))
        inside = _within(np.exp(one["log_theta_e"]), self.theta_e) & _within(ratio, self.ratio)
        inside &= _within(np.exp(one["log_size"]), self.size)
        inside &= (np.abs(one["x_source"]) <= self.reach) & (np.abs(one["y_source"]) <= self.reach)
        if "n_sersic" in one:
            inside &= _within(one["n_sersic"], self.known("n_sersic"))
        if "s1" in one:
            inside &= np.hypot(one["s1"], one["s2"]) <= self.known("source_ellipticity")
        return np.where(inside, total, _FAR)

    def clip(self, vectors):
        """Return vectors moved to the nearest ones within the ranges."""
        vectors = np.array(vectors, float)
        limits = {"log_theta_e": np.log(self.theta_e), "log_size": np.log(self.size),
                  "x_source": (-self.reach, self.reach), "y_source": (-self.reach, self.reach),
                  "n_sersic": self.known("n_sersic")}
        for index, name in enumerate(self.names):
            if name in limits:
                vectors[:, index] = np.clip(vectors[:, index], *limits[name])
        _shrink(vectors, [self.names.index("e1"), self.names.index("e2")],
                (1 - self.ratio[0]) / (1 + self.ratio[0]), (1 - self.ratio[1]) / (1 + self.ratio[1]))
        if "s1" in self.names:
            pair = [self.names.index("s1"), self.names.index("s2")]
            _shrink(vectors, pair, self.known("source_ellipticity"))
        return vectors

    def at_bounds(self, vector, sd):
        """Return the names of numbers that lie within half a standard deviation of the end of their range."""
        one, sd = dict(zip(self.names, vector)), dict(zip(self.names, sd))
        found = []
        for name, ends in (("log_theta_e", np.log(self.theta_e)), ("log_size", np.log(self.size))):
            if min(one[name] - ends[0], ends[1] - one[name]) < 0.5 * sd[name]:
                found.append(name)
        return found


def _within(values, ends):
    return (values >= ends[0]) & (values <= ends[1])


def _shrink(vectors, pair, largest, smallest=0.0):
    """Bring pairs into a ring, in place."""
    length = np.maximum(np.hypot(*vectors[:, pair].T), 1e-12)
    vectors[:, pair] *= (np.clip(length, smallest, largest) / length)[:, None]
