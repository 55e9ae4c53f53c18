"""A network without training: its logit is 0.1 x the mean of the finite pixels."""

import numpy as np

__all__ = ["make_network", "write_curve_network", "write_network", "write_value_network"]


def make_network(side):
    """Return an ONNX file for cutouts of `side` pixel, and its dropout head."""
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
        [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", side, side, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N"]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    return network.SerializeToString(), DropoutHead(0.5, ("linear",), [(kernel, bias)])


def write_network(folder, side):
    """Write a bundle of the network for difference images."""
    from otrain.bundle.writing import write_bundle
    from otrain.data.results.calibration import ScoreSettings

    network, head = make_network(side)
    images = np.random.default_rng(0).normal(size=(5, side, side, 1)).astype(np.float32)
    meta = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
            "task": "classification", "counts": {"seen": 9}, "source": "candidates",
            "recipe": {"kind": "cutout", "size": side, "channels": ["difference"], "pad": True,
                       "nonfinite": "fill"}}
    return write_bundle(folder, network, images, cube_meta=meta, head=head, name="handmade",
                        settings=ScoreSettings(train_prior=0.5))


def write_curve_network(folder, length, recipe):
    """Write a bundle of a network for light curves: the lower the flux, the likelier a planet, point by point."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from otrain.bundle.writing import write_bundle
    from otrain.data.results.event_search import EventSearch, EventSettings, KindOfEvent

    weights = {"zero": np.float32(0), "kernel": np.array([[0, -0.5, -0.1]], np.float32),
               "bias": np.array([0, -4, -6], np.float32)}
    nodes = [
        helper.make_node("IsNaN", ["cutout"], ["nan"]),
        helper.make_node("Where", ["nan", "zero", "cutout"], ["known"]),
        helper.make_node("ReduceMean", ["known"], ["features"], axes=[1], keepdims=0),
        helper.make_node("MatMul", ["known", "kernel"], ["steep"]),
        helper.make_node("Add", ["steep", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "handmade", [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", length, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", length, 3]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    curves = np.random.default_rng(0).normal(size=(5, length, 1)).astype(np.float32)
    meta = {"channels": ["flux"], "classes": ["continuum", "planet", "binary"], "domain": "lightcurves",
            "task": "segmentation", "counts": {"seen": 9}, "source": "curves", "recipe": recipe}
    search = EventSearch(kinds={"planet": KindOfEvent(0.0), "binary": KindOfEvent(0.0)})
    return write_bundle(folder, network.SerializeToString(), curves, cube_meta=meta, name="handmade",
                        head_note="none", settings=EventSettings(search))


def write_value_network(folder, recipe, names):
    """Write a bundle of a network for images of lenses: every number is 0.1 x the mean of the finite pixels."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    from otrain.bundle.writing import write_bundle
    from otrain.catalogue import DOMAINS
    from otrain.data.results.value_encoding import ValueEncoding
    from otrain.data.results.value_settings import ValueSettings

    side, count = recipe["size"], len(names)
    units = tuple(DOMAINS.load("lenses").columns[name].unit for name in names)
    weights = {"zero": np.float32(0), "kernel": np.full((1, count), 0.1, np.float32)}
    nodes = [
        helper.make_node("IsNaN", ["cutout"], ["nan"]),
        helper.make_node("Where", ["nan", "zero", "cutout"], ["known"]),
        helper.make_node("ReduceMean", ["known"], ["features"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["features", "kernel"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes, "handmade", [helper.make_tensor_value_info("cutout", TensorProto.FLOAT, ["N", side, side, 1])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", count]),
         helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", 1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    network = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(network)
    images = np.random.default_rng(0).normal(size=(5, side, side, 1)).astype(np.float32)
    ones = (1.0,) * count
    encoding = ValueEncoding(tuple(names), units, ("linear",) * count, ones, (0.0,) * count, ones)
    meta = {"channels": ["image"], "classes": [], "domain": "lenses", "task": "regression", "counts": {"seen": 9},
            "source": "images", "recipe": recipe,
            "targets": [{"name": name, "column": name, "shape": [], "unit": unit} for name, unit in zip(names, units, strict=True)]}
    return write_bundle(folder, network.SerializeToString(), images, cube_meta=meta, name="handmade", head_note="none",
                        settings=ValueSettings(encoding, width=ones), encoding=encoding.to_dict())
