"""Networks of keras.applications in plain layers, their first weights from a seed, with our own ends.

They are copied layer by layer: what only Keras' own file of a network knows
(layer scale, scaled sums, networks inside the network) becomes layers that a
saved network may hold, that ONNX Runtime computes alike, and in which heat
maps find their way. Scaling of 8-bit pixels is left out, as pixels are
normalised already.
"""

import warnings

import keras
from keras import applications, initializers, layers

from otrain.errors import DataError, UsageError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised
from otrain.models.planning import planning

__all__ = ["build_application", "with_weights_of_keras"]

MOMENTUM = 0.9  # with Keras' 0.99 a small training set ends before the averages are right
SMALLEST = {"InceptionResNetV2": 75, "InceptionV3": 75, "Xception": 71}  # pixel
SMALLEST_OF_MOST = 32  # five halvings leave one
_PREPARED = ("ConvNeXt", "EfficientNetV2", "MobileNetV3")  # would scale 8-bit pixels unless told not to
_SCALING = (layers.Normalization, layers.Rescaling)  # of 8-bit pixels, in those that cannot be told


def build_application(name, inputs, outputs, *, normalise="robust", dropout=0.0, seed=None):
    """Return a network of keras.applications without its dense end, pooled, uncompiled.

    Nothing is downloaded. The first convolution takes as many channels as there are, with the
    mask of finite pixels behind them; global pooling and a head as those of all networks here take
    the place of its dense layers.

    Parameters
    ----------
    name : str
        As keras.applications spells it, one of the family ``keras`` of the catalogue.
    inputs : list of InputSpec
        One image ``(H, W, C)`` of at least 32x32 pixels, 71x71 for Xception, 75x75 for InceptionV3 and
        InceptionResNetV2.
    outputs : OutputSpec
        The head.
    normalise : {"robust", "l2", "none"}
        How pixels are scaled inside the network; ``none``: raw pixels, without the mask channel.
    dropout : float
        Fraction of the pooled features that are dropped in training.
    seed : int, optional
        Of the first weights and of all dropouts.

    Returns
    -------
    keras.Model
        ``(N, H, W, C)`` to ``(N, units)``.

    Raises
    ------
    DataError
        If the image is smaller.
    """
    (image,) = inputs
    smallest = SMALLEST.get(name, SMALLEST_OF_MOST)
    if min(image.shape[:2]) < smallest:
        raise DataError(f"keras:{name} needs {smallest} pixel a side. "
                        f"Received: {image.shape[0]}x{image.shape[1]}. Choose another --architecture, "
                        "or keep more of the images where the cube is made.")
    seeds = seed_stream(seed)
    cutout = keras.Input(image.shape, name=image.name)
    options = {"include_preprocessing": False} if name.startswith(_PREPARED) else {}
    with planning():
        planned = getattr(applications, name)(
            include_top=False, weights=None, pooling="avg",
            input_tensor=normalised(cutout, normalise, mask=normalise != "none"), **options)
    copied = keras.models.clone_model(planned, clone_function=lambda layer: layer,
                                      call_function=lambda layer, *args, **kwargs:
                                      _in_plain_layers(layer, seeds, *args, **kwargs))
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(copied.output)
    head = score_head(x, outputs, initialiser=initializers.GlorotUniform(seed=next(seeds)))
    return keras.Model(copied.inputs[0], head, name=name.lower())


def with_weights_of_keras(name, file):
    """Return a network of keras.applications as Keras builds it, with the weights of a file.

    Parameters
    ----------
    name : str
    file : path-like
        An HDF5 file of weights without the dense end, that has been checked.

    Raises
    ------
    UsageError
        If the file is of another network.
    """
    side = SMALLEST.get(name, SMALLEST_OF_MOST)
    try:
        with warnings.catch_warnings():  # Keras warns of lists of layers, each of which it reads by itself
            warnings.filterwarnings("ignore", message="Skipping nested container")
            return getattr(applications, name)(include_top=False, weights=str(file), pooling="avg",
                                               input_shape=(side, side, 3))
    except (ValueError, KeyError) as error:
        raise UsageError(f"{file}: not the weights of {name} without its dense end, which Keras calls "
                         f"no_top: {str(error).splitlines()[0]}") from error


def _in_plain_layers(layer, seeds, *args, **kwargs):
    """Return what a layer of keras.applications gives, computed by new layers that may be saved."""
    kind = type(layer).__name__
    if isinstance(layer, keras.Sequential):
        x = args[0]
        for inner in layer.layers:
            x = _in_plain_layers(inner, seeds, x)
        return x
    if isinstance(layer, _SCALING):
        return args[0]
    if kind == "CustomScaleLayer":  # of InceptionResNetV2: the sum of a shortcut and a scaled branch
        shortcut, branch = args[0]
        scaled = layers.Rescaling(layer.scale, name=f"{layer.name}_scale")(branch)
        return layers.Add(name=layer.name)([shortcut, scaled])
    if kind == "LayerScale":  # of ConvNeXt: a factor for each channel
        return layers.DepthwiseConv2D(1, use_bias=False, name=layer.name, depthwise_initializer=initializers.
                                      Constant(layer.init_values))(args[0])
    config = _seeded(layer.get_config(), seeds)
    if isinstance(layer, layers.BatchNormalization):
        config["momentum"] = MOMENTUM
    if isinstance(layer, layers.Conv2D) and layer.groups > 1:  # in ConvNeXt each channel is a group
        return _depthwise(config)(args[0])
    if isinstance(layer, layers.Conv2D) and layer.kernel_size == (1, 1) and max(layer.strides) > 1:
        # A strided 1x1 convolution corrupts the heap in TensorFlow 2.21; this takes the same pixels.
        thinned = layers.MaxPooling2D(1, strides=layer.strides)(args[0])
        return layers.Conv2D.from_config(config | {"strides": 1})(thinned)
    return type(layer).from_config(config)(*args, **kwargs)


def _seeded(config, seeds):
    """Return the configuration of a layer with a seed of its own wherever it takes random numbers."""
    if "seed" in config:
        config["seed"] = next(seeds)
    for key, value in config.items():
        if key.endswith("_initializer") and isinstance(value, dict) and "seed" in value["config"]:
            value["config"]["seed"] = next(seeds)
    return config


def _depthwise(config):
    """Return the layer that convolves each channel by itself, from the configuration of a grouped one."""
    same = ("name", "kernel_size", "strides", "padding", "use_bias", "bias_initializer")
    return layers.DepthwiseConv2D(**{key: config[key] for key in same},
                                  depthwise_initializer=config["kernel_initializer"])
