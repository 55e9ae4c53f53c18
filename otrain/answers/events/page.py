"""The decision report of a network that finds events: one self-contained page."""

import math
from pathlib import Path

from otrain.plots.curve_gallery import curve_gallery
from otrain.plots.curves import loss_curve
from otrain.plots.event_rates import AXES, recall_by, recovery_curves
from otrain.plots.style import png_bytes, write_bytes
from otrain.web import words
from otrain.web.page import write_page

__all__ = ["event_figures", "missing_reasons", "search_rows", "single_rows", "write_event_report"]

TEMPLATE = Path(__file__).with_name("page.html.j2")
UNDEFINED = words.number(None)
FORGIVEN = " forgiven"  # ends the name of a search that is shown a second time; it finds the same events
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
    searches = search_rows(report, kind)
    write_page(path, TEMPLATE, images, report=report, kind=kind,
               searches=searches, reasons=missing_reasons(searches), singles=single_rows(report, kind),
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


def missing_reasons(rows):
    """Return why rates of the table of searches are not defined, each reason once."""
    reasons = {}
    for row in rows:
        for limit, recall, *_, support in (*row["at_false_alarms"], *row["at_fdr"]):
            if support and recall == UNDEFINED:
                reasons.setdefault(limit, support)
    return list(reasons.values())


def single_rows(report, kind):
    """Return the table of single events by depth, at equal false alarms, in words.

    Returns
    -------
    dict or None
        ``rates`` and ``searches`` (names of the columns, every search under every rate) and ``rows``.
    """
    # Forgiven eclipses lie in no quarter without events: at equal false alarms they change nothing.
    searches = {name: row["single"] for name, row in report["events"][kind].items()
                if "single" in row and not name.endswith(FORGIVEN)}
    if not searches:
        return None
    first = next(iter(searches.values()))
    rates = [name for name in first if name != "announced" and any(
        row["value"] is not None for judged in searches.values() for row in judged[name])]
    rows = []
    for place, row in enumerate(first["announced"]):
        if not row["events"] or not rates:
            continue
        low, high = (f"{float(f'{row[edge] * 1e6:.6g}'):,g}".replace(",", " ")
                     for edge in ("low_edge", "high_edge"))
        edge = f"{low}–{high}" if row["high_edge"] < 1 else f"above {low}"
        rows.append([edge, row["events"], *(words.percent(searches[search][rate][place])
                                            for rate in rates for search in searches)])
    rates = [rate.replace("alarms", "alarm") if rate.startswith("1 ") else rate for rate in rates]
    return {"rates": rates, "searches": list(searches), "rows": rows} if rows else None


def _point_rows(report, kind):
    names = {"average_precision": "Average precision", "iou": "IoU", "f1": "F1"}
    metrics = (report.get("points") or {}).get("test", {}).get(kind, {})
    return [(title, words.number(metrics[name])) for name, title in names.items() if name in metrics]


def _error_rows(report, kind):
    """Return how well events are measured, a row a search: medians and the 16th to 84th percentile."""
    rows = []
    for search, judged in report["events"][kind].items():
        cells = [_spread(judged["errors"].get("t0"), 60, "min"), _spread(judged["errors"].get("duration")),
                 _spread(judged["errors"].get("depth"))]
        known = [row["events"] for row in judged["errors"].values() if row]
        row = [*cells, max(known, default=0)]
        if any(cells) and not search.endswith(FORGIVEN):
            rows.append([search, *row])
    return rows


def _spread(row, scale=100, unit="%"):
    if not row or row["median"] is None or not math.isfinite(row["median"]):
        return ""
    low, middle, high = (row[key] * scale for key in ("low", "median", "high"))
    digits = 1 if high - low < 10 else 0
    # 0 is added so that there is no -0.
    return (f"{round(middle, digits) + 0:+.{digits}f} {unit} ({round(low, digits) + 0:+.{digits}f} to "
            f"{round(high, digits) + 0:+.{digits}f})")
