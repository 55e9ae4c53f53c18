"""What the card of a network says about how events are found in its maps."""

from otrain.bundle.card import markdown_table

__all__ = ["card_facts"]


def card_facts(settings):
    """Return the parts of a card that depend on the search, see `otrain.bundle.card.render_card`.

    Parameters
    ----------
    settings : EventSettings

    Returns
    -------
    dict
        ``thresholds`` (Markdown) and ``limits``.
    """
    search = settings.search
    rows = [[name, "-" if kind.threshold is None else f"{kind.threshold:.4g}", kind.calibration.method]
            for name, kind in search.kinds.items()]
    table = markdown_table(["kind of event", f"announced from ({search.statistic})", "calibration"], rows)
    limits = [f"Runs of points that are not further apart than {search.join:g} h are one event; the peak of "
              f"an event reaches a probability of {search.floor:g}.",
              "Where there is no threshold, events are announced from a probability of "
              f"{settings.threshold:g}."]
    return {"thresholds": f"## Thresholds\n\nChosen on validation.\n\n{table}\n", "limits": limits}
