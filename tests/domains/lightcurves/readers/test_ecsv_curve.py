import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from astropy.time import Time

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.ecsv_curve import READER


def read(table, path):
    table.write(path, format="ascii.ecsv")
    probe = Probe(str(path))
    assert READER.recognises(probe)
    example, = READER.read(probe)
    return example


def test_units_of_the_columns_are_obeyed_and_masked_values_are_missing(tmp_path):
    table = Table({"time": [0.0, 12, 24], "flux": MaskedColumn([0.0, 100, 0], mask=[False, False, True])},
                  units={"time": "h", "flux": "%"}, meta={"OBJECT": "TIC 9", "SECTOR": 3, "TEFF": 4000})
    example = read(table, tmp_path / "s.ecsv")
    np.testing.assert_allclose(example.image, [[0, 1], [0.5, 2], [1, np.nan]])
    assert example.columns["object_id"] == "TIC 9" and example.columns["quarter"] == 3
    assert example.columns["teff"] == 4000


def test_column_of_astropy_times_is_a_julian_date(tmp_path):
    table = Table({"time": Time([2457000.5, 2457000.52], format="jd"), "flux": [1.0, 2.0]})
    example = read(table, tmp_path / "t.ecsv")
    np.testing.assert_allclose(example.image[:, 0], [2457000.5, 2457000.52])
    assert example.columns["time_scale"] == "BJD"


def test_clock_of_lightkurve_is_understood(tmp_path):
    (tmp_path / "k.ecsv").write_text(
        "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: time, datatype: float64}\n# - {name: flux, datatype: float64}\n"
        "# meta: !!omap\n# - __serialized_columns__:\n#     time:\n#       __class__: astropy.time.core.Time\n"
        "#       format: btjd\n#       in_subfmt: '*'\n#       out_subfmt: '*'\n#       precision: 3\n#       scale: tdb\n"
        "#       value: !astropy.table.SerializedColumn {name: time}\n# schema: astropy-2.0\n"
        "time flux\n1354.25 1.0\n1354.5 1.1\n")
    example, = READER.read(Probe(str(tmp_path / "k.ecsv")))
    np.testing.assert_allclose(example.image[:, 0], [1354.25, 1354.5])
    assert example.columns["time_scale"] == "BTJD"


def test_nonsense_in_the_header_is_named(tmp_path):
    with pytest.raises(InputRejected, match="TEFF = 'hot', which is no number"):
        read(Table({"time": [0.0, 1], "flux": [1.0, 2]}, meta={"TEFF": "hot"}), tmp_path / "s.ecsv")
