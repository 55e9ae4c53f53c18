import gzip
import io

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.alert_table import READER, names_cutouts

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


def stamp(value):
    stream = io.BytesIO()
    fits.PrimaryHDU(np.full((3, 3), value, "f4")).writeto(stream)
    return gzip.compress(stream.getvalue())


def write(path, nested=True, bad=()):
    values = [b"rubbish" if n in bad else stamp(n) for n in range(5)]
    cutout = {"cutoutDifference": [{"fileName": "x", "stampData": value} for value in values]} if nested else {
        "b:cutoutDifference_stampData": values}
    prefix = "" if nested else "i:"
    table = pa.table({f"{prefix}objectId": [f"ZTF{n}" for n in range(5)], f"{prefix}candid": range(5),
                      f"{prefix}magpsf": [18.0] * 5, f"{prefix}fid": [1] * 5, **cutout})
    parquet.write_table(table, path, row_group_size=2)
    return Probe(str(path))


@pytest.mark.parametrize("nested", [True, False])
def test_rows_are_alerts_by_any_names(tmp_path, nested):
    probe = write(tmp_path / "ztf.parquet", nested)
    assert READER.recognises(probe) and READER.count(probe) == (5, ()) and names_cutouts(probe.path)
    found = list(READER.read(probe))
    assert [example.image[0, 0, 0] for example in found] == [0, 1, 2, 3, 4]
    assert found[2].columns == {"candid": "2", "object_id": "ZTF2", "mag": 18.0, "band": "g", "telescope": "ztf"} and found[2].position == 2


def test_windows_cut_through_row_groups(tmp_path):
    write(tmp_path / "ztf.parquet")
    found = list(READER.read(Probe(str(tmp_path / "ztf.parquet"), rows=(1, 4))))
    assert [(example.position, example.image[0, 0, 0]) for example in found] == [(1, 1), (2, 2), (3, 3)]


def test_faulty_row_does_not_lose_the_others(tmp_path):
    found = list(READER.read(write(tmp_path / "ztf.parquet", bad=(1,))))
    assert [isinstance(one, BaseException) for one in found] == [False, True, False, False, False]


def test_table_without_cutouts_says_what_it_has(tmp_path):
    parquet.write_table(pa.table({"time": [1.0], "flux": [2.0]}), tmp_path / "star.parquet")
    assert not names_cutouts(tmp_path / "star.parquet")
    with pytest.raises(InputRejected, match=r"no-image.*It has: time, flux"):
        list(READER.read(Probe(str(tmp_path / "star.parquet"))))
