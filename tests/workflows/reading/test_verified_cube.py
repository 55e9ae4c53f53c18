import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.errors import DataError, IntegrityError
from otrain.workflows.reading import verified_cube as _cubes


@pytest.fixture
def cube(tmp_path):
    write_cube(tmp_path / "c.h5", [np.ones((2, 3, 3, 1), "f4")], labels=[0, 1], columns={}, meta={}, store="h5").close()
    return tmp_path / "c.h5"


def test_sound_cube_is_opened(cube):
    with _cubes.open_verified(cube) as found:
        assert len(found) == 2


def test_file_that_the_library_reads_for_ever_is_given_up(cube, monkeypatch):
    monkeypatch.setattr(_cubes, "OPENING", 0.5)
    data = bytearray(cube.read_bytes())
    at = data.index(b"GCOL")  # the texts of the file: pieces of no length follow each other for ever
    data[at + 16:at + 4096] = (b"\1\0" + bytes(14)) * 255
    cube.write_bytes(data)
    with pytest.raises(IntegrityError, match=r"c\.h5"):
        _cubes.open_verified(cube)


def test_absent_cube_is_named(tmp_path):
    with pytest.raises(DataError, match="nothing"):
        _cubes.open_verified(tmp_path / "nothing.h5")
