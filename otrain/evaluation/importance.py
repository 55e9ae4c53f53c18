"""Samples of a distribution whose density is known but for a factor, and how far they can be trusted.

Draws come from a mixture of Student-t distributions about the modes, which is fitted to its own draws for a
few rounds. All draws of all rounds count, each weighted with the density over that of the mixture of all
rounds; the largest weights are smoothed, and the shape of their tail says whether the weights can be trusted.

References
----------
Cappe et al. (2008), Statistics and Computing 18, 447 (population Monte Carlo); Owen and Zhou (2000), JASA 95,
135 (one mixture of all rounds); Vehtari et al. (2024), JMLR 25, 72 (Pareto smoothing); Zhang and Stephens
(2009), Technometrics 51, 316 (the fit of the tail).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

__all__ = ["Mixture", "Samples", "pareto_smoothed", "sample", "weighted_quantiles"]

FREEDOM = 6.0  # of the Student-t distributions: tails thicker than those of what is sampled
_WIDEN = 1.15  # variance, over that of the draws


@dataclass(frozen=True)
class Mixture:
    """Mixture of multivariate Student-t distributions.

    Parameters
    ----------
    share : (M,) ndarray
        Adds up to 1.
    means : (M, P) ndarray
    scales : (M, P, P) ndarray
        Scale matrices.
    """

    share: np.ndarray
    means: np.ndarray
    scales: np.ndarray

    def draw(self, count, rng):
        """Return `count` vectors, (count, P)."""
        which = rng.choice(len(self.share), count, p=self.share)
        normal = rng.normal(size=(count, self.means.shape[1]))
        stretch = np.sqrt(FREEDOM / rng.chisquare(FREEDOM, count))
        roots = np.linalg.cholesky(self.scales)
        return self.means[which] + stretch[:, None] * np.einsum("npq,nq->np", roots[which], normal)

    def log_parts(self, vectors):
        """Return the logarithm of share times density of each part, (N, M)."""
        width = vectors.shape[1]
        roots = np.linalg.cholesky(self.scales)
        found = np.empty((len(vectors), len(self.share)))
        constant = gammaln((FREEDOM + width) / 2) - gammaln(FREEDOM / 2) - width / 2 * np.log(FREEDOM * np.pi)
        for part, (mean, root) in enumerate(zip(self.means, roots)):
            square = (np.linalg.solve(root, (vectors - mean).T) ** 2).sum(axis=0)
            found[:, part] = constant - np.log(np.diag(root)).sum() \
                - (FREEDOM + width) / 2 * np.log1p(square / FREEDOM) + np.log(self.share[part])
        return found


@dataclass(frozen=True)
class Samples:
    """Weighted samples.

    Parameters
    ----------
    vectors : (N, P) ndarray
    weight : (N,) ndarray
        Adds up to 1.
    ess : float
        Effective share of the draws of the last round, in (0, 1].
    tail : float
        Shape of the tail of the weights; above 0.7 they cannot be trusted.
    """

    vectors: np.ndarray
    weight: np.ndarray
    ess: float
    tail: float

    def mean(self):
        """Return the mean of each number, (P,)."""
        return self.weight @ self.vectors

    def covariance(self):
        """Return the covariance of the numbers, (P, P)."""
        off = self.vectors - self.mean()
        return (off * self.weight[:, None]).T @ off


def sample(log_density, start, rng, *, rounds=(250, 350, 500), enough=0.0, more=4):
    """Sample a distribution from a mixture that is fitted to its own draws.

    Parameters
    ----------
    log_density : callable
        ``log_density(vectors (B, P)) -> (B,)``, but for a constant; -inf where there is nothing.
    start : Mixture
    rng : numpy.random.Generator
    rounds : sequence of int
        Draws of each round.
    enough : float
        Effective share of the draws of the last round below which there is another round of as many.
    more : int
        Further rounds at most.

    Returns
    -------
    Samples
    """
    mixture, used, vectors, logs, share = start, [], [], [], 0.0
    for number in range(len(rounds) + more):
        if number >= len(rounds) and share >= enough:
            break
        if number:
            mixture = _fitted(mixture, np.concatenate(vectors), _log_weights(vectors, logs, used))
        drawn = mixture.draw(rounds[min(number, len(rounds) - 1)], rng)
        vectors.append(drawn)
        logs.append(log_density(drawn))
        used.append(mixture)
        share = _effective_share(logs[-1] - logsumexp(mixture.log_parts(drawn), axis=1))
    smoothed, tail = pareto_smoothed(_log_weights(vectors, logs, used))
    return Samples(np.concatenate(vectors), smoothed, share, tail)


def _log_weights(vectors, logs, used):
    """Return the logarithm of the weight of every draw so far, against the mixture of all rounds."""
    every = np.concatenate(vectors)
    sizes = np.array([len(part) for part in vectors], float)
    density = np.stack([logsumexp(mixture.log_parts(every), axis=1) for mixture in used])
    return np.concatenate(logs) - logsumexp(density, axis=0, b=(sizes / sizes.sum())[:, None])


def _effective_share(logs):
    top = logs.max()
    if not np.isfinite(top):
        return 0.0
    weight = np.exp(logs - top)
    return float(weight.sum() ** 2 / (weight ** 2).sum() / len(weight))


def _fitted(mixture, vectors, logs):
    """Return a mixture with the moments of the weighted draws; a part with few of them keeps its shape."""
    weight, _ = pareto_smoothed(logs)
    if not np.isfinite(weight).all():
        return mixture
    weight = np.minimum(weight, len(weight) ** -0.5 * 0.5)  # no draw rules the shape alone
    weight /= weight.sum()
    parts = mixture.log_parts(vectors)
    belongs = np.exp(parts - logsumexp(parts, axis=1, keepdims=True)) * weight[:, None]
    share, means, scales = [], [], []
    width = vectors.shape[1]
    for part in range(len(mixture.share)):
        mine = belongs[:, part]
        total = mine.sum()
        effective = total ** 2 / max((mine ** 2).sum(), 1e-300)
        old = mixture.scales[part]
        if total < 1e-12 or effective < 2:
            share.append(total)
            means.append(mixture.means[part])
            scales.append(old * 2)  # what it missed lies further out
            continue
        mean = mine @ vectors / total
        off = vectors - mean
        covariance = (off * mine[:, None]).T @ off / total * _WIDEN
        trust = effective / (effective + 2.0 * width)
        share.append(total)
        means.append(mean)
        scales.append(trust * covariance + (1 - trust) * old)
    share = np.maximum(np.array(share), 0.02)
    return Mixture(share / share.sum(), np.array(means), np.array(scales))


def pareto_smoothed(logs):
    """Return weights that add up to 1, the largest smoothed, and the shape of their tail.

    Parameters
    ----------
    logs : (N,) array-like
        Logarithms of the weights, but for a constant; -inf for none.

    Returns
    -------
    weight : (N,) ndarray
    shape : float
        inf where fewer than 10 weights tell it.

    Notes
    -----
    A constant that is added to `logs` changes nothing.
    """
    logs = np.asarray(logs, float)
    top = logs.max(initial=-np.inf)
    if not np.isfinite(top):
        return np.full(len(logs), np.nan), np.inf
    weight = np.exp(logs - top)
    count = int(min(0.2 * len(logs), 3 * np.sqrt(len(logs))))
    order = np.argsort(weight)
    tail = order[-count:] if count else order[:0]
    floor = weight[order[-count - 1]] if count < len(order) else 0.0
    beyond = weight[tail] - floor
    if count < 10 or (beyond > 0).sum() < 10 or floor <= 0:
        return weight / weight.sum(), np.inf
    shape, scale = _generalised_pareto(beyond)
    places = (np.arange(count) + 0.5) / count
    smooth = floor + (scale / shape * np.expm1(-shape * np.log1p(-places)) if abs(shape) > 1e-9
                      else -scale * np.log1p(-places))
    weight[tail] = np.minimum(smooth, 1.0)  # the largest of all: no smoothed weight is above it
    return weight / weight.sum(), float(shape)


def _generalised_pareto(values):
    """Return shape and scale of a generalised Pareto distribution of positive values, smallest first."""
    values = np.maximum(values, np.finfo(float).tiny)
    count = len(values)
    guesses = 30 + int(np.sqrt(count))
    quarter = values[int(count / 4 + 0.5) - 1]
    theta = 1 / values[-1] + (1 - np.sqrt(guesses / (np.arange(1, guesses + 1) - 0.5))) / (3 * quarter)
    shape = np.log1p(-theta[:, None] * values).mean(axis=1)
    score = count * (np.log(-theta / shape) - shape - 1)
    share = np.exp(score - logsumexp(score))
    best = (share * theta).sum()
    shape = np.log1p(-best * values).mean()
    scale = -shape / best
    return (count * shape + 5.0) / (count + 10.0), scale  # drawn towards 0.5, as loo does with few values


def weighted_quantiles(values, weight, probabilities):
    """Return quantiles of weighted samples, (len(probabilities),), interpolated.

    Parameters
    ----------
    values, weight : (N,) array-like
    probabilities : sequence of float
    """
    order = np.argsort(values)
    values, weight = np.asarray(values, float)[order], np.asarray(weight, float)[order]
    total = np.cumsum(weight)
    return np.interp(probabilities, (total - weight / 2) / total[-1], values)
