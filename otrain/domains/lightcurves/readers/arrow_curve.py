"""Read light curves from Parquet, and from the feather quarters of Panopticon."""

import re

from otrain.data.inputs.probe import MOST_PACKED
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.columns_of import from_columns, star_of
from otrain.errors import MissingExtraError

__all__ = ["PANOPTICON", "PARQUET", "PanopticonReader", "ParquetCurveReader"]

LARGEST = 512 << 20  # bytes
UNSUSPICIOUS = 256 << 20  # bytes that a small file may unpack to
_QUARTER = re.compile(r"(.+?)_Q(\d+)$", re.IGNORECASE)


class ParquetCurveReader:
    """Reader of one light curve per Parquet file, by the names of its columns."""

    name = "parquet-curve"
    formats = ("parquet",)

    def recognises(self, probe):
        """Return whether the file is Parquet."""
        return probe.head.startswith(b"PAR1")

    def read(self, probe):
        """Yield the light curve of a file."""
        columns = _columns(probe, "parquet")
        yield from from_columns(columns, {}, probe)


class PanopticonReader:
    """Reader of feather files: a time, cameras, and their co-added flux in the last column.

    Where a column is called flux it is taken, as in any other table. The name ``sim00001_Q3.ftr`` tells
    star and quarter.
    """

    name = "panopticon"
    formats = ("feather",)

    def recognises(self, probe):
        """Return whether the file is feather, of either version."""
        return probe.head.startswith((b"ARROW1", b"FEA1"))

    def read(self, probe):
        """Yield the light curve of a quarter."""
        columns = _columns(probe, "feather")
        lower = {name.lower(): name for name in columns}
        wish = probe.options.get("flux", "auto")
        about, named = {"object_id": star_of(probe.path)}, _QUARTER.match(star_of(probe.path))
        if named:
            about |= {"object_id": named[1], "quarter": int(named[2]), "mission": "PLATO"}
        if "flux" not in lower and "time" in lower:
            chosen = _camera(columns, lower["time"], wish)
            columns = {"time": columns[lower["time"]], "flux": columns[chosen]} | {
                name: columns[lower[name]] for name in ("quality", "label", "segment") if name in lower}
            probe.options = {**probe.options, "flux": "auto"}
            about["flux_column"] = chosen
        yield from from_columns(columns, {}, probe, about=about)


def _camera(columns, time, wish):
    """Return the column of a camera, or that of all."""
    names = [name for name in columns if name != time]
    if not names:
        raise InputRejected("missing-channel", f"there is no flux beside {time!r}.")
    if wish == "auto":
        return names[-1]
    known = {name.lower(): name for name in names}
    if wish.lower() not in known:
        raise InputRejected("missing-channel", f"there is no camera {wish!r}. Present: {', '.join(names)}.")
    return known[wish.lower()]


def _columns(probe, kind):
    """Return the columns of a file of pyarrow's formats."""
    try:
        import pyarrow as pa
        from pyarrow import feather, parquet
    except ImportError:
        raise MissingExtraError(f"{probe.path}: {kind} files need pyarrow. Install otrain[parquet]."
                                ) from None
    source = pa.BufferReader(probe.read(LARGEST))
    largest = max(UNSUSPICIOUS, MOST_PACKED * probe.size)
    try:
        # No threads: there is a worker for each core.
        if kind == "parquet":
            about = parquet.read_metadata(source)
            _require_size(about.num_rows * about.num_columns * 8, largest)
            table = parquet.read_table(source, use_threads=False)
        else:
            table = feather.read_table(source, use_threads=False)
        _require_size(table.num_rows * table.num_columns * 8, largest)
    except (pa.ArrowException, OSError) as error:
        raise InputRejected("corrupt", f"pyarrow cannot read it: {' '.join(str(error).split())[:200]}"
                            ) from None
    # pandas writes its row numbers as a column behind the others.
    return {name: table[name].to_numpy() for name in table.column_names
            if not name.startswith("__index_level")}


def _require_size(size, largest):
    if size > largest:
        raise InputRejected("too-large", f"the table unpacks to {size / 1e6:.0f} MB of numbers; "
                                         f"{largest / 1e6:.0f} MB are allowed for a file of its size.")


PARQUET = ParquetCurveReader()
PANOPTICON = PanopticonReader()
