"""The proof of one lens: its numbers refined with the likelihood of the pixels, what speaks against them."""

from dataclasses import dataclass, field

import numpy as np

from otrain.domains.lenses.refinement.fit import fit_starts
from otrain.domains.lenses.refinement.misfit import REASONS, loose_source, misfit_tests
from otrain.domains.lenses.refinement.starts import choose_starts, spread_draws
from otrain.evaluation.importance import Mixture, sample

__all__ = ["ALARMS", "Proof", "prove_lens"]

# How often a test flags a lens that is what it is taken for; together below 5 %.
ALARMS = {"noise": 0.008, "local": 0.004, "psf": 0.008, "shear": 0.008, "source": 0.008, "clumps": 0.004}
STARTS = 6
MODE = 25.0  # chi2 above the best within which another place is a mode of its own
LEAST_EFFECTIVE = 60  # draws; fewer do not tell the tails
WORST_TAIL = 0.9  # of the weights
VAGUE = 0.15  # relative standard deviation of the Einstein radius


@dataclass(frozen=True)
class Proof:
    """What the pixels say about one lens.

    Parameters
    ----------
    samples : Samples
        Of the numbers of the fit, weighted.
    best : (P,) ndarray
        The best fit.
    chi2 : float
        Of the best fit, over the degrees of freedom.
    tests : dict of str to float
        p-value of each test of `misfit_tests`.
    modes : int
        Places far from each other that fit about as well.
    reasons : tuple of str
        Why the lens is flagged; none: it is not.
    """

    samples: object
    best: np.ndarray
    chi2: float
    tests: dict
    modes: int
    reasons: tuple = field(default=())


def prove_lens(forward, pixels, prior, draws, rng, *, rounds=(250, 350, 500), starts=STARTS):
    """Refine the posterior of a network for one lens and test the result.

    Parameters
    ----------
    forward : LensForward
    pixels : Pixels
    prior : Prior
    draws : (D, P) ndarray
        Of the network's posterior, in the numbers of the fit: they say where to look, not what is likely.
    rng : numpy.random.Generator
    rounds : sequence of int
        Draws of each round of the sampling.
    starts : int
        Of the fit.

    Returns
    -------
    Proof
    """
    candidates = spread_draws(draws, prior, rng)
    chosen = choose_starts(forward, pixels, prior, candidates, starts)
    fits = fit_starts(forward, pixels, prior, chosen, hopeless=2000.0)
    tests = misfit_tests(forward, pixels, fits.vectors[0])
    best, chi2 = fits.vectors[0], fits.chi2[0]
    likely = loose_source(forward, pixels, best) or pixels
    if likely is not pixels:
        fits = fit_starts(forward, likely, prior, fits.vectors, hopeless=200.0)
    start = _modes(fits, prior)

    def log_density(vectors):
        return posterior(forward, likely, prior, vectors)

    samples = sample(log_density, start, rng, rounds=rounds, enough=LEAST_EFFECTIVE / rounds[-1])
    freedom = pixels.count - len(forward.names) - 1 - pixels.sky
    modes = _count_modes(samples, start)
    reasons = _reasons(forward, prior, samples, tests, modes, rounds[-1])
    return Proof(samples, best, float(chi2 / freedom), tests, modes, reasons)


def posterior(forward, pixels, prior, vectors):
    """Return the logarithm of prior times likelihood but for a constant, (B,); brightness integrated out."""
    total = prior.log_density(vectors)
    inside = np.flatnonzero(np.isfinite(total))
    if len(inside):
        _, chi2, information = pixels.judge(pixels.whiten(forward.images(vectors[inside])))
        total[inside] += -0.5 * chi2 - 0.5 * np.log(information)
    return total


def _modes(fits, prior):
    """Return the mixture of normal distributions about the places that fit about as well as the best."""
    means, scales, heights = [], [], []
    broad = np.diag(_widest(prior) ** -2.0)
    for vector, cost, hessian in zip(fits.vectors, fits.cost, fits.hessian):
        if cost > fits.cost[0] + MODE:
            break
        inverse = hessian + broad  # a number that the pixels do not tell is told by its range
        off = [vector - mean for mean in means]
        if any(one @ inverse @ one < 9.0 for one in off):
            continue
        means.append(vector)
        scales.append(np.linalg.inv(inverse))
        heights.append(-0.5 * (cost - fits.cost[0]) - 0.5 * np.linalg.slogdet(inverse)[1])
    share = np.exp(np.array(heights) - max(heights))
    share = np.maximum(share / share.sum(), 0.05)
    return Mixture(share / share.sum(), np.array(means), np.array(scales) * 1.1)


def _widest(prior):
    """Return the largest standard deviation that each number can have."""
    wide = {"log_theta_e": np.ptp(np.log(prior.theta_e)), "log_size": np.ptp(np.log(prior.size)),
            "x_source": prior.reach, "y_source": prior.reach, "n_sersic": np.ptp(prior.known("n_sersic"))}
    return np.array([wide.get(name, 0.6) for name in prior.names])


def _count_modes(samples, start):
    """Return how many of the first modes hold at least 2 % of the weight."""
    if len(start.share) == 1 or not np.isfinite(samples.weight).all():
        return 1
    nearest = start.log_parts(samples.vectors).argmax(axis=1)
    return int((np.bincount(nearest, samples.weight, len(start.share)) > 0.02).sum())


def _reasons(forward, prior, samples, tests, modes, last):
    found = [REASONS[name] for name, chance in tests.items() if chance < ALARMS[name]]
    if not np.isfinite(samples.weight).all():
        return (*found, "no draw has a likelihood")
    if samples.ess * last < LEAST_EFFECTIVE:
        found.append(f"only {samples.ess * last:.0f} of {last} draws count")
    elif samples.tail > WORST_TAIL:
        found.append("a few draws have most of the weight")
    sd = np.sqrt(np.maximum(np.diag(samples.covariance()), 1e-20))
    if sd[forward.column("log_theta_e")] > VAGUE:
        found.append(f"{modes} different lenses fit" if modes > 1 else "the Einstein radius is hardly told")
    found += [f"{name} is at the end of its range" for name in prior.at_bounds(samples.mean(), sd)]
    return tuple(found)
