import numpy as np
import pytest

from otrain.data.results.map_store import map_store, read_map
from otrain.errors import DataError


def test_map_is_read_back_unchanged(tmp_path):
    time, flux, maps = np.arange(3) / 2, np.array([1, np.nan, 2], "f4"), np.array([[0.1, np.nan, 0.9]], "f4")
    with map_store(tmp_path / "m.h5", kinds=["planet"], meta={"model_id": "x"}) as write:
        write("a/b", time, flux, maps, {"file": "f.fits"})
        write("a/b", time + 1, flux, maps, {})
    found, kinds = read_map(tmp_path / "m.h5", "a/b")
    assert kinds == ["planet"]
    np.testing.assert_array_equal(found["time"], time)
    np.testing.assert_array_equal(found["flux"], flux)
    np.testing.assert_array_equal(found["probability"], maps)


def test_unknown_curve_names_some_that_are_there(tmp_path):
    with map_store(tmp_path / "m.h5", kinds=["planet"], meta={}) as write:
        write("here", [0.0], [1.0], [[0.5]], {})
    with pytest.raises(DataError, match=r"no curve of the name 'there'. It has 1, such as here"):
        read_map(tmp_path / "m.h5", "there")


def test_file_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), map_store(tmp_path / "m.h5", kinds=["planet"], meta={}):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
