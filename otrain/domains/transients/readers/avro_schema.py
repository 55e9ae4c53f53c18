"""Schemas of Avro files of strangers: none whose values take no bytes, however many there are."""

from otrain.data.inputs.quarantine import InputRejected

__all__ = ["require_finite"]

_DEEPEST = 50  # nested types; LSST has 6
_PLAIN = {"null": 0, "boolean": 1, "int": 1, "long": 1, "float": 4, "double": 8, "bytes": 1, "string": 1}


def require_finite(schema):
    """Refuse a schema by which a few bytes stand for any number of values.

    A block of 2^40 nulls is 6 bytes long, and is read for hours into memory without end.

    Parameters
    ----------
    schema : dict, list or str
        As fastavro gives it.

    Raises
    ------
    InputRejected
        ``corrupt`` if a packet, or an item of an array in it, may have no bytes.
    """
    if not _least(schema, {}, 0):
        raise InputRejected("corrupt", "the schema describes packets without content.")


def _least(schema, known, depth):
    """Return the least number of bytes of a value; look at every type within."""
    if depth > _DEEPEST:
        raise InputRejected("corrupt", f"the schema nests more than {_DEEPEST} types.")
    if isinstance(schema, list):
        for branch in schema:
            _least(branch, known, depth + 1)
        return 1  # the number of the branch
    if isinstance(schema, str):
        # A record that stands in itself: it ends somewhere, by a union, which takes a byte.
        return _PLAIN.get(schema, known.get(schema, 1))
    kind = schema.get("type")
    if kind == "array":
        if not _least(schema["items"], known, depth + 1):
            raise InputRejected("corrupt", "the schema describes a list of values without content.")
        return 1
    if kind == "map":
        _least(schema["values"], known, depth + 1)
        return 1
    if kind in ("record", "error"):
        size = sum(_least(field["type"], known, depth + 1) for field in schema.get("fields", ()))
        known[schema.get("name")] = size
        return size
    if kind == "fixed":
        known[schema.get("name")] = schema["size"]
        return schema["size"]
    return 1 if kind == "enum" else _least(kind, known, depth + 1)
