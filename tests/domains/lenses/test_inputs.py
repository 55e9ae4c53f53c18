import numpy as np
import pytest

from otrain.domains.lenses.inputs import CLASSES, WINDOW, list_inputs, list_labelled
from otrain.errors import UsageError


def test_images_are_inputs_and_tables_are_not(lenses):
    found = list_inputs(lenses)
    assert [item.name for item in found.inputs] == [f"image-{number:06d}.png" for number in range(4)]
    assert found.skipped == {"side-table": 2, "no-image": 1}
    assert [table.name for table in found.labels.tables] == ["dataset.csv", "roulette.csv"]
    assert "1 of 5 rows name no image of the source: image-000004.png." in found.notes


def test_named_tables_count_in_place_of_those_beside(lenses, tmp_path):
    (tmp_path / "own.csv").write_text("filename,sigma\nimage-000002.png,4\n")
    assert [path.rsplit("/")[-1] for path in list_inputs(lenses).tables] == ["dataset.csv", "roulette.csv"]
    found = list_inputs(lenses, labels=[tmp_path / "own.csv"])
    assert found.tables == ()
    assert [table.name for table in found.labels.tables] == ["own.csv"] and not any("Name others" in note for note in found.notes)


def test_tables_about_other_images_are_said_with_an_instance(lenses, tmp_path):
    (tmp_path / "own.csv").write_text("filename,sigma\nlens-7.png,4\n")
    assert "none of the 1 names in own.csv is one of the 4 images: the table has e.g. 'lens-7.png', the source e.g. " \
           "'image-000000.png'." in list_inputs(lenses, labels=tmp_path / "own.csv").notes


def test_without_a_table_there_are_no_labels(lenses):
    for table in lenses.glob("*.csv"):
        table.unlink()
    assert list_inputs(lenses).labels is None
    with pytest.raises(UsageError, match="cannot be read"):
        list_inputs(lenses, labels=lenses / "dataset.csv")


def test_a_large_stack_is_read_in_windows(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((WINDOW + 3, 4, 4), np.uint8))
    (tmp_path / "b.npz").write_bytes(b"PK\3\4broken")
    assert [item.rows for item in list_inputs(tmp_path).inputs] == [(0, WINDOW), (WINDOW, WINDOW + 3), None]


def test_classes_are_told_by_folders(tmp_path, lenses):
    for name, number in (("lens", 0), ("nonlens", 1)):
        (tmp_path / "sky" / name).mkdir(parents=True)
        (lenses / f"image-{number:06d}.png").rename(tmp_path / "sky" / name / "a.png")
    found = list_labelled(tmp_path / "sky", classes="folders")
    names = found.classes or CLASSES
    assert {item.name: names[item.label] for item in found.inputs} == {"lens/a.png": "lens", "nonlens/a.png": "nonlens"}


def test_rows_of_images_within_a_stack_are_not_without_an_image(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros((3, 4, 4), np.uint8), filename=["x.png", "y.png", ""])
    (tmp_path / "dataset.csv").write_text("filename,theta_e\nx.png,1\ny.png,2\na.npz,3\nz.png,4\n")
    found = list_inputs(tmp_path)
    assert found.skipped["no-image"] == 1 and "1 of 4 rows name no image of the source: z.png." in found.notes
