"""Networks of keras.applications with first weights from a seed, and with the ends that all networks here have."""

import keras
from keras import applications, layers

from otrain.errors import DataError
from otrain.models.layers.head import score_head, seed_stream
from otrain.models.layers.normalise import normalise as normalised

__all__ = ["build_application"]

MOMENTUM = 0.9  # with Keras' 0.99 a small training set ends before the averages are right
SMALLEST = {"InceptionV3": 75}  # pixel
SMALLEST_OF_MOST = 32  # five halvings leave one
_PREPARED = ("EfficientNetV2", "MobileNetV3")  # would scale 8-bit pixels unless told not to


def build_application(name, inputs, outputs, *, normalise="robust", dropout=0.0, seed=None):
    """Return the convolutions of a network of keras.applications, pooled, uncompiled.

    Nothing is downloaded. The first convolution takes as many channels as there are, with the
    mask of finite pixels behind them; global pooling takes the place of dense layers.

    Parameters
    ----------
    name : str
        As keras.applications spells it, one of the family ``keras`` of the catalogue.
    inputs : list of InputSpec
        One image ``(H, W, C)`` of at least 32x32 pixels, 75x75 for InceptionV3.
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
                        f"Received: {image.shape[0]}x{image.shape[1]}.")
    seeds = seed_stream(seed)
    cutout = keras.Input(image.shape, name=image.name)
    x = normalised(cutout, normalise, mask=normalise != "none")
    options = {"include_preprocessing": False} if name.startswith(_PREPARED) else {}
    convolutions = getattr(applications, name)(include_top=False, weights=None, input_tensor=x, **options)
    for layer in convolutions.layers:
        _begin(layer, seeds)
    x = layers.GlobalAveragePooling2D()(convolutions.output)
    x = layers.Dropout(dropout, seed=next(seeds), name="features")(x)
    head = score_head(x, outputs, initialiser=keras.initializers.GlorotUniform(seed=next(seeds)))
    return keras.Model(cutout, head, name=name.lower())


def _begin(layer, seeds):
    """Give a layer first weights and random numbers of its own seed: keras.applications takes none."""
    if isinstance(layer, layers.BatchNormalization):
        layer.momentum = MOMENTUM
    elif isinstance(layer, layers.Dropout) and layer.rate:
        layer.seed_generator.state.assign([next(seeds), 0])
    elif getattr(layer, "kernel", None) is not None:
        depthwise = isinstance(layer, layers.DepthwiseConv2D)
        unseeded = layer.depthwise_initializer if depthwise else layer.kernel_initializer
        seeded = type(unseeded).from_config({**unseeded.get_config(), "seed": next(seeds)})
        layer.kernel.assign(seeded(layer.kernel.shape))
