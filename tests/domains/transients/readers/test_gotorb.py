import h5py
import numpy as np
import pytest

from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe

DOOR = Door(make_recipe())


def folder(path, count=3, rows=None):
    path.mkdir()
    images = np.arange(count * 5 * 5 * 6, dtype="f8").reshape(count, 5, 5, 6)
    with h5py.File(path / "data_stamps.h5", "w") as file:
        file["src"] = images
    lines = [f"id{i},{10 + i},-5.0,17.{i},3.0,{i % 2},mp" for i in range(count if rows is None else rows)]
    (path / "data_labels.csv").write_text("id,ra,dec,mag,fwhm,label,metalabel\n" + "\n".join(lines) + "\n")
    return path, images


def outcomes(source):
    return [outcome for item in list_inputs(source).inputs for outcome in DOOR(item)]


def test_images_labels_and_columns_of_a_folder_are_read(tmp_path):
    source, images = folder(tmp_path / "g")
    examples = [outcome.example for outcome in outcomes(source)]
    np.testing.assert_array_equal([one.image for one in examples], images.astype("f4"))
    assert examples[0].channels == ("science", "template", "difference", "peak_to_peak", "minimum", "maximum")
    assert [one.label for one in examples] == [0, 1, 0]
    assert examples[1].columns | {"file": ""} == {"candid": "id1", "ra": 11.0, "dec": -5.0, "mag": 17.1,
                                                  "fwhm": 3.0, "kind": "mp", "file": ""}


def test_file_given_directly_is_read_with_its_table(tmp_path):
    source, _ = folder(tmp_path / "g")
    assert len(outcomes(source / "data_stamps.h5")) == 3


def test_tables_that_do_not_belong_together_are_refused(tmp_path):
    source, _ = folder(tmp_path / "g", rows=2)
    (outcome,) = outcomes(source)
    assert outcome.reason == "corrupt"
    assert "2 rows for 3 images" in outcome.words


@pytest.mark.parametrize("link", [h5py.SoftLink("/other"), h5py.ExternalLink("other.h5", "/src")])
def test_links_are_refused(tmp_path, link):
    source, images = folder(tmp_path / "g")
    with h5py.File(source / "data_stamps.h5", "w") as file:
        file["other"] = images
        file["src"] = link
    (outcome,) = outcomes(source)
    assert outcome.reason == "corrupt"
