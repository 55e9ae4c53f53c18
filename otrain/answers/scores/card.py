"""What the card of a network says about its scores: thresholds, calibration, limits."""

from otrain.bundle.card import markdown_table

__all__ = ["card_facts"]


def card_facts(settings, classes):
    """Return the parts of a card that depend on how scores are made, see `otrain.bundle.card.render_card`.

    Parameters
    ----------
    settings : ScoreSettings
    classes : sequence of str

    Returns
    -------
    dict
        ``thresholds`` (Markdown) and ``limits``.
    """
    calibration, prior = settings.calibration, settings.train_prior
    temperature = f", T = {calibration.temperature:.3g}" if calibration.method == "temperature" else ""
    limits = [f"Calibration: {calibration.method}{temperature}"
              + (f". {calibration.note}" if calibration.note else "")]
    if len(classes) == 2:
        limits.append(f"Scores presuppose the share of {classes[1]} examples of the training cube"
                      + ("" if prior is None else f" ({prior:.3g})")
                      + "; correct for another with `--prob-ratio`.")
    return {"thresholds": _thresholds(settings, classes), "limits": limits}


def _thresholds(settings, classes):
    if not settings.thresholds:
        return ""
    rows = [[row["target"], _number(row["threshold"]), _rate(row["test"], "lost"),
             _rate(row["test"], "false_alarms"), row["support"] or "yes"] for row in settings.thresholds]
    names = ["promise", "threshold", f"{classes[1]} lost", f"false alarms per {classes[0]}", "supported"]
    return ("## Thresholds\n\nChosen on validation, measured on test. A score at or above the threshold "
            f"is called {classes[1]}; default {settings.threshold:g}.\n\n{markdown_table(names, rows)}\n")


def _number(value):
    return "-" if value is None else f"{value:.4g}"


def _rate(rates, kind):
    if rates is None or rates[kind]["value"] is None:
        return "-"
    rate = rates[kind]
    return f"{_number(rate['value'])} ({_number(rate['low'])} to {_number(rate['high'])})"
