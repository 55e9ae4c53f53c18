"""The networks of torchvision that droulette names, and what they are here."""

from importlib import import_module
from importlib.util import find_spec

from otrain.catalogue import MODELS
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["TORCHVISION", "network_of"]

TORCHVISION = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet",
    "mnasnet1_0", "mobilenet_v2", "mobilenet_v3_small", "regnet_y_32gf", "resnet50", "resnext50_32x4d",
    "shufflenet_v2_x1_0", "squeezenet1_0", "swin_t", "vgg16", "wide_resnet50_2")
_NAMES = "otrain.models.torch_names"  # which of our networks is nearest to one of torchvision


def network_of(name):
    """Return the name of the network in our catalogue, and what has to be said of it.

    Parameters
    ----------
    name : str
        Of torchvision, or of our own catalogue.

    Returns
    -------
    name : str or None
        None: the usual network of the domain, as there is none that is near.
    notes : list of str

    Raises
    ------
    UsageError
        If nobody knows it.
    """
    if name in MODELS or name.replace("_", "-") in MODELS:
        return (name if name in MODELS else name.replace("_", "-")), []
    if find_spec(_NAMES) is not None:
        ours, note = import_module(_NAMES).network_for(name)
        return ours, [note] if note else []
    if name not in TORCHVISION:
        known = [*MODELS, *TORCHVISION]
        raise UsageError(f"[settings] model: unknown network {name!r}.{nearest(name, known)} "
                         f"Known: {', '.join(known)}.")
    return None, [f"{name} is not among the networks here; the usual one for lenses is used. --architecture "
                  f"chooses: {', '.join(MODELS)}."]
