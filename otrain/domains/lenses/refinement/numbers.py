"""The numbers that a network gives of a lens, as numbers of the fit, and back."""

import numpy as np

from otrain.domains.lenses.refinement.forward import ellipse_of

__all__ = ["TARGETS", "fit_draws", "target_samples"]

_LENGTHS = {"einsteinradius": "log_theta_e", "sigma": "log_size", "x": "x_source", "y": "y_source",
            "lensX": "x_lens", "lensY": "y_lens"}  # [pixel]
_ARCSEC = {"theta_e": "einsteinradius", "source_size": "sigma", "x_source": "x", "y_source": "y"}
_SAME = ("e1", "e2", "gamma1", "gamma2", "n_sersic")
TARGETS = (*_ARCSEC, *_LENGTHS, *_SAME, "ellipseratio")
_LEAST = 0.05  # pixel, of a length that cannot be negative


def fit_draws(draws, names, prior, scale, rng):
    """Return draws of a network's numbers in those of the fit.

    Parameters
    ----------
    draws : (D, K) ndarray
        In natural units.
    names : sequence of str
        Of the K numbers.
    prior : Prior
        Tells what the network does not.
    scale : float
        Side of a pixel [arcsec].
    rng : numpy.random.Generator

    Returns
    -------
    (D, P) ndarray
        Within the ranges of the prior. Of an elliptical source the size is that of its longer axis.
    """
    told = dict(zip(names, np.asarray(draws, float).T))
    told |= {pixel: told[arcsec] / scale for arcsec, pixel in _ARCSEC.items()
             if arcsec in told and pixel not in told}
    found = _from_prior(prior, len(draws), rng)
    for name, number in _LENGTHS.items():
        if name in told and number in found:
            log = number.startswith("log_")
            found[number] = np.log(np.maximum(told[name], _LEAST)) if log else told[name]
    found |= {name: told[name] for name in _SAME if name in told and name in found}
    if {"ellipseratio", "orientation"} <= told.keys() and "e1" not in told:
        ratio, angle = np.clip(told["ellipseratio"], 0.05, 1.0), 2 * np.radians(told["orientation"])
        size = (1 - ratio) / (1 + ratio)
        found["e1"], found["e2"] = size * np.cos(angle), size * np.sin(angle)
    if "sigma2" in told and "s1" in found:
        found["log_size"] = np.maximum(found["log_size"], np.log(np.maximum(told["sigma2"], _LEAST)))
    return prior.clip(np.stack([found[name] for name in prior.names], axis=1))


def _from_prior(prior, count, rng):
    """Return draws of every number from the prior, by name; the ellipticities and the shear about 0."""
    mean, precision = prior.normal()
    spread = np.where(precision > 0, np.maximum(precision, 1e-12) ** -0.5, 0.15)
    found = dict(zip(prior.names, (mean + rng.normal(size=(count, len(mean))) * spread).T))
    found["log_theta_e"] = np.log(rng.uniform(*prior.theta_e, count))
    found["log_size"] = np.log(rng.uniform(*prior.size, count))
    radius = np.exp(found["log_theta_e"]) * np.sqrt(rng.uniform(size=count))
    angle = rng.uniform(0, 2 * np.pi, count)
    found["x_source"], found["y_source"] = radius * np.cos(angle), radius * np.sin(angle)
    if "n_sersic" in found:
        found["n_sersic"] = rng.uniform(*prior.known("n_sersic"), count)
    return found


def target_samples(name, vectors, weight, forward, scale):
    """Return weighted samples of one of a network's numbers.

    Parameters
    ----------
    name : str
        One of `TARGETS`.
    vectors : (N, P) ndarray
    weight : (N,) ndarray
    forward : LensForward
    scale : float
        [arcsec / pixel]

    Returns
    -------
    values, weight : (M,) ndarray
        None, None where the fit does not have the number. Which axis of an elliptical source a table calls
        its first is not in the image: either counts half.
    """
    one = dict(zip(forward.names, vectors.T))
    pixel = _ARCSEC.get(name, name)
    unit = scale if name in _ARCSEC else 1.0
    if pixel == "ellipseratio":
        return ellipse_of(one["e1"], one["e2"])[0], weight
    number = _LENGTHS.get(pixel, pixel)
    if number not in one:
        return None, None
    values = np.exp(one[number]) if number.startswith("log_") else one[number]
    if number == "log_size" and forward.elliptical:
        other = values * ellipse_of(one["s1"], one["s2"])[0]
        values, weight = np.concatenate([values, other]), np.concatenate([weight, weight]) / 2
    return values * unit, weight
