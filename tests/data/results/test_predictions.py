import numpy as np
import pytest
from astropy.table import Table

from otrain.data.results.predictions import Predictions
from otrain.data.tables.written import Field
from otrain.errors import DataError, IntegrityError, OutputError


def three(logits=(-1.0, 0.0, 2.0)):
    logits = np.array(logits)
    return Predictions({"candid": np.array(["a", "b", ""]), "mag": np.array([18.0, np.nan, 20.0])},
                       [0, 1, 1], logits, 1 / (1 + np.exp(-logits)), ["validation", "test", "test"],
                       {"classes": ["bogus", "real"]})


@pytest.mark.parametrize("logits", [(-1.0, 0.0, 2.0), np.eye(3)])
def test_saved_predictions_are_read_back_unchanged(tmp_path, logits):
    before = three(logits)
    before.save(tmp_path / "predictions")
    after = Predictions.load(tmp_path / "predictions")
    assert after.columns.keys() == before.columns.keys() and after.meta == before.meta
    for name in ("labels", "logits", "scores", "subset"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    np.testing.assert_array_equal(after.columns["mag"], before.columns["mag"])


def test_subset_keeps_its_rows():
    test = three().of_subset("test")
    assert len(test) == 2 and test.columns["candid"].tolist() == ["b", ""]


def test_lengths_must_match():
    with pytest.raises(DataError, match="`logits` must have one entry per example"):
        Predictions({}, [0, 1], [0.0], [0.5, 0.5], ["test", "test"])


def test_existing_predictions_are_kept(tmp_path):
    three().save(tmp_path / "p")
    with pytest.raises(OutputError, match="exists already"):
        three().save(tmp_path / "p")
    three().save(tmp_path / "p", overwrite=True)


def test_changed_predictions_are_refused(tmp_path):
    three().save(tmp_path / "p")
    with open(tmp_path / "p" / "predictions.npz", "ab") as file:
        file.write(b"x")
    with pytest.raises(IntegrityError, match="changed since"):
        Predictions.load(tmp_path / "p")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null"])
def test_broken_description_is_refused(tmp_path, text):
    three().save(tmp_path / "p")
    (tmp_path / "p" / "predictions.json").write_text(text)
    with pytest.raises(IntegrityError, match="cannot be read"):
        Predictions.load(tmp_path / "p")


def test_absent_predictions_are_named(tmp_path):
    with pytest.raises(DataError, match="no stored predictions"):
        Predictions.load(tmp_path)


def test_export_has_scores_labels_and_units(tmp_path):
    three().export(tmp_path / "p.ecsv", fields={"mag": Field(float, "mag", "magnitude")})
    table = Table.read(tmp_path / "p.ecsv")
    assert table.colnames == ["candid", "mag", "subset", "label", "logit", "score"]
    assert str(table["mag"].unit) == "mag" and table["label"].tolist() == [0, 1, 1]


def test_export_of_three_classes_has_one_score_per_class(tmp_path):
    three(np.eye(3)).export(tmp_path / "p.csv", format="csv")
    assert {"score_0", "score_1", "score_2"} < set(Table.read(tmp_path / "p.csv", format="ascii.csv").colnames)
