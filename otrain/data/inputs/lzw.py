"""Decode the LZW compression of ``compress``, whose files end in ``.Z``."""

__all__ = ["LzwError", "decode_lzw"]

_CHUNK = 1 << 16  # bytes of codes that are read at a time
_CLEAR, _FIRST_BITS = 256, 9
_LARGEST_TABLE = 128 << 20  # bytes of all entries: 65,536 of a cutout have less than one MB


class LzwError(ValueError):
    """The codes are none that ``compress`` writes."""


def decode_lzw(stream):
    """Yield the expanded bytes of a ``.Z`` file in pieces.

    Parameters
    ----------
    stream : binary file
        At its beginning.

    Yields
    ------
    bytes

    Raises
    ------
    LzwError
        If a code stands for nothing. The format has no checksum and no mark of its end: a file
        that ends early is not noticed here.
    """
    head = stream.read(3)
    if len(head) < 3 or head[:2] != b"\x1f\x9d":
        raise LzwError("no header of compress")
    widest, resets = head[2] & 0x1F, bool(head[2] & 0x80)
    if not _FIRST_BITS <= widest <= 16 or head[2] & 0x60:
        raise LzwError(f"{widest} bits a code")
    single = [bytes([n]) for n in range(256)]
    table, previous, out, size, known = _fresh(single, resets), b"", [], 0, 0
    for code in _codes(stream, widest, resets, table):
        if code == _CLEAR and resets:
            table[:], previous, known = _fresh(single, resets), b"", 0
            continue
        if code < len(table):
            entry = table[code]
        elif code == len(table) and previous:
            entry = previous + previous[:1]
        else:
            raise LzwError(f"the code {code} stands for nothing")
        if previous and len(table) < 1 << widest:
            table.append(previous + entry[:1])
            known += len(previous) + 1
            if known > _LARGEST_TABLE:
                raise LzwError("no data of a telescope repeat themselves so long")
        previous = entry
        out.append(entry)
        size += len(entry)
        if size >= _CHUNK:
            yield b"".join(out)
            out, size = [], 0
    yield b"".join(out)


def _fresh(single, resets):
    return [*single, b""] if resets else [*single]


def _codes(stream, widest, resets, table):
    """Yield the codes; their width grows with the table, and each width fills whole groups of 8 codes."""
    bits, data, at = _FIRST_BITS, stream.read(_CHUNK), 0
    while True:
        # A group of 8 codes is `bits` bytes long; the rest of one is skipped when the width changes.
        if len(data) - at < bits:
            data, at = data[at:] + stream.read(_CHUNK), 0
        group = data[at:at + bits]
        at += bits
        number, changed = int.from_bytes(group, "little"), False
        for place in range(8 * len(group) // bits):
            code = number >> place * bits & (1 << bits) - 1
            yield code
            if code == _CLEAR and resets:
                bits, changed = _FIRST_BITS, True
                break
            if bits < widest and len(table) >= 1 << bits:
                bits, changed = bits + 1, True
                break
        if len(group) < bits and not changed:
            return
        if not group:
            return
