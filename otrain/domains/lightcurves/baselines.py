"""Classical searches on prepared light curves, in the form in which a network is compared with them."""

import numpy as np

from otrain.domains.lightcurves.matched_filter import matched_filter_events

__all__ = ["BASELINES", "matched_filter"]


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
    flux, time, segment = (channels.index(name) for name in ("flux", "time", "segment"))
    start = np.asarray(columns["time_start"], float)
    scale = np.asarray(columns.get("scale", np.ones(len(examples))), float)
    tables = []
    for row, example in enumerate(examples):
        found = matched_filter_events(example[:, time].astype(float) + start[row], example[:, flux],
                                      segment=example[:, segment])
        tables.append({
            "row": np.full(len(found["t0"]), row), "t0": found["t0"], "duration": found["duration"],
            "depth": found["depth"] * scale[row], "snr": found["snr"], "log_odds": found["statistic"]})
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


BASELINES = {"matched filter": matched_filter}
