"""Read light curves from text: CSV, tables of columns with or without names, IPAC tables."""

import re

from otrain.data.inputs.counted import compression_of
from otrain.domains.lightcurves.readers.columns_of import from_columns
from otrain.domains.lightcurves.readers.text_tables import read_text_table

__all__ = ["READER", "CsvCurveReader", "is_text", "read_text_columns"]

LARGEST = 512 << 20  # bytes
_ENDINGS = (".csv", ".txt", ".dat", ".lc", ".tsv", ".tbl", ".tab", ".asc", ".ascii", ".phot", ".tfalc", "")
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*\Z")
_LOOK = 4096  # bytes
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PSLS = b"Flux variation [ppm]"  # those have a reader of their own


def is_text(head):
    """Return whether the first bytes of a file are lines of text."""
    if head.startswith((b"# %ECSV", b"SIMPLE  =", b"PAR1")):
        return False
    return bool(_TEXT.match(head[:_LOOK])) or head.startswith(_UTF16)


class CsvCurveReader:
    """Reader of light curves from a file of text, compressed or not."""

    name = "csv-curve"
    formats = ("text", "gzip", "bzip2")

    def recognises(self, probe):
        """Return whether the file is text with the ending of a table, or compressed under such a name."""
        name = probe.suffixes.removesuffix(".gz").removesuffix(".bz2")
        if not name.endswith(_ENDINGS[:-1]) and name != "":
            return False
        compression = compression_of(probe.head)
        if compression == "gzip":
            return probe.suffixes.endswith(".gz") and not name.endswith(".ecsv")
        if compression == "bzip2":
            return probe.suffixes.endswith(".bz2")
        return bool(probe.suffixes) and is_text(probe.head) and _PSLS not in probe.head[:1 << 16]

    def read(self, probe):
        """Yield the light curves of a file."""
        table = read_text_table(probe.expanded(LARGEST))
        yield from from_columns(table.columns, table.units, probe, named=table.named, unread=table.unread)


def read_text_columns(data):
    """Return the columns of a table of text as a dict of arrays; see `read_text_table`."""
    return read_text_table(data).columns


READER = CsvCurveReader()
