"""Pulses in text files: ``# name width`` and one voltage a line."""

import numpy as np

from otrain.data.inputs.example import Example

__all__ = ["READER", "TextReader"]


class TextReader:
    """Read one pulse from a text file; see `otrain.domains.domain.readers_of`."""

    name, domain = "pulse-text", "pulses"

    def recognises(self, probe):
        """Tell whether a file begins as ours do."""
        return probe.head.startswith(b"# ")

    def read(self, probe):
        """Yield the pulse."""
        head, *lines = open(probe.path, encoding="utf-8").read().splitlines()  # noqa: SIM115
        _, name, width = head.split()
        volts = np.array(lines, np.float32)
        yield Example(volts[:, None], ("volts",), {"candid": name, "width": float(width)})


READER = TextReader()
