"""Numbers of a report as people read them: sensible digits, intervals, sentences."""

import math

from otrain.evaluation.class_words import USUAL, many, two_sides
from otrain.evaluation.intervals import wilson_interval

__all__ = ["by_class", "calibration", "count", "fates", "headline", "metric_rows", "night", "number",
           "percent", "range_rows", "rounded", "subset_counts", "threshold", "verdict"]

_METRICS = {
    "accuracy": ("Accuracy", "share of right calls; depends on the class balance"),
    "precision": ("Precision", "share of {many} among those called {one}; depends on the class balance"),
    "recall": ("Recall", "share of {many} that are called {one}"),
    "f1": ("F1", "harmonic mean of precision and recall"),
    "mcc": ("MCC", "correlation of call and truth; 0 is chance, 1 perfect"),
    "roc_auc": ("ROC AUC", "chance that a {one} scores higher than a {other}"),
    "average_precision": ("Average precision", "precision averaged over all recalls"),
    "average_precision_bogus": ("Average precision of {other}",
                                "the same with {other} as what is looked for"),
    "brier": ("Brier score", "mean squared error of the score; 0 is perfect"),
    "log_loss": ("Log loss", "mean surprise [nat]; 0 is perfect"),
    "calibration_error": ("Calibration error", "mean distance of score and fraction of {many}"),
}


def _digits(width, *, least):
    """Decimals that show two figures of an interval of this width."""
    if not math.isfinite(width) or width < 1e-9:  # no width but rounding
        return least
    return min(6, max(least, 1 - math.floor(math.log10(width))))


def number(value, *, scale=1.0, unit="", least=2):
    """Return a number, or ``{"value", "low", "high"}``, with as many digits as its interval allows.

    >>> number({"value": 0.98765, "low": 0.97123, "high": 0.99411})
    '0.988 (0.971–0.994)'
    >>> number({"value": -0.1, "low": -0.3, "high": -0.04})
    '-0.10 (-0.30 to -0.04)'
    >>> number(None)
    'not defined'
    """
    parts = value if isinstance(value, dict) else {"value": value}
    best, low, high = (_number(parts.get(key)) for key in ("value", "low", "high"))
    if best is None:
        return "not defined"
    if low is None or high is None:
        return f"{best * scale:.{max(least, 4 if scale == 1 else 1)}f}{unit}"
    digits = _digits((high - low) * scale, least=least)
    return (f"{best * scale:.{digits}f}{unit} "
            f"({low * scale:.{digits}f}{_between(low)}{high * scale:.{digits}f}{unit})")


def rounded(value):
    """Return a number of any size with three digits, and its interval if it has one.

    >>> rounded({"value": 0.012345, "low": 0.011, "high": 0.0141})
    '0.0123 (0.011–0.0141)'
    >>> rounded({"value": -1.2e-07, "low": None, "high": None}), rounded(None)
    ('-1.2e-07', 'not defined')
    """
    parts = value if isinstance(value, dict) else {"value": value}
    best, low, high = (_number(parts.get(key)) for key in ("value", "low", "high"))
    if best is None:
        return "not defined"
    if low is None or high is None:
        return f"{best:.3g}"
    return f"{best:.3g} ({low:.3g}{_between(low)}{high:.3g})"


def _between(low):
    """Return what stands between the ends of an interval: no dash beside a sign."""
    return " to " if low < 0 else "–"


def _number(value):
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def percent(value):
    """Return a rate in percent, with its interval if it has one.

    >>> percent({"value": 0.0133, "low": 0.0045, "high": 0.0385})
    '1.3 % (0.4–3.9 %)'
    """
    return number(value, scale=100, unit=" %", least=0).replace(" %–", "–")


def threshold(value):
    """Return a threshold with enough digits to tell it from 0 and 1.

    >>> threshold(0.5), threshold(0.99987654)
    ('0.500', '0.99988')
    """
    value = _number(value)
    if value is None:
        return "none"
    distance = min(abs(value), abs(1 - value))
    digits = 3 if not distance else min(9, max(3, 1 - math.floor(math.log10(distance))))
    return f"{value:.{digits}f}"


def count(rate, total):
    """Return an expected number, from a rate with its interval and the number of candidates.

    >>> count({"value": 0.0133, "low": 0.0045, "high": 0.0385}, 10_000)
    '133 (45–385)'
    >>> count({"value": 0.0, "low": 0.0, "high": 0.0003}, 10_000)
    '0.0 (0.0–3.0)'
    """
    parts = rate if isinstance(rate, dict) else {"value": rate}
    values = [_number(parts.get(key)) for key in ("value", "low", "high")]
    if values[0] is None:
        return "not defined"
    digits = 1 if max(value for value in values if value is not None) * total < 10 else 0
    best, *ends = ("" if value is None else f"{value * total:,.{digits}f}".replace(",", "\u202f")
                   for value in values)
    return f"{best} ({'–'.join(ends)})" if all(ends) else best


def night(report):
    """Return the night for which false alarms are stated: ``candidates bogus words``, or None."""
    table = report.get("night") or {}
    candidates = _number(table.get("candidates"))
    if not candidates:
        return None
    reals = _number(table.get("real_fraction")) or 0.0
    other, one = two_sides(report.get("classes") or USUAL)
    share = f"of which {100 * reals:g} % are {one}" if reals else f"nearly all of them {other}"
    return {"candidates": candidates, "bogus": candidates * (1 - reals),
            "words": f"{candidates:,.0f} candidates, ".replace(",", "\u202f", 1) + share}


def range_rows(report):
    """Return ``(column, range in training, judged, share outside, values never seen)`` for each column."""
    rows = []
    for name, entry in (report.get("column_ranges") or {}).items():
        if "values" in entry:
            seen = ", ".join(map(str, entry["values"]))
            new = ", ".join(f"{value} ({n})" for value, n in (entry.get("unseen") or {}).items())
        else:
            seen, new = f"{entry['low']:.6g} to {entry['high']:.6g}", ""
        rows.append((name, seen, entry.get("judged", 0), percent(entry.get("share")), new))
    return rows


def verdict(row):
    """Say whether the test subset bears out the promise of a row of the threshold table."""
    rate = ((row.get("test") or {}).get(row.get("kind")) or {}) if row.get("threshold") is not None else {}
    low, high, limit = _number(rate.get("low")), _number(rate.get("high")), _number(row.get("limit"))
    if low is None or high is None or limit is None:
        return "open"
    return "kept" if high <= limit else "missed" if low > limit else "open"


def headline(report):
    """Return what happens to reals and bogus at the chosen threshold, on the judged subset.

    Returns
    -------
    dict or None
        ``threshold reals bogus``, and ``lost`` and ``false_alarms`` as
        ``{"value", "low", "high"}``; None without a confusion matrix of two classes.
    """
    counts = (report.get("confusion") or {}).get(report.get("judged", "test"))
    if not counts or len(counts) != 2:
        return None
    (tn, fp), (fn, tp) = counts
    return {"threshold": report.get("threshold", 0.5), "reals": fn + tp, "bogus": tn + fp,
            "lost": _rate(fn, fn + tp), "false_alarms": _rate(fp, fp + tn)}


def by_class(report):
    """Return what becomes of the examples of each class of more than two, on the judged subset.

    Returns
    -------
    list of dict
        ``name many examples``, ``lost``, ``false_alarms`` and ``roc_auc`` as ``{"value", "low", "high"}``,
        and ``thresholds``, the rows of the class against the rest; empty for two classes.
    """
    judged, found = report.get("judged", "test"), []
    counts = (report.get("confusion") or {}).get(judged)
    if not report.get("by_class") or not counts:
        return found
    total = sum(map(sum, counts))
    for index, (name, mine) in enumerate(report["by_class"].items()):
        examples, right = sum(counts[index]), counts[index][index]
        called = sum(row[index] for row in counts) - right
        found.append({"name": name, "many": many(name), "examples": examples,
                      "lost": _rate(examples - right, examples),
                      "false_alarms": _rate(called, total - examples),
                      "roc_auc": (mine["metrics"].get(judged) or {}).get("roc_auc"),
                      "thresholds": mine["threshold_table"]})
    return found


def _rate(count, total):
    if not total:
        return {"value": None}
    low, high = wilson_interval(count, total)
    return {"value": count / total, "low": float(low), "high": float(high)}


def metric_rows(report):
    """Return ``(name, meaning, value on test, value on validation)`` for each metric."""
    metrics = report.get("metrics") or {}
    test, validation = metrics.get("test") or {}, metrics.get("validation") or {}
    other, one = two_sides(report.get("classes") or USUAL)
    sides, rows = {"one": one, "other": other, "many": many(one)}, []
    for key in dict.fromkeys((*test, *validation)):
        name, meaning = (text.format(**sides) for text in _METRICS.get(key, (key.replace("_", " "), "")))
        rows.append((name, meaning, number(test.get(key)), number(validation.get(key))))
    return rows


def subset_counts(report):
    """Return ``(subset, {class: number})`` for each subset, training first and test last."""
    counts = report.get("counts") or {}
    order = [name for name in ("training", "validation", "test") if name in counts]
    return [(name, counts[name]) for name in (*order, *(counts.keys() - set(order)))]


def fates(counts):
    """Return what became of the files: ``(fate, number, "reason n, reason n")``."""
    if not counts:
        return []
    rows = [("kept", counts.get("kept", 0), "")]
    for fate in ("skipped", "quarantined"):
        reasons = counts.get(fate) or {}
        rows.append((fate, sum(reasons.values()),
                     ", ".join(f"{reason} {n}" for reason, n in sorted(reasons.items()))))
    return rows


def calibration(report):
    """Return how logits became scores, as a sentence."""
    table = report.get("calibration") or {}
    method = table.get("method", "none")
    if method == "none":
        sentence = "The scores are not calibrated."
    else:
        number_of = f" on {table['examples']} validation candidates" if table.get("examples") else ""
        divisor = _number(table.get("temperature"))
        detail = f", T = {divisor:.3g}" if method == "temperature" and divisor else ""
        sentence = f"Calibrated by {method}{detail}, fitted{number_of}."
    return f"{sentence} {table.get('note', '')}".strip()
