"""Classical searches on prepared light curves, in the form in which a network is compared with them."""

import numpy as np

from otrain.domains.lightcurves.searches.box_least_squares import box_least_squares
from otrain.domains.lightcurves.searches.matched_filter import matched_filter_events
from otrain.domains.lightcurves.searches.transit_least_squares import transit_least_squares

__all__ = ["BASELINES", "bls", "matched_filter", "tls"]

KEYS = ("t0", "duration", "depth", "snr", "statistic")


def matched_filter(examples, channels, columns):
    """Return the dips that the matched filter finds in windows of light curves.

    Parameters
    ----------
    examples : (n, L, C) ndarray
    channels : sequence of str
        ``flux time segment`` among them.
    columns : dict of (n,) ndarray
        ``time_start`` [d] and ``scale`` (relative flux of one unit of flux).

    Returns
    -------
    dict of str to (E,) ndarray
        ``row t0 [d] duration [h] depth [relative] snr log_odds``; `log_odds` is the statistic in
        standard deviations, which ranks events as log odds do.
    """
    def search(time, flux, segment):
        return matched_filter_events(time, flux, segment=segment)

    return _searched(examples, channels, columns, search)


def bls(examples, channels, columns):
    """Return the transits of the best period of each window by box least squares; as `matched_filter`.

    All transits of a window are ranked by its signal detection efficiency. A single transit
    is not for this search.
    """
    return _searched(examples, channels, columns, lambda *curve: _transits(box_least_squares, *curve))


def tls(examples, channels, columns):
    """Return the transits of the best period of each window by transit least squares; as `bls`.

    Raises
    ------
    MissingExtraError
        If the package is not installed (extra ``transits``).
    """
    return _searched(examples, channels, columns, lambda *curve: _transits(transit_least_squares, *curve))


def _transits(search, time, flux, segment):
    found = search(time, flux, segment=segment)
    if found is None:
        return {name: np.empty(0) for name in KEYS}
    transits = found["transits"]
    return transits | {"statistic": np.full(len(transits["t0"]), found["statistic"])}


def _searched(examples, channels, columns, search):
    """Search the light of every window, 1 outside of events, and return one table."""
    flux, time, segment = (channels.index(name) for name in ("flux", "time", "segment"))
    start = np.asarray(columns["time_start"], float)
    scale = np.asarray(columns.get("scale", np.ones(len(examples))), float)
    tables = []
    for row, example in enumerate(examples):
        light = 1 + example[:, flux].astype(float) * scale[row]
        found = search(example[:, time].astype(float) + start[row], light, example[:, segment])
        tables.append({"row": np.full(len(found["t0"]), row), "log_odds": found["statistic"],
                       **{name: found[name] for name in KEYS[:-1]}})
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


BASELINES = {"matched filter": matched_filter, "bls": bls, "tls": tls}
