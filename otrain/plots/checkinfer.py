"""The figures of otrain-checkinfer under the names that O'TRAIN gave them."""

import numpy as np

from otrain.evaluation.ranges import ranges_between
from otrain.plots.histograms import fraction_steps, histogram_panels, overlaid_histograms

__all__ = ["FIGURES", "checkinfer_figures"]

FIGURES = ("distrib_CNN_prob_sim", "distrib_CNN_prob_all", "distrib_CNNprob_all_and_sim", "fraction_per_bin",
           "distrib_FWHM_simulation", "distrib_FWHM_real_vs_sim")
_SCORES = np.linspace(0, 1, 41)
_RATIO_BINS, _LARGEST_RATIO = 60, 20.0
_SCORE, _RATIO = "Score (probability of real)", "FWHM / FWHM of the PSF"


def checkinfer_figures(*, mag, score, ratio, all_scores, other_scores, other_ratios, maglim, score_limits,
                       ratio_limits):
    """Return the six figures by name.

    Parameters
    ----------
    mag, score, ratio : (M,) ndarray
        Of simulated events: magnitude that was simulated [mag], score of the candidate,
        its FWHM in units of that of the stars. NaN is left out.
    all_scores, other_scores, other_ratios : ndarray
        Of all candidates, and of those that no event names.
    maglim, score_limits : sequence of float
        Rising limits that split the simulated events.
    ratio_limits : (float, float)
        Accepted ratios, drawn as lines.

    Returns
    -------
    dict of str to Figure
        By the names of `FIGURES`.
    """
    by_mag = _split(mag, score, maglim, "mag")
    by_score = _split(score, ratio, score_limits, "score")
    real_and_simulated = [("not simulated", other_ratios), ("simulated", ratio)]
    bright = score[mag < maglim[-1]]
    groups = [("all candidates", all_scores), ("not simulated", other_scores),
              (f"simulated, mag < {maglim[-1]:g}", bright)]
    edges = _ratio_edges(np.concatenate([ratio, other_ratios]), ratio_limits[1])
    inside = (f"from {ratio_limits[0]:g} to {ratio_limits[1]:g}", *ratio_limits)
    beyond = f"{_RATIO} (last bin: {edges[-1]:.3g} and more)"
    marked = f"{_SCORE}; dashes: {', '.join(f'{limit:g}' for limit in score_limits)}"
    return {
        "distrib_CNN_prob_sim": histogram_panels(by_mag, _SCORES, xlabel=marked, ylabel="Simulated events",
                                                 lines=score_limits),
        "distrib_CNN_prob_all": histogram_panels([("all candidates", all_scores), *by_mag], _SCORES,
                                                 xlabel=marked, lines=score_limits),
        "distrib_CNNprob_all_and_sim": overlaid_histograms(groups, _SCORES, xlabel=_SCORE),
        "fraction_per_bin": fraction_steps(groups, _SCORES, xlabel=_SCORE),
        "distrib_FWHM_simulation": histogram_panels(by_score, edges, xlabel=beyond, ylabel="Simulated events",
                                                    lines=ratio_limits, band=inside),
        "distrib_FWHM_real_vs_sim": histogram_panels(real_and_simulated, edges, xlabel=beyond,
                                                     lines=ratio_limits, band=inside),
    }


def _split(by, values, limits, name):
    """Return the values of each range of another column, by the name of the range.

    The open range below the first limit is left out if nothing lies in it.
    """
    groups = []
    for low, high in ranges_between(limits):
        inside = (by >= low) & (by < high)
        if low == -np.inf:
            if inside.any():
                groups.append((f"simulated, {name} < {high:g}", values[inside]))
            continue
        text = f"{low:g} ≤ {name} < {high:g}" if np.isfinite(high) else f"{name} ≥ {low:g}"
        groups.append((f"simulated, {text}", values[inside]))
    return groups


def _ratio_edges(ratios, upper):
    """Bins from 0 to beyond the upper limit, and as far as nearly all ratios reach."""
    finite = ratios[np.isfinite(ratios)]
    reach = np.percentile(finite, 99) if len(finite) else 0.0
    return np.linspace(0, max(1.25 * upper, min(reach, _LARGEST_RATIO)), _RATIO_BINS + 1)
