import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.avro_schema import require_finite


def record(**fields):
    return {"type": "record", "name": "alert", "fields": [{"name": name, "type": kind} for name, kind in fields.items()]}


@pytest.mark.parametrize("schema", [
    record(candid="long", cutout=["null", "bytes"]),
    record(history={"type": "array", "items": record(x="double")}),
    record(next=["null", "alert"]), record(all={"type": "array", "items": "alert"}, x="int"),
    record(kind={"type": "enum", "name": "k", "symbols": ["a"]}, values={"type": "map", "values": "null"}),
    record(nothing="null", something={"type": "fixed", "name": "f", "size": 3}),
])
def test_schema_whose_values_take_bytes_is_let_through(schema):
    require_finite(schema)


@pytest.mark.parametrize("schema", [
    "null", record(), record(x="null"), record(x={"type": "array", "items": "null"}, y="int"),
    record(x={"type": "array", "items": record(y="null")}),
    record(x=["null", {"type": "array", "items": {"type": "fixed", "name": "f", "size": 0}}]),
    record(x={"type": "map", "values": {"type": "array", "items": "null"}}),
])
def test_schema_of_values_without_bytes_is_refused(schema):
    with pytest.raises(InputRejected, match=r"corrupt.*without content"):
        require_finite(schema)


def test_schema_that_nests_without_end_is_refused():
    schema = "int"
    for _ in range(60):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InputRejected, match="nests more than 50"):
        require_finite(schema)
