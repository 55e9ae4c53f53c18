"""How far two computations of one network may be apart: in its scores, and as float32 can tell its logits."""

import math
from dataclasses import dataclass

import numpy as np

from otrain.data.results.calibration import Calibration
from otrain.data.results.value_encoding import ValueEncoding

__all__ = ["SCORE", "Parity", "difference_beyond_rounding", "encoded_replies", "float32_limit",
           "moved_by_rounding", "parity_of"]

SCORE = 1e-5  # of a probability
UNIT = 2.0**-24  # largest relative error of one rounding to float32
CONFIDENCE = 4.0  # standard deviations that a sum of roundings may go astray
DRAWS = 4  # networks with weights moved by rounding
LEAST = 1e-5  # of a logit: pooling and normalisation are sums too, of as many terms as the graph does not say
SATURATED = 1e3  # logits beyond it on the same side are equal: both are a score of 0, or of 1
SUMS = {"Conv", "ConvTranspose", "MatMul", "Gemm"}  # whose second input may be weights


@dataclass(frozen=True)
class Parity:
    """Largest differences between two computations of the same examples.

    Parameters
    ----------
    score : float
        Of probabilities, before any calibration.
    logit : float
        Of logits, relative above 1; of maps relative to the largest logit of the example. Logits
        beyond 1000 on the same side are equal. Of numbers, of what they are encoded.
    """

    score: float
    logit: float

    def exceeds(self, score, logit):
        """Tell whether one of two limits is exceeded."""
        return not (self.score <= score and self.logit <= logit)

    def __str__(self):
        return f"{self.score:.2g} in a score, {self.logit:.2g} in a logit (relative above 1)"


def parity_of(expected, received, encoding=None):
    """Return the `Parity` of two arrays of logits; infinite where shapes differ or a number is not finite.

    Numbers in their own units are compared encoded, as the network was taught them: an error
    of 1e-5 is that part of the width of the training values, for an angle and for a flux. Standard
    deviations are compared by their logarithm. No number is a score, whose difference is 0 then.

    Parameters
    ----------
    expected, received : (N,), (N, K) or (N, L, K) array-like
    encoding : dict, optional
        Of `ValueEncoding`, where these are numbers: (N, K), (N, 2 K) with standard deviations, or with
        correlations behind them.
    """
    if encoding:
        return _parity_of_numbers(np.asarray(expected, float), np.asarray(received, float), encoding)
    expected, received = np.asarray(expected, float), np.asarray(received, float)
    if expected.shape != received.shape or not (np.isfinite(expected).all() and np.isfinite(received).all()):
        return Parity(math.inf, math.inf)
    plain = Calibration()
    score = np.max(np.abs(plain.apply(expected) - plain.apply(received)), initial=0)
    expected, received = (np.clip(logits, -SATURATED, SATURATED) for logits in (expected, received))
    size = np.abs(expected)
    if expected.ndim > 2:  # the points of a map share their rounding: the network mixes neighbours
        size = size.max(axis=tuple(range(1, expected.ndim)), keepdims=True, initial=0)
    return Parity(float(score), float(np.max(np.abs(expected - received) / np.maximum(1, size), initial=0)))


def encoded_replies(raw, encoding):
    """Return values as a network was taught them, log variances of their encoded errors, and correlations.

    Parameters
    ----------
    raw : (N, K), (N, 2 K) or (N, 2 K + K (K - 1) / 2) ndarray
        Values in their own units, standard deviations, correlations.
    encoding : ValueEncoding
    """
    count = len(encoding.names)
    values, errors, correlations = np.split(raw, [count, min(2 * count, raw.shape[1])], axis=1)
    parts = [encoding.encode(values), correlations]
    if errors.shape[1]:
        parts.insert(1, 2 * np.log(np.maximum(errors * encoding.slope(values), 1e-300)))
    return np.concatenate(parts, axis=1)


def _parity_of_numbers(expected, received, encoding):
    encoding = ValueEncoding.from_dict(encoding)
    if expected.shape != received.shape or not (np.isfinite(expected).all() and np.isfinite(received).all()):
        return Parity(math.inf, math.inf)
    first, second = (encoded_replies(raw, encoding) for raw in (expected, received))
    # What float32 cannot tell of a number far from 0 beside the width of its values, such as a date.
    offset = np.abs(encoding.centre) / np.array(encoding.scale)
    coarse = np.zeros(first.shape[1])
    coarse[:len(offset)] = CONFIDENCE * UNIT * offset
    apart = np.maximum(np.abs(first - second) - coarse, 0) / np.maximum(1, np.abs(first))
    return Parity(0.0, float(np.max(apart, initial=0)))


def difference_beyond_rounding(expected, received, content, score_again, encoding=None):
    """Return the `Parity` of two computations of one network, and whether it is more than rounding.

    Two computations agree if no probability differs by more than 1e-5 and no logit by more than
    `float32_limit`. A network whose large terms cancel cannot keep that on any two processors;
    what it can keep is measured, see `moved_by_rounding`, and a difference within it is rounding.
    A wrong weight, operator or hole moves a logit by far more than either.

    Parameters
    ----------
    expected, received : ndarray
        Logits of the same examples; `received` are those of `content`.
    content : bytes
        The network as ONNX.
    score_again : callable
        ``score_again(content) -> logits`` of the same examples by another network of that shape.
    encoding : dict, optional
        As for `parity_of`.

    Returns
    -------
    parity : Parity
    beyond : bool
        Whether it is more than rounding; always so for a number that is not finite.
    """
    parity, limit = parity_of(expected, received, encoding), float32_limit(content)
    if not parity.exceeds(SCORE, limit):
        return parity, False
    if not math.isfinite(parity.logit):
        return parity, True
    moved = moved_by_rounding(received, content, score_again, encoding)
    return parity, parity.exceeds(max(SCORE, moved.score), max(limit, moved.logit))


def float32_limit(content):
    """Return how far float32 may take the logits of a network apart, relative above 1.

    A float32 sum of n products, in whatever order it is done, is the exact sum with every product
    changed by a relative error of at most ``c sqrt(n) u``, with u = 2**-24 and but for a
    probability of ``2 exp(-c**2 / 2)``, 0.07 % for c = 4 (Higham & Mary 2019, SIAM J. Sci.
    Comput. 41, A2815, theorem 3.1). Where the n products are of both signs, as behind centred
    weights, the sum has that relative error itself. Activations do not enlarge it (they have a
    slope of at most 1), and the layers along a path add theirs: ``c u (sqrt(n_1) + sqrt(n_2) +
    ...)``, taken along the worst path, and twice, as both computations have it; 1e-5 at least.
    For the published network on 63x63x3 pixels that is 1.1e-4.

    Parameters
    ----------
    content : bytes
        The network as ONNX.
    """
    import onnx

    graph = onnx.load_model_from_string(content).graph
    kernels, longest = _kernels(graph), {}
    for node in graph.node:  # ONNX demands that a value is made before it is used
        sofar = max((longest.get(name, 0.0) for name in node.input), default=0.0)
        terms = math.sqrt(kernels[node.input[1]][1]) if _has_kernel(node, kernels) else 0.0
        longest.update(dict.fromkeys(node.output, sofar + terms))
    return max(LEAST, 2 * CONFIDENCE * UNIT * max(longest.values(), default=0.0))


def moved_by_rounding(logits, content, score_again, encoding=None):
    """Return by how much the logits of a network move when its weights move by rounding.

    By the theorem in `float32_limit` a float32 computation is an exact one of a network whose
    every weight has changed by a relative error of size ``sqrt(n) u``. So it is done: four
    networks are made with such errors, drawn from a normal distribution, and the largest of
    their differences is taken ``c`` = 4 times.

    Parameters
    ----------
    logits : ndarray
        Of the examples, by the network itself.
    content, score_again, encoding
        As for `difference_beyond_rounding`.

    Returns
    -------
    Parity
    """
    moved = (_moved(content, np.random.default_rng(seed)) for seed in range(DRAWS))
    found = [parity_of(logits, score_again(network), encoding) for network in moved]
    return Parity(CONFIDENCE * max(one.score for one in found), CONFIDENCE * max(one.logit for one in found))


def _moved(content, rng):
    """Return the network with each weight of its sums changed by the rounding of that sum."""
    import onnx
    from onnx import numpy_helper

    network = onnx.load_model_from_string(content)
    kernels = _kernels(network.graph)
    for tensor in network.graph.initializer:
        if tensor.name in kernels:
            weights, terms = kernels[tensor.name]
            moved = weights * (1 + math.sqrt(terms) * UNIT * rng.normal(size=weights.shape))
            tensor.CopyFrom(numpy_helper.from_array(moved.astype(np.float32), tensor.name))
    return network.SerializeToString()


def _kernels(graph):
    """Return, by name, the weights of every sum of products, and the number of its terms."""
    from onnx import numpy_helper

    tensors = {tensor.name: tensor for tensor in graph.initializer}
    kernels = {}
    for node in graph.node:
        if _has_kernel(node, tensors):
            weights = numpy_helper.to_array(tensors[node.input[1]])
            kernels[node.input[1]] = weights, _terms(node, weights.shape)
    return kernels


def _has_kernel(node, tensors):
    return node.op_type in SUMS and len(node.input) > 1 and node.input[1] in tensors


def _terms(node, shape):
    """Return how many products one number behind a layer is the sum of."""
    if node.op_type == "Conv":
        return math.prod(shape[1:])
    if node.op_type == "ConvTranspose":  # (inputs, outputs, *kernel)
        return math.prod(shape) // shape[1]
    transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
    return shape[-1] if transposed else shape[-2] if len(shape) > 1 else shape[0]
