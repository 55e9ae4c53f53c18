"""Turn a trained Keras network into a bundle that is scored without Keras.

The network is cut where its last activation, named ``score``, begins: logits
and features leave the graph, calibration is applied to them outside it.
"""

import logging

import keras
import numpy as np
from keras import ops

from otrain.bundle.dropout_head import ACTIVATIONS, DropoutHead
from otrain.bundle.format import MODEL, batch_of
from otrain.bundle.onnx_graph import in_one_spelling
from otrain.bundle.parity import SCORE, difference_beyond_rounding
from otrain.bundle.session import Session
from otrain.bundle.writing import golden_subset, write_bundle
from otrain.data.files.atomic import require_absent
from otrain.errors import IntegrityError, UsageError

__all__ = ["export_bundle", "logit_model"]

OPSET = 17
LINEAR = "linear"  # end of a network that gives numbers
HUGE = 1e15  # pixels beyond it are clipped in networks that do not do so themselves


def export_bundle(model, folder, *, cube_meta, golden_images, overwrite=False, facts=None, **description):
    """Write a bundle and open it once, as its user will.

    Parameters
    ----------
    model : keras.Model
        Functional, one input, ending in an Activation named ``score``.
    folder : path-like
        Appears whole or not at all.
    cube_meta : dict
        Meta data of the training cube: ``channels classes domain recipe task`` are taken over.
    golden_images : (N, ..., C) float32 ndarray
        Prepared examples, at least one; at most 256 of them and 4 MiB are shipped with their scores.
    overwrite : bool
    facts : dict, optional
        For the card, see `render_card`; how far Keras and ONNX Runtime are apart is added.
    **description
        ``name settings encoding seen alarm facts versions ensemble``, see `write_bundle`.

    Returns
    -------
    Bundle

    Raises
    ------
    IntegrityError
        If ONNX Runtime and Keras differ by more than rounding, of golden examples or of awkward ones
        (NaN, infinite, huge or constant pixels), or the network gives a logit that is not finite.
        Allowed are 1e-5 in a probability and `float32_limit` in a logit or an encoded number, or what the
        weights' own rounding does, see `difference_beyond_rounding`.
    UsageError
        If the network has no ``score`` ending, or Keras does not run on TensorFlow.
    OutputError
        If `folder` exists and `overwrite` is false.
    """
    require_absent(folder, overwrite=overwrite)
    network = logit_model(model)
    golden_images = golden_subset(golden_images, network.output_shape[0][1:])
    content = _to_onnx(network)
    parities = _check_parity(network, content, golden_images, description.get("encoding"))
    head, head_note = _dropout_head(model)
    return write_bundle(folder, content, golden_images, cube_meta=cube_meta, head=head, head_note=head_note,
                        overwrite=overwrite, facts=(facts or {}) | {"parity": parities}, **description)


def logit_model(model):
    """Return a model that ends in logits and features, sharing the weights of `model`.

    Parameters
    ----------
    model : keras.Model
        Functional, ending in an Activation named ``score``: sigmoid of one unit, softmax of
        several, or linear.

    Returns
    -------
    keras.Model
        ``(N, ..., C)`` to two outputs: logits, (N,) log odds of class 1 or (N, K), or numbers (N, K), and
        features, the input of the last dropout or else of the last dense layer. Of a network
        that answers with a map: logits (N, ..., units), and the mean of their input over it. Of
        several networks together the features stand beside each other. A
        network that gives NaN for a NaN pixel gets 0 in its place, as O'TRAIN's did.
    """
    score = model.layers[-1]
    if score.name != "score" or not isinstance(score, keras.layers.Activation):
        raise UsageError(f"the network must end in an Activation named 'score' to be exported. Received: "
                         f"{type(score).__name__} {score.name!r}. Load it with otrain.models.load.")
    raw = score.input
    units, activation = raw.shape[-1], keras.activations.serialize(score.activation)
    if activation != LINEAR and (activation, units == 1) not in {("sigmoid", True), ("softmax", False)}:
        raise UsageError("classes need a sigmoid of one unit or a softmax of several, numbers a linear end. "
                         f"Received: {units} with {activation}.")
    is_map = len(raw.shape) > 2
    features = [_made_by(model)[id(end)].input if is_map else _features(model, end, raw)
                for end in _ends(model)]
    features = features[0] if len(features) == 1 else ops.concatenate(features, axis=-1)
    # A graph of its own around the network: in a process that has only loaded it, Keras gives
    # new operations the names that the network's have.
    cutout = keras.Input(model.input_shape[1:], name="cutout")
    raw, features = keras.Model(model.inputs[0], [raw, features])(cutout)
    if is_map:
        logits, features = raw, ops.mean(features, axis=tuple(range(1, len(features.shape) - 1)))
    elif activation == LINEAR:
        logits = raw
    else:
        logits = {1: lambda: raw[:, 0], 2: lambda: raw[:, 1] - raw[:, 0]}.get(units, lambda: raw)()
    network = keras.Model(cutout, [ops.cast(logits, "float32"), ops.cast(features, "float32")])
    return network if _takes_nan(network) else _cleaned(network)


def _takes_nan(network):
    blank = np.full((1, *network.input_shape[1:]), np.nan, np.float32)
    return np.isfinite(ops.convert_to_numpy(network(blank)[0])).all()


def _cleaned(network):
    """Put 0 for NaN and infinite pixels in front of a network that knows no mask."""
    cutout = keras.Input(network.input_shape[1:], name="cutout")
    # Two conditions: tf2onnx turns where(isfinite(x), x, 0) into a product, which keeps NaN.
    x = ops.where(ops.isnan(cutout), 0.0, cutout)
    x = ops.where(ops.isinf(x), 0.0, x)
    return keras.Model(cutout, network(ops.clip(x, -HUGE, HUGE)))


def _ends(model):
    """Return what the last layer gives, of each network of several; otherwise of the one."""
    # Numbers are decoded behind their last layer, which has a name.
    named = [layer for layer in model.layers if layer.name == "logits"]
    if named and isinstance(named[0], keras.layers.Concatenate):
        return list(named[0].input)
    return [named[0].output if named else model.layers[-1].input]


def _made_by(model):
    return {id(layer.output): layer for layer in model.layers if len(layer._inbound_nodes) == 1}


def _features(model, end, raw):
    dropout, dense = _tail(model, end)
    return dropout.input if dropout else dense[0].input if dense else raw


def _tail(model, end):
    """Return the last dropout (or None) and the layers between it and an end, first to last.

    Without a dropout the layers are the last dense one alone; a tail of anything
    but dense layers counts as none.
    """
    made_by, dense, tensor = _made_by(model), [], end
    while isinstance(layer := made_by.get(id(tensor)), (keras.layers.Dense, keras.layers.Dropout)):
        if isinstance(layer, keras.layers.Dropout):
            return (layer, dense) if len(layer.input.shape) == 2 else (None, dense[:1])
        dense.insert(0, layer)
        tensor = layer.input
    return None, dense[-1:]


def _dropout_head(model):
    """Return the head for dropout without Keras, or None and the reason."""
    if len(model.output_shape) > 2:
        return None, "the network answers with a map"
    if keras.activations.serialize(model.layers[-1].activation) == LINEAR:
        return None, "the network gives numbers, not classes"
    end, *others = _ends(model)
    if others:
        return None, "several networks answer together"
    dropout, dense = _tail(model, end)
    if dropout is None:
        return None, "the network has no dropout in front of its last dense layers"
    if dropout.rate == 0:
        return None, "the network was trained without dropout"
    activations = [keras.activations.serialize(layer.activation) for layer in dense]
    if set(activations) - set(ACTIVATIONS):
        return None, f"activation {activations} behind the last dropout is not known without Keras"
    weights = [tuple(ops.convert_to_numpy(w).astype(np.float32) for w in layer.weights)
               if layer.use_bias else
               (ops.convert_to_numpy(layer.kernel).astype(np.float32), np.zeros(layer.units, np.float32))
               for layer in dense]
    return DropoutHead(float(dropout.rate), tuple(activations), weights), ""


def _to_onnx(network):
    """Return the network as the bytes of an ONNX file, the same for the same network."""
    if keras.backend.backend() != "tensorflow":
        raise UsageError("a bundle is exported with Keras on TensorFlow. Received: "
                         f"{keras.backend.backend()}. Save the network as .keras and export it with "
                         "KERAS_BACKEND=tensorflow.")
    import tensorflow as tf
    import tf2onnx

    for name in ("tf2onnx", "tf2onnx.tfonnx", "tf2onnx.optimizer"):
        logging.getLogger(name).setLevel(logging.ERROR)
    signature = [tf.TensorSpec((None, *network.input_shape[1:]), tf.float32, name="cutout")]
    function = tf.function(lambda x: tuple(network(x, training=False)))
    converted, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET,
                                                 custom_op_handlers={"Erfc": (_complement_of_erf, [])})
    return in_one_spelling(converted, ("cutout", "logits", "features")).SerializeToString(deterministic=True)


def _complement_of_erf(graph, node, name, args):
    """Write erfc(x), which TensorFlow takes for the exact GELU and ONNX does not have, as 1 - erf(x)."""
    known = {"shapes": [graph.get_shape(node.output[0])], "dtypes": [graph.get_dtype(node.output[0])]}
    graph.remove_node(name)
    erf = graph.make_node("Erf", node.input, **known)
    one = graph.make_const(f"{name}_one", np.array(1, np.float32))
    graph.make_node("Sub", [one.output[0], erf.output[0]], name=name, outputs=node.output, **known)


def _check_parity(network, content, golden_images, encoding):
    """Compare Keras and ONNX Runtime on golden and on awkward images; return the `Parity` of each kind."""
    shape = network.input_shape[1:]
    batch, parities = batch_of(shape), {}
    session = Session(content, shape, batch, MODEL)
    for kind, images in {"golden": golden_images, **_awkward(golden_images)}.items():
        expected = np.concatenate([ops.convert_to_numpy(network(images[i:i + batch], training=False)[0])
                                   for i in range(0, len(images), batch)])
        if not np.isfinite(expected).all():
            raise IntegrityError(f"the network gives logits that are not finite for {kind} images.")

        def score(content, images=images):
            return Session(content, shape, batch, MODEL).run(images)[0]

        parities[kind], beyond = difference_beyond_rounding(
            expected, session.run(images)[0], content, score, encoding)
        if beyond:
            raise IntegrityError(f"the exported network differs from Keras by more than rounding on {kind} "
                                 f"images: {parities[kind]} (allowed: {SCORE:g} in a score).")
    return parities


def _awkward(images):
    """Return pixels that no network should meet, and some that every network meets."""
    images = images[:16]
    rng = np.random.default_rng(0)
    holes = np.where(rng.random(images.shape) < 0.1, np.nan, images)
    infinite = images.copy()
    infinite[:, 0, 0] = np.inf
    infinite[:, -1, -1] = -np.inf
    huge = np.where(rng.random(images.shape) < 0.01, np.float32(3e38), images)
    blank = np.stack([np.full(images.shape[1:], value) for value in (np.nan, 0.0, 1.0, -3e38, 1e-40)])
    return {name: value.astype(np.float32) for name, value in
            {"NaN": holes, "infinite": infinite, "huge": huge, "constant": blank}.items()}
