"""The networks of torchvision that droulette takes, and which one here is the same or the nearest."""

from otrain.catalogue import MODELS
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["NEAREST", "SAME", "TORCHVISION", "network_for"]

SAME = {  # the same layers up to the head, which is that of all networks here
    "convnext_tiny": "keras:ConvNeXtTiny",
    "densenet121": "keras:DenseNet121",
    "efficientnet_b0": "keras:EfficientNetB0",
    "efficientnet_v2_s": "keras:EfficientNetV2S",
    "mobilenet_v2": "keras:MobileNetV2",
    "mobilenet_v3_small": "keras:MobileNetV3Small",
    "resnet50": "resnet50",
    "wide_resnet50_2": "wide_resnet50_2",
}
NEAREST = {  # and how it differs
    "alexnet": ("keras:VGG16", "a plain stack of convolutions too, of more and smaller ones"),
    "googlenet": ("keras:InceptionV3", "its third version, for images of 75 pixels a side and more"),
    "mnasnet1_0": ("keras:MobileNetV2", "of the same blocks without 5x5 convolutions"),
    "regnet_y_32gf": ("wide_resnet50_2", "half as many weights, without groups"),
    "resnext50_32x4d": ("resnet50", "as many weights without groups"),
    "shufflenet_v2_x1_0": ("keras:MobileNetV2", "twice as many weights, without shuffled channels"),
    "squeezenet1_0": ("keras:MobileNetV3Small", "about as many weights in blocks of another kind"),
    "swin_t": ("keras:ConvNeXtTiny", "the same stages and as many weights, convolutions for attention"),
    "vgg16": ("keras:VGG16", "the same convolutions, the mean of each map in place of its two dense layers"),
}
TORCHVISION = (*SAME, *NEAREST)


def network_for(name):
    """Return the name of the network here that is, or is nearest to, one of torchvision.

    Parameters
    ----------
    name : str

    Returns
    -------
    name : str
        In the catalogue of models.
    note : str
        That it has another name here, or is another network and how it differs; empty: neither.

    Raises
    ------
    UsageError
        If droulette takes no network of that name.
    """
    if name in SAME:
        ours = SAME[name]
        return ours, "" if ours == name else f"[settings] model: {name} is called {ours} here."
    if name in NEAREST:
        ours, differs = NEAREST[name]
        return ours, (f"[settings] model: {name} is not among the networks here; the nearest is taken: "
                      f"{ours}, {differs}. --architecture chooses another.")
    known = [*MODELS, *TORCHVISION, *MODELS.of_families()]
    raise UsageError(f"[settings] model: unknown network {name!r}.{nearest(name, known)} "
                     f"Known: {', '.join(dict.fromkeys(known))}.")
