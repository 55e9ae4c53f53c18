"""Losses per point by name, as plain data that tasks and configuration files can hold."""

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["LOSSES", "loss_config"]

LOSSES = {
    "bce": "cross-entropy",
    "weighted-bce": "cross-entropy, classes other than the first times `positive_weight`",
    "focal": "cross-entropy times (1 - probability of the truth) ** `gamma`",
    "dice": "1 - overlap of map and truth, over the whole batch",
}
GAMMA = 2.0  # Lin et al. 2017
POSITIVE_WEIGHT = 10.0


def loss_config(name, *, positive_weight=None, gamma=None):
    """Return the configuration of a loss on logits per point, for `otrain.models.losses.build_loss`.

    The same names serve one sigmoid unit and a softmax over several classes.

    Parameters
    ----------
    name : str
        One of `LOSSES`, or several joined by ``+``: their sum (``"bce+dice"``).
    positive_weight : float or list of float, optional
        For ``weighted-bce``: weight of the classes other than the first, or of each of them; 10 by default.
    gamma : float, optional
        For ``focal``; 2 by default.

    Returns
    -------
    dict
        ``class_name`` and ``config``.

    Raises
    ------
    UsageError
        If there is no such loss, or an option is given that no part of it has.

    Examples
    --------
    >>> loss_config("focal")
    {'class_name': 'otrain>PointCrossentropy', 'config': {'gamma': 2.0}}
    """
    parts = [part.strip() for part in name.split("+")]
    for part in parts:
        if part not in LOSSES:
            raise UsageError(f"unknown loss {part!r}.{nearest(part, LOSSES)} Known: {', '.join(LOSSES)}, "
                             "and sums such as bce+dice.")
    for option, value, owner in (("positive_weight", positive_weight, "weighted-bce"),
                                 ("gamma", gamma, "focal")):
        if value is not None and owner not in parts:
            raise UsageError(f"`{option}` belongs to the loss {owner}. Received: {name!r}.")
    options = {"bce": {}, "dice": {},
               "weighted-bce": {"positive_weight": POSITIVE_WEIGHT if positive_weight is None
                                else positive_weight},
               "focal": {"gamma": GAMMA if gamma is None else gamma}}
    terms = [{"class_name": "otrain>PointDice" if part == "dice" else "otrain>PointCrossentropy",
              "config": options[part]} for part in parts]
    return terms[0] if len(terms) == 1 else {"class_name": "otrain>PointSum", "config": {"terms": terms}}
