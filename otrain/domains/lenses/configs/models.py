"""The network that a file of droulette asks for, by a name of torchvision or by one of ours."""

from otrain.catalogue import MODELS
from otrain.models.torch_names import network_for

__all__ = ["network_of"]


def network_of(name):
    """Return the name of the network in our catalogue, and what has to be said of it.

    Parameters
    ----------
    name : str
        Of torchvision, or of our own catalogue.

    Returns
    -------
    name : str
    notes : list of str

    Raises
    ------
    UsageError
        If nobody knows it.
    """
    for ours in (name, name.replace("_", "-")):
        if ours in MODELS:
            return ours, []
    ours, note = network_for(name)
    return ours, [note] if note else []
