"""The networks of torchvision that droulette takes, and which one of those here is the same or the nearest."""

from otrain.catalogue import MODELS
from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["TORCHVISION", "network_for"]

# Name there, name here, and how the two differ.
TORCHVISION = {
    "alexnet": ("keras:VGG16", "the nearest plain stack of convolutions, with more and smaller ones"),
    "convnext_tiny": ("resnet50", "about as many weights in the same four stages, with 3x3 kernels for 7x7"),
    "densenet121": ("keras:DenseNet121", "of the same layout"),
    "efficientnet_b0": ("keras:EfficientNetV2B0", "its successor of about the same size"),
    "efficientnet_v2_s": ("keras:EfficientNetV2S", "of the same layout"),
    "googlenet": ("keras:InceptionV3", "its third version, for images of 75 pixels a side and more"),
    "mnasnet1_0": ("keras:MobileNetV2", "of the same kind of blocks, without 5x5 kernels"),
    "mobilenet_v2": ("keras:MobileNetV2", "of the same layout"),
    "mobilenet_v3_small": ("keras:MobileNetV3Small", "of the same layout"),
    "regnet_y_32gf": ("wide_resnet50_2", "the nearest in size, half as many weights, without groups"),
    "resnet50": ("resnet50", ""),
    "resnext50_32x4d": ("resnet50", "about as many weights, without groups"),
    "shufflenet_v2_x1_0": ("keras:MobileNetV2", "about as many weights, without shuffled channels"),
    "squeezenet1_0": ("keras:MobileNetV3Small", "about as many weights, of other blocks"),
    "swin_t": ("resnet50", "about as many weights, convolutions for attention"),
    "vgg16": ("keras:VGG16", "the same convolutions, global pooling for its dense layers"),
    "wide_resnet50_2": ("wide_resnet50_2", ""),
}


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
        How the two differ; empty: not at all.

    Raises
    ------
    UsageError
        If droulette takes no network of that name.
    """
    if name not in TORCHVISION:
        known = [*MODELS, *TORCHVISION]
        raise UsageError(f"[settings] model: unknown network {name!r}.{nearest(name, known)} "
                         f"Known: {', '.join(dict.fromkeys(known))}.")
    ours, differs = TORCHVISION[name]
    return ours, f"[settings] model: {name} becomes {ours}: {differs}." if differs else ""
