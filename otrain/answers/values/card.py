"""What the card of a network says about its numbers: units, where the uncertainty comes from, limits."""

__all__ = ["card_facts"]


def card_facts(settings):
    """Return the parts of a card that depend on how values are made, see `otrain.bundle.card.render_card`.

    Parameters
    ----------
    settings : ValueSettings

    Returns
    -------
    dict
        ``limits``.
    """
    calibration = settings.intervals
    told = [f"{name} [{unit}]" if unit else name for name, unit in zip(settings.names, settings.units)]
    source = ("told by the network" if settings.width is None else
              "the same for all examples, from the errors on validation: the network tells values alone")
    quantiles = (f"quantiles of the errors on {calibration.examples} validation examples (conformal)"
                 if calibration.method == "conformal" else "a normal distribution, not calibrated")
    limits = [f"Values: {', '.join(told)}.", f"Standard deviations: {source}.",
              f"Intervals: {quantiles}. They are true for examples like those of validation."]
    return {"limits": limits}  # the note of the calibration stands among those of the report
