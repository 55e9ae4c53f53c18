from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.scores.focus import against_rest, called_classes, focus_of
from otrain.answers.scores.table import layout
from otrain.catalogue import DOMAINS
from otrain.data.results.predictions import Predictions
from otrain.errors import UsageError

DOMAIN = DOMAINS.load("transients")


def network(*classes):
    return SimpleNamespace(classes=classes, identity="m", calibration_id="c")


def test_an_example_exactly_at_the_threshold_is_called():
    _, fill = layout("ecsv", DOMAIN, network("bogus", "real"), threshold=0.25, uncertainty=False)
    table = fill({}, np.array([0.25, np.nextafter(0.25, 0), 1.0]), None)
    assert table["class"].tolist() == ["real", "bogus", "real"] and table["threshold"] == [0.25] * 3


def test_columns_of_three_classes_carry_their_names():
    fields, fill = layout("ecsv", DOMAIN, network("a", "b", "c"), threshold=0.5, uncertainty=True)
    scores = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
    table = fill({}, scores, scores / 10)
    assert table["class"].tolist() == ["c", "a"] and "threshold" not in fields
    assert [name for name in fields if name.startswith("score")] == ["score_a", "score_b", "score_c"]
    np.testing.assert_array_equal(table["uncertainty_b"], [0.02, 0.03])


def test_published_table_has_a_label_for_each_class():
    columns = {name: [""] for name in DOMAIN.columns}
    fields, fill = layout("dat", DOMAIN, network("bogus", "real"), threshold=0.5, uncertainty=False)
    table = fill(columns, np.array([0.75]), None)
    assert (table["label0"][0], table["label1"][0]) == (0.25, 0.75)
    fields, fill = layout("dat", DOMAIN, network("a", "b", "c"), threshold=0.5, uncertainty=False)
    assert [name for name in fields if name.startswith("label")] == ["label0", "label1", "label2"]


def test_one_class_stands_against_the_rest():
    scores = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.2, 0.6]])
    made = Predictions({}, np.array([2, 0, -1]), np.log(scores), scores, np.full(3, "test"), {})
    mine = against_rest(made, 2)
    assert mine.labels.tolist() == [1, 0, -1] and mine.scores.tolist() == [0.7, 0.1, 0.6]
    np.testing.assert_allclose(1 / (1 + np.exp(-mine.logits)), mine.scores)
    two = Predictions({}, np.array([1]), np.array([0.3]), np.array([0.6]), np.array(["test"]), {})
    assert against_rest(two, 1) is two


def test_called_class_is_the_highest_or_that_above_the_threshold():
    assert called_classes(np.array([[0.2, 0.5, 0.3]]), 0.9).tolist() == [1]
    assert called_classes(np.array([0.5, 0.49]), 0.5).tolist() == [1, 0]
    assert focus_of(("a", "b", "c")) == 1 and focus_of(("a", "b", "c"), "c") == 2
    with pytest.raises(UsageError, match="Did you mean 'ghost'"):
        focus_of(("star", "ghost"), "gost")
