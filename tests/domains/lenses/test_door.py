import math

import cv2
import numpy as np
import pytest

from otrain.data.inputs.outcomes import Kept, Quarantined, Skipped
from otrain.domains.lenses.door import NO_SCALE, ClassDoor, Door
from otrain.domains.lenses.inputs import list_inputs
from otrain.domains.lenses.preparation import make_recipe
from otrain.errors import UsageError


def admit(folder, labels=None, reader=None, **recipe):
    listing = list_inputs(folder, labels=labels)
    door = Door(make_recipe(**recipe), labels=listing.labels, reader=reader)
    return {item.name: door(item)[0] for item in listing.inputs}


def test_an_image_has_the_columns_of_its_rows_and_those_that_follow(lenses):
    example = admit(lenses)["image-000002.png"].example
    assert example.label == -1 and example.lacks is None
    assert example.columns["theta_e"] == pytest.approx(22 * 0.04) and example.columns["alpha[1][0]"] == 2.0
    assert example.columns["file"] == "image-000002.png" and NO_SCALE in example.remarks


def test_the_pixel_scale_that_is_asked_for_counts(lenses):
    example = admit(lenses, pixel_scale=0.1)["image-000001.png"].example
    assert example.columns["theta_e"] == pytest.approx(2.1) and not example.remarks


def edit(folder, old, new):
    text = (folder / "dataset.csv").read_text()
    assert old in text
    (folder / "dataset.csv").write_text(text.replace(old, new))


def test_an_image_without_a_row_can_be_scored_but_not_learnt_from(lenses):
    cv2.imwrite(str(lenses / "new.png"), np.arange(144, dtype=np.uint8).reshape(12, 12))
    outcome = admit(lenses)["new.png"]
    assert isinstance(outcome, Kept) and outcome.example.label is None
    assert outcome.example.lacks == ("label-missing", "no table has a row with the name of the image.")


def test_a_target_that_is_nan_is_named(lenses):
    edit(lenses, "image-000001.png,s,SIE,4,-1,21", "image-000001.png,s,SIE,4,nan,")
    found = admit(lenses)
    assert found["image-000001.png"].example.lacks == (
        "bad-column", "of what is to be learnt it has no finite value: theta_e, y_source.")
    assert found["image-000000.png"].example.label == -1
    assert admit(lenses, variables=["sigma"])["image-000001.png"].example.lacks is None


def test_rows_that_contradict_each_other_are_a_conflict(lenses):
    (lenses / "dataset.csv").open("a").write("9,image-000003.png,s,SIE,0,0,99,0.5,30,7,9,21\n")
    assert admit(lenses)["image-000003.png"].example.lacks[0] == "label-conflict"


def test_asked_columns_that_no_row_has_leave_nothing_to_learn(lenses):
    outcome = admit(lenses, variables=["chi"], nterms=1)["image-000000.png"]
    assert outcome.example.lacks == ("bad-column", "of what is to be learnt it has no finite value: chi.")


def test_without_tables_images_are_there_to_be_scored(lenses):
    for table in lenses.glob("*.csv"):
        table.unlink()
    example = admit(lenses)["image-000000.png"].example
    assert example.label == -1 and set(example.columns) == {"file", "saturation"}


@pytest.mark.parametrize(("content", "reason"), [(b"", "empty-file"), (b"\xff\xd8\xff" + bytes(99), "unknown-format"),
                                                 (b"\x89PNG\r\n\x1a\n" + bytes(99), "corrupt")])
def test_what_is_no_picture_is_quarantined(lenses, content, reason):
    (lenses / "image-000001.png").write_bytes(content)
    found = admit(lenses)
    assert found["image-000001.png"].reason == reason and isinstance(found["image-000002.png"], Kept)


def test_blank_images_are_quarantined(lenses):
    cv2.imwrite(str(lenses / "image-000001.png"), np.zeros((12, 12), np.uint8))
    assert admit(lenses)["image-000001.png"] == Quarantined("no-variation", "the image is blank: every pixel is 0.")


def test_a_stack_has_its_numbers_in_itself(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.arange(2 * 9.0).reshape(2, 3, 3), filename=["p/a.png", "b.png"],
             theta_e=[1.5, math.nan], subset=["training", "test"])
    listing = list_inputs(tmp_path)
    first, second = Door(make_recipe(), labels=listing.labels)(listing.inputs[0])
    assert first.example.columns == {"theta_e": 1.5, "subset": "training", "candid": "a", "file": "a.npz"}
    assert first.example.label == -1 and second.example.lacks[1].endswith("theta_e.")


def test_wrong_requests_are_refused():
    with pytest.raises(UsageError, match="--mapping describes"):
        Door(make_recipe(), mapping="x.toml")
    with pytest.raises(UsageError, match="reads no lenses"):
        Door(make_recipe(), reader="fits")


def test_the_reader_that_was_chosen_must_recognise_the_file(lenses):
    assert admit(lenses, reader="lens-fits")["image-000000.png"].reason == "unknown-format"


def test_classes_come_from_folders(lenses):
    item = list_inputs(lenses).inputs[0]
    door = ClassDoor(make_recipe())
    import dataclasses
    assert door(dataclasses.replace(item, label=1))[0].example.label == 1
    assert door(item)[0].example.label is None


def test_an_image_that_is_not_asked_for_is_skipped_and_not_read(lenses, tmp_path):
    np.savez(lenses / "a.npz", images=np.arange(32.0).reshape(2, 4, 4), filename=["p.png", "q.png"])
    (lenses / "image-000001.png").write_bytes(b"broken")
    (tmp_path / "some.csv").write_text("filename,sigma,subset\nimage-000000.png,1,test\nimage-000001.png,2,unused\np.png,3,unused\nq.png,4,test\n")
    door = Door(make_recipe(variables=["sigma"]), labels=tmp_path / "some.csv")
    found = {item.name: door(item) for item in list_inputs(lenses).inputs}
    assert found["image-000001.png"] == [Skipped("no-subset")] and isinstance(found["image-000000.png"][0], Kept)
    first, second = found["a.npz"]
    assert first == Skipped("no-subset", 0) and second.example.columns["subset"] == "test"


def test_a_number_that_the_file_does_not_know_is_that_of_the_table(lenses, tmp_path):
    np.savez(lenses / "a.npz", images=np.arange(32.0).reshape(2, 4, 4), filename=["p.png", "q.png"], sigma=[7, np.nan])
    (tmp_path / "some.csv").write_text("filename,sigma\np.png,3\nq.png,4\n")
    door = Door(make_recipe(variables=["sigma"]), labels=tmp_path / "some.csv")
    item = next(item for item in list_inputs(lenses).inputs if item.name == "a.npz")
    assert [outcome.example.columns["sigma"] for outcome in door(item)] == [7.0, 4.0]
