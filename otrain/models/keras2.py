"""Networks of the Keras 2 era (braai, O'TRAIN, gotorb), rebuilt from their ``.h5`` description.

Keras 3 cannot load most of them: their files store no input layer, and some
arguments have other names today. Chains of plain layers are rebuilt here, in a
functional network; nothing of the file is executed.
"""

import keras
from keras import layers

from otrain.errors import IntegrityError
from otrain.models.allowed import ACTIVATIONS

__all__ = ["rebuild"]

_CONVOLUTION = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")
_POOLING = ("pool_size", "strides", "padding")
KEPT = {  # arguments that change what a trained layer computes
    "Activation": ("activation",),
    "AveragePooling2D": _POOLING,
    "BatchNormalization": ("axis", "momentum", "epsilon", "center", "scale"),
    "Conv2D": ("filters", *_CONVOLUTION),
    "Dense": ("units", "activation", "use_bias"),
    "DepthwiseConv2D": ("depth_multiplier", *_CONVOLUTION),
    "Dropout": ("rate",),
    "ELU": ("alpha",),
    "Flatten": (),
    "GlobalAveragePooling2D": (),
    "GlobalMaxPooling2D": (),
    "LeakyReLU": ("alpha",),
    "MaxPooling2D": _POOLING,
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "SeparableConv2D": ("filters", "depth_multiplier", *_CONVOLUTION),
    "Softmax": ("axis",),
    "SpatialDropout2D": ("rate",),
}
RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}
WIDEST = 16_384  # units, filters or pixels; more is no network that looks at cutouts
LARGEST = 1 << 28  # values of one weight


def rebuild(config):
    """Return the functional network that a Keras 2 configuration describes, with fresh weights.

    Parameters
    ----------
    config : dict
        The attribute ``model_config``: a Sequential network, or a functional
        one whose layers form a single chain.

    Returns
    -------
    keras.Model
        Layers keep their names, the input is called ``cutout``.

    Raises
    ------
    IntegrityError
        If a layer is not on the list, the layers branch, or a size is absurd.
    """
    inner = config.get("config")
    described = inner.get("layers") if isinstance(inner, dict) else inner
    if not isinstance(described, list) or not described:
        raise IntegrityError("the configuration lists no layers.")
    if isinstance(inner, dict) and config.get("class_name") != "Sequential":
        _require_chain(described)
    x = cutout = keras.Input(_input_shape(described), name="cutout")
    for layer in described:
        if layer.get("class_name") != "InputLayer":
            x = _layer(layer, x)(x)
    return keras.Model(cutout, x, name="legacy")


def _require_chain(described):
    previous = None
    for layer in described:
        nodes = layer.get("inbound_nodes") or []
        sources = [entry[0] for node in nodes for entry in node]
        if sources != ([] if previous is None else [previous]):
            raise IntegrityError(f"layer {layer.get('name')!r} does not follow {previous!r}: networks of "
                                 "the Keras 2 era are loaded only if their layers form one chain.")
        previous = layer.get("name")


def _input_shape(described):
    for layer in described:
        shape = layer.get("config", {}).get("batch_input_shape")
        if shape:
            shape = tuple(shape[1:])
            if len(shape) == 3 and all(isinstance(n, int) and 0 < n <= WIDEST for n in shape):
                return shape
            raise IntegrityError(f"the input must be an image (H, W, C). Received: {shape}.")
    raise IntegrityError("the configuration gives no input shape.")


def _layer(described, x):
    name, config = described.get("class_name"), described.get("config", {})
    if name not in KEPT:
        raise IntegrityError(f"refused layer {name!r}: only plain layers are loaded, because a model file "
                             "could otherwise run code. Rebuild the network from these layers, or train it "
                             f"again with otrain-train. Allowed: {', '.join(KEPT)}.")
    kept = {RENAMED.get((name, key), key): config[key] for key in KEPT[name] if key in config}
    if isinstance(kept.get("axis"), list) and len(kept["axis"]) == 1:
        (kept["axis"],) = kept["axis"]  # Keras 2 wrote the axis of batch normalisation as a list
    if config.get("data_format", "channels_last") != "channels_last":
        raise IntegrityError(f"layer {config.get('name')!r} has its channels first; "
                             "only channels last is loaded.")
    if kept.get("activation") not in ACTIVATIONS:
        raise IntegrityError(f"refused activation {kept['activation']!r} of layer {config.get('name')!r}.")
    width = kept.get("units", kept.get("filters", 1))
    if not isinstance(width, int) or not 0 < width <= WIDEST or width * (x.shape[-1] or 1) > LARGEST:
        raise IntegrityError(f"layer {config.get('name')!r} is too large for a network of cutouts.")
    try:
        return getattr(layers, name)(name=str(config.get("name", name)), **kept)
    except (TypeError, ValueError) as error:
        raise IntegrityError(f"layer {config.get('name')!r} cannot be rebuilt: {error}") from None
