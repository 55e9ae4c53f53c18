import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from otrain.bundle.onnx_graph import check_graph, in_one_spelling
from otrain.errors import IntegrityError


def add_one(value="one", node="n", *, domain="", tensor=None):
    """A network that adds one to its input, with the names that were asked for."""
    tensor = tensor or numpy_helper.from_array(np.ones(1, np.float32), value)
    graph = helper.make_graph(
        [helper.make_node("Add", ["in", value], [node], name=node, domain=domain),
         helper.make_node("Identity", [node], ["out"])], "g",
        [helper.make_tensor_value_info("in", TensorProto.FLOAT, ["batch", 1])],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["batch", 1])], [tensor])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def external(location):
    tensor = TensorProto(name="one", data_type=TensorProto.FLOAT, dims=[1],
                         data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def test_plain_network_passes(handmade_network):
    check_graph(handmade_network[0], "model.onnx")


def test_weights_in_another_file_are_refused():
    content = add_one(tensor=external("/etc/passwd")).SerializeToString()
    with pytest.raises(IntegrityError, match="read from another file"):
        check_graph(content, "model.onnx")


def test_weights_in_another_file_are_found_inside_attributes():
    network = add_one()
    network.graph.node.append(helper.make_node("Constant", [], ["c"], value=external("secret.bin")))
    with pytest.raises(IntegrityError, match="read from another file"):
        check_graph(network.SerializeToString(), "model.onnx")


def test_operators_outside_onnx_are_refused():
    with pytest.raises(IntegrityError, match="operator evil:Add is not one of ONNX"):
        check_graph(add_one(domain="evil").SerializeToString(), "model.onnx")


def test_own_functions_are_refused():
    network = add_one()
    network.functions.add(name="f", domain="x")
    with pytest.raises(IntegrityError, match="operators of its own"):
        check_graph(network.SerializeToString(), "model.onnx")


def test_other_bytes_are_refused():
    with pytest.raises(IntegrityError, match="not an ONNX file"):
        check_graph(b"\xff" * 40, "model.onnx")


def test_equal_networks_have_one_spelling():
    first, second = (in_one_spelling(add_one(*names), ("cutout", "logits")).SerializeToString()
                     for names in (("one", "n"), ("w/Read:0", "functional_7/add")))
    assert first == second
    onnx.checker.check_model(onnx.load_model_from_string(first))


def test_spelling_does_not_change_what_is_computed(handmade_network):
    import onnxruntime

    renamed = in_one_spelling(onnx.load_model_from_string(handmade_network[0]), ("cutout", "logits", "features"))
    x = np.random.default_rng(0).normal(size=(4, 16, 16, 1)).astype(np.float32)
    before, after = (onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
                     .run(["logits", "features"], {"cutout": x})
                     for content in (handmade_network[0], renamed.SerializeToString()))
    assert all(np.array_equal(a, b) for a, b in zip(before, after))
