"""Pack bytes as ``compress`` does, which Python cannot; compared with gzip's decoder by hand."""

__all__ = ["compress"]


def compress(data, widest=16):
    """Return bytes in the form of a ``.Z`` file."""
    table, free, bits, group = {bytes([n]): n for n in range(256)}, 257, 9, []
    out, word = bytearray(b"\x1f\x9d" + bytes([0x80 | widest])), b""

    def flush(whole):
        number = sum(code << place * bits for place, code in enumerate(group))
        out.extend(number.to_bytes(bits if whole else -(-len(group) * bits // 8), "little"))
        group.clear()

    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        group.append(table[word])
        if len(group) == 8:
            flush(True)
        if free < 1 << widest:
            table[longer], free = free, free + 1
            if free > 1 << bits and bits < widest:
                if group:
                    flush(True)
                bits += 1
        word = bytes([byte])
    group.append(table[word])
    flush(False)
    return bytes(out)
