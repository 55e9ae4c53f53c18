"""Probability maps of a series, and the events in them."""

import numpy as np

from otrain.evaluation.events import class_log_odds, find_events

__all__ = ["class_maps", "find_in_maps"]


def class_maps(logits, kind):
    """Return probability and log odds of one class against all others at each point.

    Parameters
    ----------
    logits : (N, L, units) ndarray
    kind : int
        Index of the class, from 1.

    Returns
    -------
    probability, log_odds : (N, L) ndarray
    """
    logits = np.asarray(logits)
    odds = logits[..., 0].astype(float) if logits.shape[-1] == 1 else class_log_odds(logits, kind)
    return 1 / (1 + np.exp(-np.clip(odds, -80, 80))), odds


def find_in_maps(logits, kind, time, valid, *, segment=None, **options):
    """Return the events of one class in some maps, as `otrain.evaluation.events.find_events` does.

    Parameters
    ----------
    logits : (N, L, units) ndarray
    kind : int
        Index of the class, from 1.
    time, valid, segment : (N, L) ndarray
    **options
        ``floor join bridge gap near``.
    """
    probability, odds = class_maps(logits, kind)
    return find_events(probability, time, valid, log_odds=odds, segment=segment, **options)
