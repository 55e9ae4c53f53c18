"""The network file of a bundle as a graph: what it may contain, and one spelling per network."""

from otrain.errors import IntegrityError

__all__ = ["check_graph", "in_one_spelling"]

OPERATOR_SETS = {"", "ai.onnx", "ai.onnx.ml"}  # others may stand for code that ONNX does not define


def check_graph(content, where):
    """Refuse a network that reads other files, loops, or uses operators outside ONNX itself.

    ONNX Runtime executes nothing but its own operators; weights stored
    "externally" would make it read any file that the network names.

    Parameters
    ----------
    content : bytes
        An ONNX file.
    where : str
        Its name, for the message.

    Raises
    ------
    IntegrityError
        Saying what is refused.
    """
    import onnx
    from google.protobuf.message import DecodeError

    try:
        network = onnx.load_model_from_string(content)
    except DecodeError:
        raise IntegrityError(f"{where}: not an ONNX file.") from None
    if network.functions:
        raise IntegrityError(f"{where}: refused, it defines operators of its own.")
    for message in _messages(network):
        if isinstance(message, onnx.TensorProto) and (
                message.external_data or message.data_location == onnx.TensorProto.EXTERNAL):
            raise IntegrityError(f"{where}: refused, its weights are to be read from another file.")
        if isinstance(message, onnx.AttributeProto) and (message.HasField("g") or message.graphs):
            raise IntegrityError(f"{where}: refused, {message.name!r} is a graph within the graph, which may "
                                 "run for ever.")
        if isinstance(message, onnx.NodeProto) and message.domain not in OPERATOR_SETS:
            raise IntegrityError(f"{where}: refused, operator {message.domain}:{message.op_type} "
                                 "is not one of ONNX.")


def _messages(message):
    """Yield a protobuf message and all within it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if hasattr(value, "__len__") else (value,):
                yield from _messages(part)


def in_one_spelling(network, names):
    """Rename everything inside a network by its order, so that equal networks have equal bytes.

    Converters number values, nodes and the batch dimension differently each time.

    Parameters
    ----------
    network : onnx.ModelProto
        Changed in place.
    names : sequence of str
        New names of the input and of the outputs, in their order.

    Returns
    -------
    onnx.ModelProto
        The same object.
    """
    graph = network.graph
    ports = [*graph.input, *graph.output]
    renamed = {port.name: name for port, name in zip(ports, names, strict=True)}
    renamed[""] = ""  # an optional input that is not given
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for number, node in enumerate(graph.node):
        node.name, node.doc_string = f"{node.op_type}_{number}", ""
        if not node.domain:
            node.ClearField("domain")  # absent and empty mean the same and are other bytes
        for values in (node.input, node.output):
            for place, name in enumerate(values):
                prefix = "w" if name in weights else "v"
                values[place] = renamed.setdefault(name, f"{prefix}{len(renamed)}")
        attributes = sorted(node.attribute, key=lambda attribute: attribute.name)
        node.ClearField("attribute")
        node.attribute.extend(attributes)
    _rename_weights(graph, weights, renamed)
    for port, name in zip(ports, names, strict=True):
        port.name = name
        port.type.tensor_type.shape.dim[0].dim_param = "N"
    graph.ClearField("value_info")
    graph.name, graph.doc_string, network.doc_string = "otrain", "", ""
    network.ClearField("metadata_props")
    return network


def _rename_weights(graph, weights, renamed):
    """Put the weights that are used in the order of their use."""
    graph.ClearField("initializer")
    for name, new in renamed.items():
        if name in weights:
            weights[name].name, weights[name].doc_string = new, ""
            graph.initializer.append(weights[name])
