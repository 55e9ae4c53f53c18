"""Good files of every format with one value that is none: NaN, infinity, or too large for float32."""

import base64
import io
import json

import numpy as np
from astropy.io import fits

__all__ = ["SPOIL"]

FLUXES = {"flux", "SAP_FLUX", "coadded", "MEAN_LC", "cube", "src", "images", "X", "stamps"}
ROW = 3  # whose value is replaced


def _fits(data, value):
    with fits.open(io.BytesIO(data)) as hdus:
        if hdus[0].data is not None:
            image = hdus[0].data.astype("f8")
            image.flat[ROW] = value
            made = [fits.PrimaryHDU(image, hdus[0].header)]
        else:
            columns = [fits.Column(c.name, "D", unit=c.unit, array=_changed(hdus[1].data[c.name], c.name, value))
                       for c in hdus[1].columns]
            made = [fits.PrimaryHDU(header=hdus[0].header), fits.BinTableHDU.from_columns(columns)]
        out = io.BytesIO()
        fits.HDUList(made).writeto(out)
        return out.getvalue()


def _changed(values, name, value):
    values = np.array(values, "f8") if np.asarray(values).dtype.kind in "fiu" else np.array(values)
    if name in FLUXES:
        values.flat[ROW % values.size] = value
    return values


def _text(data, value):
    lines = data.decode().split("\n")
    mark = "," if "," in lines[-2] else " "
    cells = lines[-2 - ROW].split(mark)
    cells[1] = repr(float(value))
    lines[-2 - ROW] = mark.join(cells)
    return "\n".join(lines).encode()


def _arrow(kind):
    def spoil(data, value):
        import pyarrow as pa
        from pyarrow import feather, parquet

        read, write = ((parquet.read_table, parquet.write_table) if kind == "parquet"
                       else (feather.read_table, feather.write_feather))
        table, out = read(io.BytesIO(data)), io.BytesIO()
        if "cutoutDifference" in table.column_names:
            rows = [{**row, "cutoutDifference": _packet(row["cutoutDifference"], value)} for row in table.to_pylist()]
            write(pa.Table.from_pylist(rows, schema=table.schema), out)
            return out.getvalue()
        write(pa.table({name: _changed(table[name].to_numpy(), name, value) for name in table.column_names}), out)
        return out.getvalue()

    return spoil


def _packet(stamp, value):
    return stamp | {"stampData": _fits(stamp["stampData"], value)}


def _json(data, value):
    alert = json.loads(data)
    stamp = alert["cutoutDifference"]
    stamp["stampData"] = base64.b64encode(_fits(base64.b64decode(stamp["stampData"]), value)).decode()
    return json.dumps(alert).encode()


def _npy(data, value):
    out, values = io.BytesIO(), np.load(io.BytesIO(data)).astype("f8")
    values[:, 0, 1, 0] = value
    np.save(out, values)
    return out.getvalue()


def _hdf5(data, value):
    import h5py

    out = io.BytesIO(data)
    with h5py.File(out, "r+") as file:
        for name in FLUXES & set(file):
            values = _changed(file[name][()], name, value)
            del file[name]
            file[name] = values
    return out.getvalue()


def _npz(data, value):
    out = io.BytesIO()
    with np.load(io.BytesIO(data)) as file:
        np.savez(out, **{name: _changed(file[name], name, value) for name in file})
    return out.getvalue()


def _avro(data, value):
    import fastavro

    packets = fastavro.reader(io.BytesIO(data))
    out, schema = io.BytesIO(), packets.writer_schema
    fastavro.writer(out, schema, [packet | {"cutoutDifference": _fits(packet["cutoutDifference"], value)} for packet in packets])
    return out.getvalue()


SPOIL = {"fits": _fits, "text": _text, "ecsv": _text, "parquet": _arrow("parquet"), "feather": _arrow("feather"),
         "hdf5": _hdf5, "npz": _npz, "avro": _avro, "json": _json,
         "npy": _npy}
