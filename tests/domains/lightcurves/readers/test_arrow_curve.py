import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.arrow_curve import PANOPTICON, PARQUET

pa = pytest.importorskip("pyarrow")
feather = pytest.importorskip("pyarrow.feather")
parquet = pytest.importorskip("pyarrow.parquet")

TIME = np.arange(4) * 60.0  # s
QUARTER = {"time": TIME, "camera_1": [1.0, 2, 3, 4], "camera_2": [3.0, 4, 5, 6], "coadded": [2.0, 3, 4, np.nan],
           "__index_level_0__": [0, 1, 2, 3]}


def read(reader, path, **options):
    probe = Probe(str(path), options=options)
    assert reader.recognises(probe)
    example, = reader.read(probe)
    return example


@pytest.mark.parametrize("version", [1, 2])
def test_co_added_flux_is_the_last_column_of_a_quarter(tmp_path, version):
    feather.write_feather(pa.table(QUARTER), str(tmp_path / "sim00012_Q3.ftr"), version=version,
                          **({} if version == 1 else {"compression": "zstd"}))
    example = read(PANOPTICON, tmp_path / "sim00012_Q3.ftr")
    np.testing.assert_array_equal(example.image, np.column_stack([TIME / 86400, QUARTER["coadded"]]))
    assert example.columns == {"object_id": "sim00012", "quarter": 3, "mission": "PLATO", "time_scale": "d",
                               "flux_column": "coadded"}


def test_camera_can_be_chosen(tmp_path):
    feather.write_feather(pa.table(QUARTER), str(tmp_path / "sim1_Q1.ftr"))
    assert read(PANOPTICON, tmp_path / "sim1_Q1.ftr", flux="camera_1").image[:, 1].tolist() == [1, 2, 3, 4]
    with pytest.raises(InputRejected, match=r"no camera 'camera_9'\. Present: camera_1, camera_2, coadded"):
        read(PANOPTICON, tmp_path / "sim1_Q1.ftr", flux="camera_9")


def test_feather_with_a_flux_is_read_by_name(tmp_path):
    feather.write_feather(pa.table({"flux": [1.0, 2], "time": [0.0, 1], "extra": [7, 8]}), str(tmp_path / "a.feather"))
    example = read(PANOPTICON, tmp_path / "a.feather")
    assert example.image[:, 1].tolist() == [1, 2] and example.columns["object_id"] == "a"


def test_parquet_is_read_by_name(tmp_path):
    parquet.write_table(pa.table({"time [h]": [0.0, 24], "flux": [1.0, None]}), tmp_path / "b.parquet")
    np.testing.assert_array_equal(read(PARQUET, tmp_path / "b.parquet").image, [[0, 1], [1, np.nan]])


@pytest.mark.parametrize("reader, start", [(PANOPTICON, b"ARROW1"), (PARQUET, b"PAR1")])
def test_broken_file_is_corrupt(tmp_path, reader, start):
    (tmp_path / "x.ftr").write_bytes(start + b"\0" * 50)
    with pytest.raises(InputRejected, match="pyarrow cannot read it") as caught:
        read(reader, tmp_path / "x.ftr")
    assert caught.value.reason == "corrupt"
