"""What tests of several rooms share."""

import numpy as np
import pytest


@pytest.fixture(scope="session", autouse=True)
def _own_cache_folder(tmp_path_factory):
    """Keep the marks of verified bundles out of the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def handmade_network():
    """ONNX file whose logit is 0.1 x the mean of the finite pixels, and its dropout head."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from otrain.bundle.dropout_head import DropoutHead

    kernel, bias = np.full((1, 1), 0.1, np.float32), np.zeros(1, np.float32)
    nodes = [
        helper.make_node("IsNaN", ["cutout"], ["nan"]),
        helper.make_node("Where", ["nan", "zero", "cutout"], ["known"]),
        helper.make_node("IsInf", ["known"], ["infinite"]),
        helper.make_node("Where", ["infinite", "zero", "known"], ["finite"]),
        helper.make_node("ReduceMean", ["finite"], ["features"], axes=[1, 2], keepdims=0),
        helper.make_node("Gemm", ["features", "kernel", "bias"], ["column"]),
        helper.make_node("Squeeze", ["column", "axis"], ["logits"]),
    ]
    weights = {"zero": np.float32(0), "kernel": kernel, "bias": bias, "axis": np.array([1])}
    graph = helper.make_graph(
        nodes, "handmade",
        [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", 16, 16, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N"]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    return network.SerializeToString(), DropoutHead(0.5, ("linear",), [(kernel, bias)])


@pytest.fixture
def make_bundle(handmade_network):
    """Write a bundle of the handmade network for one 16x16 difference image, without Keras."""
    from otrain.bundle.writing import write_bundle

    def make(folder, *, content=None, dropout=True, **description):
        network, head = handmade_network
        images = np.random.default_rng(0).normal(size=(5, 16, 16, 1)).astype(np.float32)
        meta = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
                "task": "classification", "counts": {"seen": 9}, "source": "candidates",
                "recipe": {"kind": "cutout", "size": 16, "channels": ["difference"], "pad": False,
                           "nonfinite": "fill"}}
        description = {"name": "handmade", "train_prior": 0.5, "head_note": "" if dropout else "no dropout",
                       **description}
        return write_bundle(folder, content or network, images, cube_meta=meta,
                            head=head if dropout else None, **description)

    return make
