import math

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from otrain.bundle.parity import (
    Parity,
    difference_beyond_rounding,
    float32_limit,
    moved_by_rounding,
    parity_of,
)
from otrain.bundle.session import Session

UNIT = 2.0**-24
TERMS = 64


def network(nodes, **weights):
    """Return an ONNX file of 8x8 cutouts, whose nodes begin at ``flat`` (N, 64) and give ``column`` (N, 1)."""
    nodes = [("Flatten", ["cutout"], ["flat"]), *nodes, ("Squeeze", ["column", "axis"], ["logits"]),
             ("Identity", ["flat"], ["features"])]
    weights = {name: np.asarray(value, np.float32) for name, value in weights.items()} | {"axis": np.array([1])}
    graph = helper.make_graph(
        [helper.make_node(*node[:3], **(node[3] if len(node) > 3 else {})) for node in nodes], "made",
        [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", 8, 8, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N"]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", TERMS])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def linear(kernel):
    return network([("MatMul", ["flat", "kernel"], ["column"])], kernel=np.reshape(kernel, (TERMS, 1)))


def images(n=9):
    return np.random.default_rng(1).normal(size=(n, 8, 8, 1)).astype(np.float32)


def score(content):
    return Session(content, (8, 8, 1), 4, "n.onnx").run(images())[0]


def summed_otherwise(kernel):
    """Return what the linear network gives in float32 when it adds from the last pixel to the first."""
    products = images().reshape(-1, TERMS) * np.asarray(kernel, np.float32)
    return np.add.accumulate(products[:, ::-1], axis=1, dtype=np.float32)[:, -1].astype(float)


@pytest.mark.parametrize("expected, received, score, logit", [
    ([0.0, 1.0], [0.0, 1.0], 0, 0), ([0.0], [2e-5], 5e-6, 2e-5), ([100.0], [100.1], 0, 1e-3), ([1e9], [3e9], 0, 0),
    ([-20.0], [-30.0], 2.061e-9, 0.5), ([np.nan], [np.nan], np.inf, np.inf), ([1.0], [np.inf], np.inf, np.inf),
    ([1.0], [1.0, 2.0], np.inf, np.inf), ([], [], 0, 0),
    ([[0.0, 0.0, 0.0]], [[3e-5, 0.0, 0.0]], 6.667e-6, 3e-5),
    ([[[10.0], [0.0]], [[0.0], [0.0]]], [[[10.0], [1e-4]], [[0.0], [1e-5]]], 2.5e-5, 1e-5),
])
def test_parity_is_that_of_scores_and_of_logits_by_their_size(expected, received, score, logit):
    parity = parity_of(expected, received)
    assert parity.score == pytest.approx(score, rel=1e-3, abs=1e-12)
    assert parity.logit == pytest.approx(logit, rel=1e-3, abs=1e-12)


def test_parity_that_is_no_number_exceeds_every_limit():
    assert Parity(math.nan, 0.0).exceeds(1.0, 1.0) and Parity(0.0, math.nan).exceeds(1.0, 1.0)
    assert not Parity(1e-5, 1e-4).exceeds(1e-5, 1e-4) and Parity(1.1e-5, 0.0).exceeds(1e-5, 1e-4)


def test_limit_grows_with_depth_and_with_the_roots_of_the_terms():
    rng = np.random.default_rng(0)
    wide, narrow = rng.normal(size=(TERMS, 900)), rng.normal(size=(900, 1))
    content = network([("MatMul", ["flat", "wide"], ["x"]), ("Relu", ["x"], ["y"]), ("MatMul", ["y", "narrow"], ["column"])],
                      wide=wide, narrow=narrow)
    assert float32_limit(content) == pytest.approx(2 * 4 * UNIT * (8 + 30))
    turned = network([("Gemm", ["flat", "wide"], ["x"], {"transB": 1}), ("MatMul", ["x", "narrow"], ["column"])],
                     wide=wide.T, narrow=narrow)
    assert float32_limit(turned) == pytest.approx(2 * 4 * UNIT * (8 + 30))


def test_limit_is_that_of_the_longest_path_not_of_all():
    one = np.ones((TERMS, 1))
    beside = network([("MatMul", ["flat", "a"], ["x"]), ("MatMul", ["flat", "b"], ["y"]), ("Add", ["x", "y"], ["sum"]),
                      ("MatMul", ["sum", "c"], ["column"])], a=one, b=one, c=np.ones((1, 1)))
    assert float32_limit(beside) == pytest.approx(max(1e-5, 2 * 4 * UNIT * (8 + 1)))


@pytest.mark.parametrize(("kind", "shape", "terms"), [("Conv", (900, 4, 5, 5), 100), ("ConvTranspose", (4, 900, 5, 5), 100)])
def test_terms_of_a_convolution_are_its_channels_times_its_kernel(kind, shape, terms):
    nodes = [helper.make_node(kind, ["x", "w"], ["a"]), helper.make_node(kind, ["a", "w"], ["b"]),
             helper.make_node(kind, ["b", "w"], ["c"])]
    graph = helper.make_graph(nodes, "g", [], [], [numpy_helper.from_array(np.zeros(shape, np.float32), "w")])
    content = helper.make_model(graph).SerializeToString()
    assert float32_limit(content) == pytest.approx(max(1e-5, 2 * 4 * UNIT * 3 * math.sqrt(terms)))


def test_another_order_of_sums_is_rounding_also_where_large_terms_cancel():
    kernel = np.random.default_rng(0).normal(size=TERMS) * 1e6
    kernel -= np.linalg.lstsq(images().reshape(-1, TERMS), images().reshape(-1, TERMS) @ kernel, rcond=None)[0]
    content, other = linear(kernel), summed_otherwise(kernel)
    parity, beyond = difference_beyond_rounding(other, score(content), content, score)
    assert parity.score > 1e-3 and not beyond  # nothing like 1e-5 can be had of this network
    kernel[7] *= 1.001
    content = linear(kernel)
    assert difference_beyond_rounding(other, score(content), content, score)[1]


def test_wrong_weight_of_a_plain_network_is_found():
    kernel = np.random.default_rng(0).normal(size=TERMS) / 8
    content, other = linear(kernel), summed_otherwise(kernel)
    parity, beyond = difference_beyond_rounding(other, score(content), content, score)
    assert parity.score < 1e-6 and not beyond
    kernel[7] += 1e-4
    content = linear(kernel)
    assert difference_beyond_rounding(other, score(content), content, score)[1]


def test_saturated_logits_that_differ_are_no_rounding():
    content = network([("MatMul", ["flat", "kernel"], ["x"]), ("Add", ["x", "bias"], ["column"])],
                      kernel=np.full((TERMS, 1), 0.01), bias=[30.0])
    parity, beyond = difference_beyond_rounding(score(content) - 8, score(content), content, score)
    assert parity.score < 1e-8 and beyond


def test_number_that_is_not_finite_is_never_rounding():
    content = linear(np.full(TERMS, 1e6))
    received = score(content)
    received[3] = np.nan
    assert difference_beyond_rounding(score(content), received, content, score)[1]


def test_weights_are_moved_and_nothing_else():
    content = network([("Mul", ["flat", "factor"], ["x"]), ("MatMul", ["x", "kernel"], ["column"])],
                      factor=[0.25], kernel=np.ones((TERMS, 1)))
    seen = []
    moved_by_rounding(score(content), content, lambda moved: seen.append(moved) or score(moved))
    tensors = [{t.name: numpy_helper.to_array(t) for t in onnx.load_model_from_string(one).graph.initializer}
               for one in seen]
    assert len(tensors) == 4 and all(one["factor"] == np.float32(0.25) for one in tensors)
    errors = np.array([one["kernel"].ravel() - 1 for one in tensors])
    assert np.std(errors) == pytest.approx(8 * UNIT, rel=0.2) and not np.array_equal(errors[0], errors[1])
