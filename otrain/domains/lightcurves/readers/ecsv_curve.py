"""Read light curves from ECSV tables, whose columns carry their units."""

import re

from otrain.data.inputs.probe import GZIP
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.columns_of import from_columns

__all__ = ["READER", "EcsvCurveReader"]

LARGEST = 256 << 20  # bytes
_MAGIC = b"# %ECSV"
_CLOCK = re.compile(r"\bformat: (btjd|bkjd)\b")
_ABOUT = {"object": "object_id", "object_id": "object_id", "mission": "mission", "telescop": "mission",
          "quarter": "quarter", "sector": "quarter", "mag": "mag", "teff": "teff", "radius": "radius"}


class EcsvCurveReader:
    """Reader of one light curve per ECSV file."""

    name = "ecsv-curve"
    formats = ("ecsv", "gzip")

    def recognises(self, probe):
        """Return whether the file begins as ECSV does, or is gzip of that name."""
        return probe.head.startswith(_MAGIC) or (probe.head.startswith(GZIP)
                                                 and probe.suffixes.endswith(".ecsv.gz"))

    def read(self, probe):
        """Yield the light curve of a file."""
        from astropy.io import ascii

        text = probe.expanded(LARGEST).decode("utf-8")
        clock = _CLOCK.search(text)  # formats of time that only lightkurve knows
        text = _CLOCK.sub("format: jd", text)
        table = ascii.read(text.splitlines(), format="ecsv")
        columns = {name: _filled(table[name]) for name in table.colnames}
        units = {name: str(table[name].unit) for name in table.colnames if getattr(table[name], "unit", None)}
        if clock:
            units |= {name: clock[1] for name in columns if hasattr(table[name], "jd")}
        yield from from_columns(columns, units, probe, about=_about(table.meta))


def _filled(column):
    """Return a column without astropy's mask or time scale: missing numbers are NaN."""
    if hasattr(column, "jd"):  # a column of astropy's Time
        return column.jd
    if hasattr(column, "filled") and column.dtype.kind in "fiu":
        return column.astype(float).filled(float("nan"))
    return getattr(column, "value", column)


def _about(meta):
    """Return what the header of a table says of its star."""
    found = {}
    for key, value in meta.items():
        name = _ABOUT.get(str(key).lower())
        if name in ("object_id", "mission"):
            found[name] = str(value)
        elif name is not None:
            try:
                found[name] = int(value) if name == "quarter" else float(value)
            except (TypeError, ValueError):
                raise InputRejected("bad-column", f"the header says {key} = {value!r}, which is no number."
                                    ) from None
    return found


READER = EcsvCurveReader()
