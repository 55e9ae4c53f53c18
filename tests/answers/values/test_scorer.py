"""Rows of a table of values, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_values import judged, made_values

from otrain.answers.answer import Request
from otrain.bundle.outputs import Answers
from otrain.errors import IntegrityError, UsageError


@pytest.fixture
def scorer(tmp_path):
    made = judged(made_values(tmp_path))
    network = SimpleNamespace(settings=made.settled.settings, name="made", identity="i", calibration_id="c",
                              logits=lambda images: made.replies.raw[:len(images)])
    scorer = made.answer.scorer(network, made.domain, Request("ecsv"))
    scorer.made = made
    return scorer


def test_each_number_has_its_deviation_and_rising_quantiles(scorer):
    columns = {"file": np.array(["f"] * 5), "position": np.arange(5), "candid": np.array(list("abcde"))}
    reading = SimpleNamespace(windows=lambda *_: [(np.zeros((5, 12, 12, 1)), columns)])
    (rows, ahead, counts), = scorer.parts(reading, None, None)
    assert set(rows) == set(scorer.fields) and ahead == 0 and counts == {scorer.made.domain.example: 5}
    for name in scorer.made.names:
        np.testing.assert_allclose(rows[name], scorer.made.replies.raw[:5, scorer.made.names.index(name)])
        order = [rows[f"{name}_{ending}"] for ending in ("p2_5", "p16", "p84", "p97_5")]
        assert (np.diff(order, axis=0) > 0).all() and (rows[f"{name}_std"] > 0).all()
    assert scorer.fields["theta_e_std"].unit == "arcsec" and scorer.fields["alpha[1][0]_p16"].unit == "pix"


def test_quantiles_hold_the_truth_as_often_as_they_say(tmp_path):
    from otrain.answers.values.scorer import value_columns

    made = judged(made_values(tmp_path, examples=3000))
    test = made.replies.subset == "test"
    columns = value_columns(made.judgement.material.given)
    for ending, share in (("p2_5", 0.025), ("p16", 0.16), ("p84", 0.84), ("p97_5", 0.975)):
        below = made.truth[test, 0] < columns[f"theta_e_{ending}"][test]
        assert abs(below.mean() - share) < 0.05


def test_numbers_that_are_not_finite_are_refused(scorer):
    scorer.network.logits = lambda images: np.full((len(images), 6), np.nan)
    with pytest.raises(IntegrityError, match="not finite"):
        scorer.score(np.zeros((2, 12, 12, 1)))


def test_threshold_has_no_meaning(scorer):
    with pytest.raises(UsageError, match="--threshold has no meaning"):
        scorer.made.answer.scorer(scorer.network, scorer.made.domain, Request("ecsv", 0.5))


def test_examples_unlike_the_training_are_flagged_beyond_a_distance_of_1(scorer):
    def answers(images, unlikeness):
        return Answers(scorer.made.replies.raw[:len(images)], None, np.array([0.2, 1.0, np.nextafter(1, 2), np.inf]))

    scorer.network.alarm, scorer.network.alarm_id, scorer.network.answers = object(), "hash of the alarm", answers
    scorer.network.logits = lambda replies: replies.logits
    watching = scorer.made.answer.scorer(scorer.network, scorer.made.domain, Request("ecsv"))
    columns = {"file": np.array(["f"] * 4), "position": np.arange(4), "candid": np.array(list("abcd"))}
    asked = []

    def windows(*_, **more):
        asked.append(more)
        return [(np.zeros((4, 12, 12, 1)), columns)]

    (rows, _, counts), = watching.parts(SimpleNamespace(windows=windows), None, None)
    assert asked == [{"unlikeness": True}] and set(rows) == set(watching.fields)
    assert rows["ood"].tolist() == [0.2, 1.0, np.nextafter(1, 2), np.inf] and rows["ood_flag"].tolist() == [False, False, True, True]
    assert counts == {scorer.made.domain.example: 4, "unlike the training": 2}
    assert watching.request() == {"alarm": "hash of the alarm"} and scorer.request() == {}
    assert "ood" not in scorer.fields
