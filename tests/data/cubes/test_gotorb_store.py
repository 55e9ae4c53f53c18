import csv

import h5py
import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import IntegrityError

COLUMNS = ("id", "image_id", "x", "y", "ra", "dec", "mag", "fwhm", "realbogus", "fits_filepath", "ut",
           "ncoadd", "label", "metalabel", "number")


@pytest.fixture
def folder(tmp_path):
    """A folder as gotorb's label_data writes it."""
    images = np.random.default_rng(0).normal(size=(3, 7, 7, 6))
    with h5py.File(tmp_path / "data_stamps.h5", "w") as file:
        file.create_dataset("src", data=images, maxshape=(None, 7, 7, 6), chunks=(2, 7, 7, 6))
    with (tmp_path / "data_labels.csv").open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(COLUMNS)
        for i, (label, kind) in enumerate([(1, "mp"), (0, "randjunk"), (0, "glxresid")]):
            table.writerow([f"id{i}", 17, 1.5, 2.5, 150.0, -20.0, 18.5, 99.99 if i == 2 else 2.5, 0.9, "a.fits",
                            1, 4, label, kind, ""])
    return tmp_path


def test_folder_of_gotorb_is_read(folder):
    with open_cube(folder) as cube, h5py.File(folder / "data_stamps.h5") as file:
        assert cube.labels.tolist() == [1, 0, 0]
        assert cube.channels == ("science", "template", "difference", "peak_to_peak", "minimum", "maximum")
        np.testing.assert_array_equal(cube.read([2, 0]), file["src"][()][[2, 0]].astype(np.float32))
        assert cube.columns["candid"].tolist() == ["id0", "id1", "id2"]
        assert cube.columns["kind"].tolist() == ["mp", "randjunk", "glxresid"]
        assert cube.columns["fwhm"][0] == 2.5 and np.isnan(cube.columns["fwhm"][2])


def test_written_folder_has_the_layout_of_gotorb(tmp_path):
    images = np.ones((2, 5, 5, 3), np.float32)
    write_cube(tmp_path / "data", [images], labels=[1, 0], meta={}, store="gotorb",
               columns={"candid": np.array(["a", "=cmd()"]), "mag": np.array([18.0, np.nan])}).close()
    with h5py.File(tmp_path / "data" / "data_stamps.h5") as file:
        assert file["src"].dtype == np.float64 and file["src"].maxshape[0] is None
    rows = list(csv.DictReader((tmp_path / "data" / "data_labels.csv").open(newline="")))
    assert [row["label"] for row in rows] == ["1", "0"]
    assert rows[1]["id"] == "'=cmd()", "a spreadsheet must not run it"
    with open_cube(tmp_path / "data") as cube:
        assert cube.columns["candid"].tolist() == ["a", "=cmd()"]
        assert np.isnan(cube.columns["mag"][1])


def test_the_two_files_must_belong_together(folder):
    text = (folder / "data_labels.csv").read_text().splitlines()
    (folder / "data_labels.csv").write_text("\n".join(text[:-1]))
    with pytest.raises(IntegrityError, match="2 rows for 3 images"):
        open_cube(folder)


def test_table_without_labels_is_refused(folder):
    text = (folder / "data_labels.csv").read_text().replace("label", "class", 1)
    (folder / "data_labels.csv").write_text(text)
    with pytest.raises(IntegrityError, match="not a label table"):
        open_cube(folder)
