"""What every reader of the catalogue must do: know its own files, and only those."""

import importlib.util
from pathlib import Path

import h5py
import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import DOMAINS, READERS
from otrain.data.example import Example
from otrain.data.outcomes import Kept
from otrain.data.probe import Probe
from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe

PIXELS = np.arange(25, dtype="f4").reshape(5, 5)
REAL_ALERTS = Path(__file__).parents[3] / "shared" / "data" / "transients" / "alerts_avro"


def make_fits(folder):
    header = fits.Header({"CANDID": "c1", "MAG": 17.5, "EDGE": "False"})
    fits.PrimaryHDU(PIXELS, header).writeto(folder / "c1.fits")
    return folder / "c1.fits"


def make_alert(folder):
    fastavro = pytest.importorskip("fastavro")
    image = make_fits(folder)
    schema = {"type": "record", "name": "pgir.alert", "fields": [
        {"name": "candid", "type": "long"}, {"name": "cutoutDifference", "type": "bytes"}]}
    with (folder / "a.avro").open("wb") as stream:
        fastavro.writer(stream, schema, [{"candid": 1, "cutoutDifference": image.read_bytes()}])
    return folder / "a.avro"


def make_gotorb(folder):
    with h5py.File(folder / "data_stamps.h5", "w") as file:
        file["src"] = np.zeros((1, 5, 5, 6))
    (folder / "data_labels.csv").write_text("id,label\na,1\n")
    return folder / "data_stamps.h5"


def make_npz(folder):
    np.savez(folder / "cube.npz", cube=PIXELS[None, ..., None], labels=[1])
    return folder / "cube.npz"


TIMES = np.arange(8) * 0.02


def make_fits_curve(folder):
    columns = [fits.Column("TIME", "D", unit="BJD - 2454833", array=TIMES),
               fits.Column("SAP_FLUX", "E", unit="e-/s", array=1000 + np.arange(8))]
    hdus = fits.HDUList([fits.PrimaryHDU(header=fits.Header({"KEPLERID": 5, "QUARTER": 3, "MISSION": "Kepler"})),
                         fits.BinTableHDU.from_columns(columns)])
    hdus.writeto(folder / "kplr000000005_llc.fits")
    return folder / "kplr000000005_llc.fits"


def make_csv_curve(folder):
    (folder / "star.csv").write_text("time,flux\n" + "".join(f"{t},{1 + t / 9}\n" for t in TIMES))
    return folder / "star.csv"


def make_ecsv_curve(folder):
    (folder / "star.ecsv").write_text("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: time, unit: d, datatype: float64}\n"
                                      "# - {name: flux, datatype: float64}\ntime flux\n0.0 1.0\n0.02 1.1\n")
    return folder / "star.ecsv"


def make_parquet_curve(folder):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pa.table({"time": TIMES, "flux": TIMES + 1}), folder / "star.parquet")
    return folder / "star.parquet"


def make_panopticon(folder):
    pa, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
    feather.write_feather(pa.table({"time": TIMES, "camera": TIMES, "coadded": TIMES + 1}), str(folder / "sim1_Q2.ftr"))
    return folder / "sim1_Q2.ftr"


def make_psls(folder):
    (folder / "0001.dat").write_text("# Time [s], Flux variation [ppm], Flag\n0 1 0\n60 2 0\n120 0 1\n")
    return folder / "0001.dat"


FIXTURES = {"fits": make_fits, "alert": make_alert, "gotorb": make_gotorb, "otrain-npz": make_npz,
            "fits-curve": make_fits_curve, "csv-curve": make_csv_curve,
            "ecsv-curve": make_ecsv_curve, "parquet-curve": make_parquet_curve, "panopticon": make_panopticon,
            "psls": make_psls}
DOMAIN_OF = {reader: DOMAINS.load(name) for name in DOMAINS for reader in DOMAINS.load(name).readers}


def test_every_reader_belongs_to_one_domain():
    assert set(DOMAIN_OF) == set(READERS)
    assert len(DOMAIN_OF) == sum(len(DOMAINS.load(name).readers) for name in DOMAINS)


def test_every_reader_has_a_fixture():
    assert set(READERS) >= set(FIXTURES)
    assert not {name for name in READERS if name not in FIXTURES}


@pytest.mark.parametrize("name", FIXTURES)
def test_exactly_one_reader_recognises_a_file(tmp_path, name):
    path = str(FIXTURES[name](tmp_path))
    assert [known for known in DOMAIN_OF[name].readers if READERS.load(known).recognises(Probe(path))] == [name]


@pytest.mark.parametrize("name", FIXTURES)
def test_reader_yields_examples_of_the_domain(tmp_path, name):
    examples = list(READERS.load(name).read(Probe(str(FIXTURES[name](tmp_path)))))
    assert examples
    for example in examples:
        assert isinstance(example, Example)
        assert example.image.ndim == len(DOMAIN_OF[name].axes)
        assert example.image.dtype.kind == "f"
        assert example.image.shape[-1] == len(example.channels) == len(set(example.channels))
        columns = DOMAIN_OF[name].columns
        assert set(example.columns) <= set(columns)
        for column, value in example.columns.items():
            assert isinstance(value, columns[column].kind), column


@pytest.mark.parametrize("name", FIXTURES)
def test_reader_has_the_name_of_its_entry(name):
    assert READERS.load(name).name == name


@pytest.mark.parametrize("content", [b"x", b"SIMPLE", b"\x1f\x8b", b"Obj", b"\0\0\0\0\0\0", b"%PDF-1.4"])
def test_no_reader_recognises_what_is_none_of_theirs(tmp_path, content):
    (tmp_path / "x.bin").write_bytes(content)
    assert not any(READERS.load(name).recognises(Probe(str(tmp_path / "x.bin"))) for name in READERS)


@pytest.mark.skipif(not REAL_ALERTS.is_dir(), reason="the real alerts are not here")
@pytest.mark.skipif(importlib.util.find_spec("fastavro") is None, reason="fastavro is not installed")
@pytest.mark.parametrize("survey", ["ztf", "lsst", "pgir", "winter", "decam"])
def test_real_alerts_of_every_survey_are_read(survey):
    door = Door(make_recipe())
    outcomes = [outcome for item in list_inputs(REAL_ALERTS / survey).inputs for outcome in door(item)]
    assert outcomes
    assert all(isinstance(outcome, Kept) for outcome in outcomes)
    for outcome in outcomes:
        assert outcome.example.channels == ("science", "template", "difference")
        assert {"candid", "object_id", "ra", "dec", "mjd", "mag", "band"} <= set(outcome.example.columns)
