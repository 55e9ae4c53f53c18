import csv

import numpy as np
import pytest

from otrain.errors import DataError, OutputError, UsageError
from otrain.workflows.compare import compare
from otrain.workflows.comparing.pictures import read_picture, write_png


@pytest.fixture
def folders(tmp_path):
    """Two folders: one image the same, one with a pixel 40 brighter, one larger, one broken, two alone."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, level in ((one, 100), (two, 60)):
        folder.mkdir()
        image = np.full((30, 30), 20, np.uint8)
        write_png(folder / "same.png", image)
        image[3, 4] = level
        write_png(folder / "spot.png", image)
        write_png(folder / "size.png", image[:, :20] if folder == one else image)
        write_png(folder / f"{folder.name}.png", image)
        (folder / "broken.png").write_bytes(b"x")
    return one, two


def test_every_image_has_a_fate_and_any_difference_is_exit_8(folders):
    done = compare(*folders)
    assert {row["name"]: row["fate"] for row in done.images} == {
        "broken.png": "unreadable", "one.png": "missing", "same.png": "same", "size.png": "size",
        "spot.png": "different", "two.png": "missing"}
    spot = done.worst[0]
    assert (spot["norm"], spot["maximum"], spot["minimum"], spot["pixels"]) == (40, 40, 0, 1)
    assert done.exit_code == 8 and "two.png: not in the first folder" in done.notes
    assert "size.png: 20x30 and 30x30 pixel" in done.notes
    assert next(iter(done.lines())).startswith("1 are the same, 1 differ, 1 have different sizes, 2 are in one")


def test_equal_folders_are_exit_0(folders):
    (folders[0] / "broken.png").unlink()
    assert compare(folders[0], folders[0]).exit_code == 0


def test_tolerated_difference_is_none(folders):
    assert compare(folders[0] / "spot.png", folders[1] / "spot.png", tolerance=40).exit_code == 0
    assert compare(folders[0] / "spot.png", folders[1] / "spot.png", tolerance=39.9).exit_code == 8


def test_outputs_hold_the_numbers(folders, tmp_path):
    out = tmp_path / "out"
    done = compare(*folders, diff=out / "d", stats=out / "s", report=out / "r.tex", outfile=out / "t.csv", masked=True)
    assert done.path == out / "t.csv"
    rows = {row["filename"]: row for row in csv.DictReader(done.path.open())}
    assert rows["spot.png"]["maximum"] == "40.0" and rows["spot.png"]["relnorm_r10"] == "0.0"
    assert rows["same.png"]["result"] == "same" and rows["same.png"]["relnorm_r10"] == ""
    assert rows["one.png"]["norm"] == "" and rows["one.png"]["note"] == "not in the second folder"
    picture = read_picture(out / "d" / "spot.png")
    assert picture[3, 4] == 148 and (np.delete(picture.ravel(), 94) == 128).all()
    assert "norm} $=$ 40" in (out / "s" / "spot.tex").read_text() and "spot.png" in (out / "r.tex").read_text()
    with pytest.raises(OutputError):
        compare(*folders, diff=out / "d")
    assert compare(*folders, diff=out / "d", overwrite=True).counts["different"] == 1


def test_circles_are_measured_above_the_threshold_alone(folders):
    assert "circles" in compare(*folders, masked=True).worst[0]
    assert "circles" not in compare(*folders, masked=True, threshold=1).worst[0]


def test_grey_picture_equals_its_colours(folders, tmp_path):
    from PIL import Image

    colour = tmp_path / "colour.png"
    Image.open(folders[0] / "spot.png").convert("RGB").save(colour)
    assert compare(folders[0] / "spot.png", colour).exit_code == 0


def test_what_cannot_be_compared_is_refused(folders, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no image in either"):
        compare(tmp_path / "empty", tmp_path / "empty")
    with pytest.raises(UsageError, match="two folders or two files"):
        compare(folders[0], folders[1] / "spot.png")
