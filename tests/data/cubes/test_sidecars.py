import io
import json

import numpy as np
import pytest

from otrain.data.cubes.datacube import write_cube
from otrain.data.cubes.sidecars import foreign_sidecars, stamped_picture
from otrain.data.inputs.quarantine import QuarantineRow, write_quarantine
from otrain.workflows.reading.verified_cube import open_verified

ROWS = [QuarantineRow("a, cube: of.fits", "corrupt", "cube: no, broken # cube: not this")]
ENDINGS = ["summary.json", "quarantine.ecsv", "png"]


def picture():
    import matplotlib.image

    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.zeros((4, 4)), format="png")
    return buffer.getvalue()


def write_beside(folder, name, identity):
    (folder / f"{name}.summary.json").write_text(json.dumps({"identity": identity}))
    write_quarantine(folder / f"{name}.quarantine.ecsv", ROWS, meta={"cube": identity})
    (folder / f"{name}.png").write_bytes(stamped_picture(picture(), identity))


@pytest.fixture(params=["npz", "h5", "folder"])
def cube(tmp_path, request):
    name = "night" + {"npz": ".npz", "h5": ".h5", "folder": ""}[request.param]
    return write_cube(tmp_path / name, [np.zeros((3, 8, 8, 1), "f4")], labels=[0, 1, 0],
                      columns={"candid": np.array(list("abc"))}, meta={}, store=request.param)


def test_files_of_the_cube_are_not_named(cube, tmp_path):
    write_beside(tmp_path, "night", cube.identity)
    assert foreign_sidecars(cube) == []
    assert not open_verified(cube.path).notes


@pytest.mark.parametrize("ending", ENDINGS)
def test_file_of_another_cube_is_named_and_said(cube, tmp_path, ending):
    write_beside(tmp_path, "old", "0" * 64)
    write_beside(tmp_path, "night", cube.identity)
    (tmp_path / f"old.{ending}").replace(tmp_path / f"night.{ending}")
    assert foreign_sidecars(cube) == [f"night.{ending}"]
    (note,) = open_verified(cube.path).notes
    assert f"night.{ending} beside {cube.path.name}: of another cube" in note


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\x00", b"# %ECSV 1.0\nfile\n", picture()])
def test_file_that_says_nothing_is_not_named(cube, tmp_path, content):
    for ending in ENDINGS:
        (tmp_path / f"night.{ending}").write_bytes(content)
    assert foreign_sidecars(cube) == []


def test_stamped_picture_is_the_same_picture():
    import matplotlib.image

    content = stamped_picture(picture(), "abc")
    assert np.array_equal(matplotlib.image.imread(io.BytesIO(content)), matplotlib.image.imread(io.BytesIO(picture())))
    assert b"tEXtotrain-cube\x00abc" in content
