"""The decision report of a network that finds events: one self-contained page."""

import math
from pathlib import Path

from otrain.plots.curve_gallery import curve_gallery
from otrain.plots.curves import loss_curve
from otrain.plots.event_rates import AXES, recall_by, recovery_curves
from otrain.plots.style import png_bytes, write_bytes
from otrain.web import words
from otrain.web.page import write_page

__all__ = ["event_figures", "search_rows", "single_rows", "write_event_report"]

SHOWN = 9  # pieces of light curves of each kind


def write_event_report(path, report, galleries, *, plots=None):
    """Write the report of a network of maps with all its figures.

    Parameters
    ----------
    path : path-like
        The page, by convention ``report.html``.
    report : dict
        As ``report.json`` of a segmentation.
    galleries : dict of str to list of dict
        Panels of `otrain.plots.curve_gallery.curve_gallery`: ``finds misses false_alarms``.
    plots : path-like, optional
        Folder that also gets every figure as ``<name>.png``.
    """
    images = {name: png_bytes(figure) for name, figure in event_figures(report, galleries).items()}
    if plots is not None:
        for name, image in images.items():
            write_bytes(Path(plots) / f"{name}.png", image)
    kind = next(iter(report["events"]))
    write_page(path, "event_report.html.j2", images, report=report, kind=kind,
               searches=search_rows(report, kind), singles=single_rows(report, kind),
               points=_point_rows(report, kind), counts=words.subset_counts(report),
               fates=words.fates(report.get("cube_counts") or {}), ranges=words.range_rows(report),
               errors=_error_rows(report, kind))


def event_figures(report, galleries):
    """Return every figure that the report supports.

    Returns
    -------
    dict of str to Figure
        ``loss recovery discovery by_<property> finds misses false_alarms``.
    """
    kind = next(iter(report["events"]))
    searches = report["events"][kind]
    figures = {"loss": loss_curve(report.get("history") or {}),
               "recovery": recovery_curves({name: row["curve"] for name, row in searches.items()}),
               "discovery": recovery_curves({name: row["curve"] for name, row in searches.items()},
                                            against="fdr")}
    for name in AXES:
        bins = {search: row["bins"][name] for search, row in searches.items() if name in row["bins"]}
        if bins:
            figures[f"by_{name}"] = recall_by(name, bins)
    for name, panels in galleries.items():
        figures[name] = curve_gallery(panels[:SHOWN])
    return figures


def search_rows(report, kind):
    """Return one row of the table of searches each: words for name, recall, false alarms, rates at limits."""
    rows = []
    for name, row in report["events"][kind].items():
        rows.append({
            "name": name, "recall": words.percent(row["recall"]), "events": row["recall"]["events"],
            "overlap": words.percent(row["recall_any_overlap"]), "fdr": words.percent(row["fdr"]),
            "false_alarms": words.number(row["false_alarms"]), "chosen_by": row["chosen_by"],
            "at_fdr": [(f"{100 * item['limit']:g} %", words.percent(item["recall"]), item["support"])
                       for item in row["at_fdr"]],
            "at_false_alarms": [(f"{item['limit']:g}", words.percent(item["recall"]),
                                 words.number(item["false_alarms"]), item["support"])
                                for item in row["at_false_alarms"]],
        })
    return rows


def single_rows(report, kind):
    """Return the table of single events by depth, at equal false alarms: headings and rows of words."""
    searches = {name: row["single"] for name, row in report["events"][kind].items() if "single" in row}
    if not searches:
        return None
    rates = [name for name in next(iter(searches.values())) if name != "announced"]
    headings = ["Depth [ppm]", "Events", *(f"{search}, {rate}" for rate in rates for search in searches)]
    first = next(iter(searches.values()))[rates[0]]
    rows = []
    for place, row in enumerate(first):
        if not row["events"]:
            continue
        high = row["high_edge"] * 1e6
        edge = f"{row['low_edge'] * 1e6:g} to {high:g}" if high < 1e6 else f"above {row['low_edge'] * 1e6:g}"
        rows.append([edge, row["events"], *(words.percent(searches[search][rate][place])
                                            for rate in rates for search in searches)])
    return {"headings": headings, "rows": rows}


def _point_rows(report, kind):
    names = {"average_precision": "Average precision", "iou": "IoU", "f1": "F1"}
    metrics = (report.get("points") or {}).get("test", {}).get(kind, {})
    return [(title, words.number(metrics[name])) for name, title in names.items() if name in metrics]


def _error_rows(report, kind):
    """Return how well events are measured, search by search: medians and the 16th to 84th percentile."""
    titles = {"t0": "time of the centre [h]", "duration": "duration, relative", "depth": "depth, relative"}
    rows = []
    for search, judged in report["events"][kind].items():
        for name, title in titles.items():
            row = judged["errors"].get(name)
            if row and row["median"] is not None and math.isfinite(row["median"]):
                rows.append((search, title, f"{row['median']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})",
                             row["events"]))
    return rows
