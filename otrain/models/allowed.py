"""What may stand in the configuration of a network that is loaded: nothing that executes.

Lists of what is forbidden in model files have been bypassed about once a year;
this is a list of what is allowed. Layers are pure functions of their numbers;
``Lambda`` and everything that imports or calls by name is absent.
"""

from otrain.errors import IntegrityError

__all__ = ["LAYERS", "OPS", "check_config", "with_modules"]

LAYERS = frozenset({
    "Activation", "Add", "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Concatenate",
    "Conv1D", "Conv2D", "Cropping1D", "Cropping2D", "Dense", "DepthwiseConv2D", "Dropout", "ELU", "Flatten",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "InputLayer", "LayerNormalization", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "Multiply", "ReLU",
    "Rescaling", "Reshape", "SeparableConv1D", "SeparableConv2D", "Softmax", "SpatialDropout1D",
    "SpatialDropout2D", "UpSampling1D", "ZeroPadding1D", "ZeroPadding2D",
})

# Class of each node that keras.ops leaves in a functional network, and the
# private module that Keras writes beside it; a test tells when a release moves one.
OPS = {
    **dict.fromkeys((
        "Absolute", "Add", "Arcsinh", "Clip", "Concatenate", "Cosh", "Divide", "Equal", "Exp", "Floor",
        "GetItem", "Greater", "GreaterEqual", "Isfinite", "Isinf", "Isnan", "Less", "LessEqual", "Log",
        "Log1p", "Matmul", "Max", "Maximum", "Mean", "Min", "Minimum", "Multiply", "Pad", "Power", "Reshape",
        "Sign", "Sinh", "Sort", "Sqrt", "Square", "Subtract", "Sum", "Tanh", "Transpose", "TrueDivide",
        "Where",
    ), "keras.src.ops.numpy"),
    "Cast": "keras.src.ops.core",
    "OneHot": "keras.src.ops.nn",
}

# Layers of our own that are more than a few operations: functions of the numbers in their configuration.
OURS = {"QTransform": "otrain.models.layers.q_transform"}

NETWORKS = {"Functional": "keras.src.models.functional", "Model": "keras.src.models.functional",
            "Sequential": "keras"}
INITIALISERS = frozenset({"Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform",
                          "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomNormal",
                          "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros"})
OTHERS = {"DTypePolicy": "keras"}
MARKERS = frozenset({"__ellipsis__", "__keras_tensor__", "__numpy__", "__slice__", "__tensor__", "__tuple__"})
REGULARISERS = frozenset({"L1", "L1L2", "L2"})
ACTIVATIONS = frozenset({"elu", "gelu", "hard_silu", "leaky_relu", "linear", "relu", "relu6", "selu",
                         "sigmoid", "silu", "softmax", "softplus", "swish", "tanh", None})

_PLACES = {
    **{name: {"keras.layers", "keras"} for name in LAYERS},
    **{name: {"keras.initializers"} for name in INITIALISERS},
    **{name: {"keras.regularizers"} for name in REGULARISERS},
    **{name: {module, "keras"} for name, module in (NETWORKS | OTHERS).items()},
}
_NAMED = frozenset(name.lower() for name in INITIALISERS | REGULARISERS)
DEEPEST = 40  # nested lists and tables


def check_config(config):
    """Check that a network's configuration names only what is allowed.

    Parameters
    ----------
    config : dict
        As parsed from ``config.json`` or from the attribute ``model_config``,
        in the format of Keras 3.

    Raises
    ------
    IntegrityError
        At the first class, module, activation or marker that is not on the list.
    """
    if not isinstance(config, dict) or config.get("class_name") not in NETWORKS:
        name = config.get("class_name") if isinstance(config, dict) else config
        raise IntegrityError(f"not the configuration of a Keras network. Received: {name!r}")
    _check(config, 0)


def _check(node, depth):
    if depth > DEEPEST:
        raise IntegrityError("the configuration is nested too deeply for a network.")
    if isinstance(node, list):
        for item in node:
            _check(item, depth + 1)
    elif isinstance(node, dict):
        if "class_name" in node:
            _check_class(node)
        for key, value in node.items():
            if key in ("activation", "recurrent_activation", "depthwise_activation"):
                _check_activation(value)
            elif isinstance(value, str) and key.endswith(("_initializer", "_regularizer", "_constraint")):
                _check_name(key, value)
            _check(value, depth + 1)


def _check_class(node):
    name, module = node["class_name"], node.get("module")
    if not isinstance(name, str):
        raise IntegrityError(f"refused class {name!r}.")
    if module is None and name in MARKERS:
        return
    # A few names (Add, Multiply) stand for a layer and for an operation.
    known_place = module in _PLACES.get(name, ()) or (name in OPS and module == OPS[name])
    if known_place and node.get("registered_name") in (None, name):
        return
    if module is not None and module == OURS.get(name) and node.get("registered_name") == f"otrain>{name}":
        return
    raise IntegrityError(
        f"refused class {name!r} of module {module!r}: only plain layers are loaded, "
        "because a model file could otherwise run code. Rebuild the network from these layers, "
        f"or train it again with otrain-train. Allowed: {', '.join(sorted(LAYERS))}."
    )


def _check_activation(value):
    if isinstance(value, dict):
        return  # a layer or marker, checked as such
    if value not in ACTIVATIONS:
        raise IntegrityError(f"refused activation {value!r}. "
                             f"Allowed: {', '.join(sorted(filter(None, ACTIVATIONS)))}.")


def _check_name(key, value):
    """Check the name of an initialiser or regulariser, as Keras spells it: ``zeros``, ``GlorotUniform``."""
    if value.lower().replace("_", "") not in _NAMED:
        raise IntegrityError(f"refused {key} {value!r}. "
                             f"Allowed: {', '.join(sorted(INITIALISERS | REGULARISERS))}.")


def with_modules(config):
    """Return a configuration from a Keras 3 ``.h5`` with the module of every layer written in.

    Keras leaves the modules out of ``.h5`` files and then cannot find the
    operations of a functional network again.
    """
    inner = dict(config["config"])
    inner["layers"] = [_with_module(layer) for layer in inner["layers"]]
    name = config["class_name"]
    return {"module": NETWORKS.get(name), "class_name": name, "registered_name": name, "config": inner}


def _with_module(layer):
    if "module" in layer:
        return layer
    name = layer.get("class_name")
    # Layers have a flag `trainable`; operations have none.
    is_layer = name in LAYERS and (name not in OPS or "trainable" in layer["config"])
    module = "keras.layers" if is_layer else OPS.get(name)
    return {**layer, "module": module, "registered_name": None if is_layer else name}
