"""One good file for every reader of the catalogue and every format that it takes."""

import base64
import json

import h5py
import numpy as np
import pytest
from astropy.io import fits

__all__ = ["GOOD"]

PIXELS = np.arange(25, dtype="f4").reshape(5, 5)
TIMES = np.arange(40) * 0.02
FLUX = 1 + np.arange(40) * 7 % 11 / 1000


def _fits(folder):
    header = fits.Header({"CANDID": "c1", "MAG": 17.5, "EDGE": "False"})
    fits.PrimaryHDU(PIXELS, header).writeto(folder / "c1.fits")
    return folder / "c1.fits"


def _alert(folder):
    fastavro = pytest.importorskip("fastavro")
    image = _fits(folder)
    schema = {"type": "record", "name": "pgir.alert", "fields": [
        {"name": "candid", "type": "long"}, {"name": "cutoutDifference", "type": "bytes"}]}
    with (folder / "a.avro").open("wb") as stream:
        fastavro.writer(stream, schema, [{"candid": 1, "cutoutDifference": image.read_bytes()}])
    return folder / "a.avro"


def _gotorb(folder):
    with h5py.File(folder / "data_stamps.h5", "w") as file:
        file["src"] = np.zeros((1, 5, 5, 6))
    (folder / "data_labels.csv").write_text("id,label\na,1\n")
    return folder / "data_stamps.h5"


def _npz(folder):
    np.savez(folder / "cube.npz", cube=PIXELS[None, ..., None], labels=[1])
    return folder / "cube.npz"


def _cube(store, name):
    def write(folder):
        from otrain.data.cubes.datacube import write_cube

        path = folder / name if store == "h5" else folder / "cube"
        write_cube(path, [PIXELS[None, ..., None]], labels=[1], columns={"candid": np.array(["a"])}, meta={}, store=store).close()
        return path if store == "h5" else path / name

    return write


def _fits_curve(folder):
    columns = [fits.Column("TIME", "D", unit="BJD - 2454833", array=TIMES),
               fits.Column("SAP_FLUX", "E", unit="e-/s", array=1000 * FLUX)]
    hdus = fits.HDUList([fits.PrimaryHDU(header=fits.Header({"KEPLERID": 5, "QUARTER": 3, "MISSION": "Kepler"})),
                         fits.BinTableHDU.from_columns(columns)])
    hdus.writeto(folder / "kplr000000005_llc.fits")
    return folder / "kplr000000005_llc.fits"


def _csv_curve(folder):
    (folder / "star.csv").write_text("time,flux\n" + "".join(f"{t},{f}\n" for t, f in zip(TIMES, FLUX, strict=True)))
    return folder / "star.csv"


def _ecsv_curve(folder):
    (folder / "star.ecsv").write_text("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: time, unit: d, datatype: float64}\n"
                                      "# - {name: flux, datatype: float64}\ntime flux\n" + "".join(f"{t} {f}\n" for t, f in zip(TIMES, FLUX, strict=True)))
    return folder / "star.ecsv"


def _parquet_curve(folder):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"time": TIMES, "flux": FLUX}), folder / "star.parquet")
    return folder / "star.parquet"


def _panopticon(folder):
    pa, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
    feather.write_feather(pa.table({"time": TIMES, "camera": TIMES, "coadded": FLUX}), str(folder / "sim1_Q2.ftr"))
    return folder / "sim1_Q2.ftr"


def _psls(folder):
    (folder / "0001.dat").write_text("# Time [s], Flux variation [ppm], Flag\n"
                                    + "".join(f"{t * 86400} {f} 0\n" for t, f in zip(TIMES, FLUX, strict=True)))
    return folder / "0001.dat"


def _psls_hdf5(folder):
    with h5py.File(folder / "0001.hdf5", "w") as file:
        file["MEAN_LC"] = np.column_stack([FLUX, FLUX * 0])
        file["TIME"], file["TRANSIT_LC"] = TIMES * 86400, np.ones((40, 2))
    return folder / "0001.hdf5"


def _psls_npz(folder):
    np.savez(folder / "0001_1800s.npz", flux=FLUX, label=np.zeros(40), valid=np.ones(40, bool))
    return folder / "0001_1800s.npz"


def _npy(folder):
    np.save(folder / "triplets.npy", np.stack([PIXELS, PIXELS.T, PIXELS + 1], -1)[None].repeat(2, 0))
    (folder / "candidates.csv").write_text("candid,label\n1,0\n2,1\n")
    return folder / "triplets.npy"


def _stack_npz(folder):
    np.savez(folder / "set.npz", X=PIXELS[None, ..., None], y=[1])
    return folder / "set.npz"


def _stack_hdf5(folder):
    with h5py.File(folder / "stamps.h5", "w") as file:
        file["stamps"], file["labels"] = PIXELS[None, ..., None], [1]
    return folder / "stamps.h5"


def _alert_table(folder):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    stamp = {"fileName": "x.fits", "stampData": _fits(folder).read_bytes()}
    parquet.write_table(pa.table({"objectId": ["ZTF18a"], "candid": [1], "cutoutDifference": [stamp]}), folder / "ztf.parquet")
    return folder / "ztf.parquet"


def _json_alert(folder):
    stamp = base64.b64encode(_fits(folder).read_bytes()).decode()
    (folder / "a.json").write_text(json.dumps({"candid": 1, "cutoutDifference": {"stampData": stamp}}))
    return folder / "a.json"


def _lens_stack(folder):
    np.savez(folder / "lenses.npz", images=PIXELS[None], filename=["a.png"], theta_e=[1.2])
    return folder / "lenses.npz"


def _lens_fits(folder):
    header = fits.Header({"CTYPE1": "RA---TAN", "CD1_1": -2.8e-5, "CD2_2": 2.8e-5})
    planes = [fits.ImageHDU(PIXELS + 1, header, name) for name in ("ERR", "PSF")]
    fits.HDUList([fits.PrimaryHDU(PIXELS, header), *planes]).writeto(folder / "lens.fits")
    return folder / "lens.fits"


def _picture(ending):
    def write(folder):
        from PIL import Image

        Image.fromarray(PIXELS.astype("u1")).save(folder / f"c1.{ending}")
        return folder / f"c1.{ending}"

    return write


# By reader and format; the first of a reader is also what the contract of readers is tested with.
GOOD = {
    "fits": {"fits": _fits}, "alert": {"avro": _alert}, "gotorb": {"hdf5": _gotorb},
    "stack": {"npy": _npy, "npz": _stack_npz, "hdf5": _stack_hdf5}, "alert-table": {"parquet": _alert_table},
    "json-alert": {"json": _json_alert}, "picture": {"png": _picture("png"), "jpeg": _picture("jpg")},
    "otrain-npz": {"npz": _npz, "hdf5": _cube("h5", "cube.h5"), "cube-folder": _cube("folder", "cube.json")},
    "fits-curve": {"fits": _fits_curve}, "csv-curve": {"text": _csv_curve}, "ecsv-curve": {"ecsv": _ecsv_curve},
    "parquet-curve": {"parquet": _parquet_curve}, "panopticon": {"feather": _panopticon},
    "lens-picture": {"png": _picture("png")}, "lens-stack": {"npz": _lens_stack}, "lens-fits": {"fits": _lens_fits},
    "psls": {"text": _psls, "hdf5": _psls_hdf5, "npz": _psls_npz},
}
