"""Simulated real and bogus candidates, one by one or as arrays.

Candidate ``i`` of a class is drawn from a random stream of its own, so it does
not depend on how many others are asked for, nor on the other class.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

from otrain.domains.transients.simulators.bogus_compact import COMPACT_BOGUS
from otrain.domains.transients.simulators.bogus_extended import EXTENDED_BOGUS
from otrain.domains.transients.simulators.camera import expose
from otrain.domains.transients.simulators.header import draw_header
from otrain.domains.transients.simulators.reals import REAL_KINDS
from otrain.domains.transients.simulators.scene import draw_scene
from otrain.domains.transients.simulators.sky import sky_grid
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["BOGUS_KINDS", "CHANNELS", "REAL_KINDS", "Simulated", "check_request", "choose_kinds",
           "iterate_candidates", "simulate_candidate", "simulate_candidates"]

BOGUS_KINDS = COMPACT_BOGUS | EXTENDED_BOGUS
KINDS = {1: REAL_KINDS, 0: BOGUS_KINDS}
CHANNELS = {"difference": ("difference",), "triplet": ("science", "template", "difference")}
NEGATIVE = 0.2  # share of subtractions the other way round: something faded, or the template has the artefact
DETAILS = ("host_offset", "host_flux", "star_flux", "shift", "trail")  # NaN where a kind has none
SMALLEST, LARGEST = 15, 512  # pixel


@dataclass(frozen=True)
class Simulated:
    """One simulated candidate.

    Parameters
    ----------
    image : (size, size, C) float32 ndarray
        Channels last, in the order of `CHANNELS`. Masked pixels are NaN or 0.
    label : int
        1 real, 0 bogus.
    columns : dict
        Values by canonical column name, as a reader would give them.
    truth : dict
        What only a simulation knows: position, fluxes, seeing of both images.
    """

    image: np.ndarray
    label: int
    columns: dict
    truth: dict


def choose_kinds(names=None):
    """Return the kinds of each class that may be drawn.

    Parameters
    ----------
    names : iterable of str, optional
        Kinds of any class. A class without a name here keeps all of its kinds.

    Returns
    -------
    dict of int to dict of str to Kind

    Raises
    ------
    UsageError
        If a name is unknown.
    """
    names = list(names or ())
    known = REAL_KINDS | BOGUS_KINDS
    for name in names:
        if name not in known:
            raise UsageError(f"unknown kind {name!r}.{nearest(name, known)} Known: {', '.join(known)}.")
    return {label: {name: kind for name, kind in kinds.items() if name in names} or kinds
            for label, kinds in KINDS.items()}


def simulate_candidate(label, index, *, size=63, channels="difference", seed=0, kinds=None, edge_frac=0.0):
    """Return one simulated candidate.

    Parameters
    ----------
    label : int
        1 real, 0 bogus.
    index : int
        Which candidate of its class; the same index always gives the same candidate.
    size : int
        Side of the cutout [pixel]. The candidate is in pixel ``(size // 2, size // 2)``, give or take one.
    channels : str
        ``difference`` or ``triplet``.
    seed : int
    kinds : dict, optional
        From `choose_kinds`.
    edge_frac : float
        Probability that EDGE is true.
    """
    scene_rng = np.random.default_rng([seed, index, label])
    rng = np.random.default_rng([seed, index, label, 1])
    scene = draw_scene(scene_rng, size, edge_frac=edge_frac)
    grid = sky_grid(size)
    name, kind = _draw_kind(rng, scene, (kinds or KINDS)[label])
    candidate = kind.make(rng, scene, grid)
    images = expose(rng, scene, candidate, grid)
    # Surveys show a negative subtraction with the sign turned, so that the candidate is bright again.
    negative = bool(np.random.default_rng([seed, index, label, 2]).random() < NEGATIVE)
    if negative:
        images["science"], images["template"] = images["template"], images["science"]
    columns = draw_header(scene_rng, scene) | {"kind": name}
    truth = {"snr": scene.snr, "flux": scene.flux, "x_offset": scene.jitter[0], "y_offset": scene.jitter[1],
             "fwhm_science": scene.fwhm, "fwhm_template": scene.fwhm_template,
             "pixel_scale": scene.pixel_scale, "pixel_noise": scene.pixel_noise,
             "negative": negative, **dict.fromkeys(DETAILS, np.nan)} | candidate.details
    image = np.stack([images[channel] for channel in CHANNELS[channels]], axis=-1)
    return Simulated(image, label, columns, truth)


def check_request(n_real, n_bogus, *, size=63, channels="difference", seed=0, kinds=None, edge_frac=0.0):
    """Refuse a request that cannot be met; parameters are those of `simulate_candidates`.

    Raises
    ------
    UsageError
        If a count, the size, the channels, the seed, the fraction or a kind is not usable.
    """
    if min(n_real, n_bogus) < 0 or n_real + n_bogus == 0:
        raise UsageError(f"at least one candidate is needed, real or bogus. "
                         f"Received: {n_real} and {n_bogus}.")
    if not SMALLEST <= size <= LARGEST:
        raise UsageError(f"`size` must be from {SMALLEST} to {LARGEST} pixel. Received: {size}.")
    if channels not in CHANNELS:
        raise UsageError(f"unknown channels {channels!r}.{nearest(channels, CHANNELS)} "
                         f"Known: {', '.join(CHANNELS)}.")
    if seed < 0:
        raise UsageError(f"`seed` must not be negative. Received: {seed}.")
    if not 0 <= edge_frac <= 1:
        raise UsageError(f"`edge_frac` must be from 0 to 1. Received: {edge_frac}.")
    choose_kinds(kinds)


def iterate_candidates(n_real, n_bogus, *, kinds=None, **options):
    """Yield simulated candidates, real and bogus in turn; parameters as for `simulate_candidates`."""
    check_request(n_real, n_bogus, kinds=kinds, **options)
    chosen, threads = choose_kinds(kinds), ThreadpoolController()
    for index in range(max(n_real, n_bogus)):
        for label, count in ((1, n_real), (0, n_bogus)):
            if index < count:
                # Matrices this small take ten times as long when BLAS shares them between threads.
                with threads.limit(limits=1, user_api="blas"):
                    one = simulate_candidate(label, index, kinds=chosen, **options)
                yield one


def simulate_candidates(n_real, n_bogus, *, size=63, channels="difference", seed=0, kinds=None,
                        edge_frac=0.0):
    """Return simulated candidates as arrays, real and bogus in turn.

    Parameters
    ----------
    n_real, n_bogus : int
        How many of each class.
    size : int
        Side of the cutouts [pixel].
    channels : str
        ``difference`` (C = 1) or ``triplet`` (C = 3: science, template, difference).
    seed : int
        The same seed gives the same candidates, whatever the counts.
    kinds : iterable of str, optional
        Only these; a class of which none is named keeps all of its kinds.
    edge_frac : float
        Fraction of both classes with EDGE true.

    Returns
    -------
    images : (N, size, size, C) float32 ndarray
    labels : (N,) int ndarray
        1 real, 0 bogus.
    columns : dict of str to (N,) ndarray
        By canonical column name.

    Raises
    ------
    UsageError
        If a count, the size, the channels, the fraction or a kind is not usable.
    """
    made = list(iterate_candidates(n_real, n_bogus, size=size, channels=channels, seed=seed, kinds=kinds,
                                   edge_frac=edge_frac))
    images = np.stack([one.image for one in made])
    labels = np.array([one.label for one in made])
    columns = {name: np.array([one.columns[name] for one in made]) for name in made[0].columns}
    return images, labels, columns


def _draw_kind(rng, scene, kinds):
    """Return the name and kind of a candidate; kinds occur only at the brightness that they have."""
    possible = {name: kind for name, kind in kinds.items() if kind.faintest <= scene.snr <= kind.brightest}
    if not possible:
        # Only kinds of other brightness were asked for: the candidate gives way.
        possible = kinds
        name = _weighted(rng, possible)
        kind = kinds[name]
        scene.snr = float(np.clip(scene.snr, max(5.0, kind.faintest), kind.brightest)) * rng.uniform(0.7, 1.0)
        return name, kind
    name = _weighted(rng, possible)
    return name, kinds[name]


def _weighted(rng, kinds):
    weights = np.array([kind.weight for kind in kinds.values()])
    return list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]
