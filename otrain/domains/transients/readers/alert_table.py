"""Read alerts in Parquet, one a row, with binary cutouts: as Fink hands them on."""

import os

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.alert import read_alert
from otrain.domains.transients.readers.packets import CUTOUT, to_packet
from otrain.errors import MissingExtraError

__all__ = ["PARQUET", "READER", "AlertTableReader", "names_cutouts"]

PARQUET = b"PAR1"
TOGETHER = 64  # rows that are read at a time
LARGEST_FOOTER = 64 << 20  # bytes


def names_cutouts(path):
    """Return whether the last bytes of a Parquet file, which name its columns, speak of cutouts.

    None: they are broken.
    """
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size < 12:
            return None
        file.seek(size - 8)
        tail = file.read(8)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != PARQUET or length > min(size - 8, LARGEST_FOOTER):
            return None
        file.seek(size - 8 - length)
        return b"utout" in file.read(length)


class AlertTableReader:
    """Reader of many alerts in one table."""

    name = "alert-table"
    formats = ("parquet",)

    def recognises(self, probe):
        """Return whether the file is Parquet."""
        return probe.head.startswith(PARQUET)

    def count(self, probe):
        """Return the number of rows, and no notes."""
        with _opened(probe) as table:
            return table.metadata.num_rows, ()

    def read(self, probe):
        """Yield the alerts, those of `probe.rows` only if given; for a faulty one, the exception."""
        with _opened(probe) as table:
            names = list(table.schema_arrow.names)
            if not any(CUTOUT.fullmatch(name) for name in names):
                raise InputRejected("no-image", f"the table has no column of cutouts. It has: "
                                                f"{', '.join(names[:20])}.")
            start, stop = probe.rows or (0, table.metadata.num_rows)
            for position, record in _records(table, start, stop):
                # A faulty alert must not lose the others: the door says what its fault means.
                try:
                    yield read_alert(to_packet(record), position)
                except (Exception, MemoryError) as error:
                    yield error


def _opened(probe):
    """Return the open table."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    return parquet.ParquetFile(probe.path, memory_map=False)


def _records(table, start, stop):
    """Yield number and content of the rows from `start` to before `stop`."""
    before = 0
    for group in range(table.num_row_groups):
        rows = table.metadata.row_group(group).num_rows
        if before + rows > start and before < stop:
            position = before
            for batch in table.iter_batches(TOGETHER, row_groups=[group], use_threads=False):
                first, last = max(start - position, 0), min(stop - position, batch.num_rows)
                if first < last:
                    for offset, record in enumerate(batch.slice(first, last - first).to_pylist()):
                        yield position + first + offset, record
                position += batch.num_rows
                if position >= stop:
                    return
        before += rows


READER = AlertTableReader()
