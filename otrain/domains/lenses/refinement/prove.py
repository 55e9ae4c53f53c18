"""Refine what a network says of lenses with the likelihood of their pixels, and say where that fails."""

import zlib
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.ndimage import gaussian_filter

from otrain.domains.lenses.refinement.fit import fit_starts
from otrain.domains.lenses.refinement.known import known_of, light_noise, outside_training
from otrain.domains.lenses.refinement.misfit import REASONS
from otrain.domains.lenses.refinement.numbers import TARGETS, fit_draws, target_samples
from otrain.domains.lenses.refinement.proof import prove_lens
from otrain.domains.lenses.refinement.starts import choose_starts
from otrain.engine.local import Done, run_restartable
from otrain.evaluation.importance import weighted_quantiles

__all__ = ["QUANTILES", "prove"]

QUANTILES = {"p2_5": 0.025, "p16": 0.16, "p84": 0.84, "p97_5": 0.975}
DISAGREE = 4.0  # standard deviations of both together
DISAGREEMENT = "network and refined posterior disagree"
OUTSIDE = "outside the training range"
_DRAWS = 40  # of the network
FEWEST_OF_INTERVAL = 10  # draws that count; fewer have no width that means anything
_SHARES = (0.5, 0.7, 1.0)  # of the draws, round by round
_STARTS = 18  # of a second search
_WIDER = 5.0  # times the deviations of the network
_SAME = 0.5  # of chi2, between two fits
_FRAME = 1.2  # times the full width of the point-spread function: nearly three standard deviations
_SECONDS = 120.0  # for one lens


def prove(images, channels, columns, values, recipe, *, names, seen=None, draws=500, seed=0, jobs=0):
    """Refine the numbers of lenses with the likelihood of their pixels.

    Parameters
    ----------
    images : (N, H, W, C) ndarray
        As the network took them: in the units of the files.
    channels : sequence of str
        ``image``, and ``noise`` where there is a map of it.
    columns : dict of str to (N,) sequence
        ``pixel_scale psf_fwhm background_rms exposure_time source lens`` as far as they are known; the truth
        is not looked at.
    values : dict of str to ndarray
        What the network says: ``value`` and ``sd``, (N, K), and ``correlations``, (N, K, K) or None.
    recipe : dict
        Of the preparation.
    names : sequence of str
        Of the K numbers, in natural units.
    seen : dict, optional
        Ranges of the training, as a bundle has them.
    draws : int
        Of the last round for each lens, at least 100.
    seed : int
        With the pixels it decides the draws: a lens has the same proof whatever else is proved with it.
    jobs : int
        Worker processes; 0 proves here.

    Returns
    -------
    dict of str to list
        For each number of `names` among `TARGETS`: ``NAME NAME_std NAME_p2_5 NAME_p16 NAME_p84 NAME_p97_5``,
        all but the first NaN where fewer than ten draws count;
        then ``ess`` (effective share of the draws), ``chi2`` (over the degrees of freedom), ``flag``,
        ``flag_reason`` and ``assumed``, what had to be taken for granted.
    """
    wanted = [name for name in names if name in TARGETS]
    tied = values.get("correlations")
    items = [(np.asarray(images[row]), {name: column[row] for name, column in columns.items()},
              values["value"][row], values["sd"][row], None if tied is None else tied[row])
             for row in range(len(images))]
    one = partial(_proved, channels=tuple(channels), recipe=recipe, names=tuple(names), seen=seen or {},
                  draws=draws, seed=seed)
    rows = [found.value if isinstance(found, Done) else _failed(wanted, "the proof was broken off")
            for _, found in run_restartable(one, items, workers=jobs, timeout=_SECONDS, chunk=8)]
    return {name: [row[name] for row in rows] for name in _failed(wanted, "")}


def _failed(wanted, reason, assumed=()):
    """Return the row of a lens that cannot be proved."""
    row = {}
    for name in wanted:
        row |= _unknown(name)
    return row | {"ess": 0.0, "chi2": float("nan"), "flag": True, "flag_reason": reason,
                      "assumed": "; ".join(assumed)}


def _unknown(name):
    return {f"{name}{ending}": float("nan") for ending in ("", "_std", *(f"_{end}" for end in QUANTILES))}


def _proved(item, *, channels, recipe, names, seen, draws, seed):
    """Return the row of one lens."""
    example, columns, value, sd, tied = item
    wanted = [name for name in names if name in TARGETS]
    image = example[..., channels.index("image") if "image" in channels else 0]
    if image.shape[0] != image.shape[1]:
        return _failed(wanted, "the image is not square")
    known = known_of({name: [one] for name, one in columns.items()}, 0, seen, recipe)
    forward = known.forward(len(image))
    prior = known.prior(forward)
    noise = example[..., channels.index("noise")] if "noise" in channels else None
    pixels, exposure = known.pixels(image, noise)
    pixels = _without_frame(pixels, forward.psf)
    if pixels.count < 4 * len(forward.names):
        return _failed(wanted, "too few pixels have a value", known.assumed)
    rng = np.random.default_rng([seed, zlib.crc32(np.ascontiguousarray(example).tobytes())])
    told = fit_draws(_network_draws(value, sd, tied, rng), names, prior, known.scale, rng)
    if exposure is not None:
        pixels = _with_photons(forward, pixels, prior, told, exposure)
    proof = _best_proof(forward, pixels, prior, told, rng, [max(1, int(draws * part)) for part in _SHARES])
    if not np.isfinite(proof.samples.weight).all():
        return _failed(wanted, "; ".join(proof.reasons), known.assumed) | {"chi2": proof.chi2}
    return _row(proof, forward, known, wanted, dict(zip(names, zip(value, sd))))


def _without_frame(pixels, width):
    """Return pixels without those at the border, which have light from beyond it that no model here has."""
    frame = min(int(np.ceil(_FRAME * width)), len(pixels.image) // 8)
    if not frame:
        return pixels
    weight = np.zeros_like(pixels.weight)
    weight[frame:-frame, frame:-frame] = pixels.weight[frame:-frame, frame:-frame]
    return replace(pixels, weight=weight)


def _best_proof(forward, pixels, prior, told, rng, rounds):
    """Return the proof of a lens; one that is flagged is sought again from more and other starts."""
    proof = prove_lens(forward, pixels, prior, told, rng, rounds=rounds)
    if not proof.reasons:
        return proof
    middle = np.median(told, axis=0)
    more = prior.clip(np.concatenate([told, middle + _WIDER * (told - middle), proof.best[None]]))
    again = prove_lens(forward, pixels, prior, more, rng, rounds=rounds, starts=_STARTS)
    gain = (proof.chi2 - again.chi2) * pixels.count
    if abs(gain) < _SAME:  # the same place
        return again if len(again.reasons) < len(proof.reasons) else proof
    return again if gain > 0 else proof


def _network_draws(value, sd, tied, rng):
    """Return draws of what the network says, (D, K)."""
    normal = rng.normal(size=(_DRAWS, len(value)))
    if tied is not None:
        found, turn = np.linalg.eigh(tied)
        normal = normal * np.sqrt(np.maximum(found, 0)) @ turn.T
    return value + normal * sd


def _with_photons(forward, pixels, prior, told, exposure):
    """Return pixels with the noise of the photons as well, those of a first fit, not of the noisy image."""
    light = gaussian_filter(pixels.image.astype(float), 1.0)
    first = light_noise(pixels, light, exposure)
    fits = fit_starts(forward, first, prior, choose_starts(forward, first, prior, told, 3), iterations=12)
    light = fits.brightness[0] * forward.images(fits.vectors[:1])[0]
    return light_noise(pixels, light, exposure) if np.isfinite(light).all() else first


def _row(proof, forward, known, wanted, told):
    """Return the row of one lens that was proved."""
    row, disagree, outside, every = {}, [], outside_training(known), proof.samples
    for name in wanted:
        samples, weight = target_samples(name, every.vectors, every.weight, forward, known.scale)
        if samples is None:
            row |= _unknown(name)
            continue
        mean = float(weight @ samples)
        value, sd = told[name]
        if every.ess * len(weight) < FEWEST_OF_INTERVAL:
            row |= _unknown(name) | {name: mean}
            spread = 0.0
        else:
            spread = float(np.sqrt(max(weight @ (samples - mean) ** 2, 0.0)))
            row |= {name: mean, f"{name}_std": spread}
            row |= dict(zip((f"{name}_{end}" for end in QUANTILES),
                            weighted_quantiles(samples, weight, list(QUANTILES.values())).tolist()))
        if abs(value - mean) > DISAGREE * np.hypot(sd, spread):
            disagree.append(name)
        entry = known.seen.get(name, {})
        if "low" in entry and not entry["low"] - 2 * sd <= value <= entry["high"] + 2 * sd:
            outside.append(name)
    # A noise that was measured in a few pixels is no better known than these tell.
    vague = abs(proof.chi2 - 1) < 6 * known.noise_error
    reasons = [words for words in proof.reasons if not (vague and words == REASONS["noise"])]
    reasons += [f"{DISAGREEMENT} ({', '.join(disagree)})"] * bool(disagree)
    reasons += [f"{OUTSIDE} ({', '.join(outside)})"] * bool(outside)
    return row | {"ess": float(proof.samples.ess), "chi2": proof.chi2, "flag": bool(reasons),
                  "flag_reason": "; ".join(reasons), "assumed": "; ".join(known.assumed)}
