import json

import numpy as np
import pytest

from otrain.data.results.calibration import Calibration, log_odds, prior_shift, sigmoid, softmax
from otrain.errors import IntegrityError, UsageError


def test_sigmoid_and_log_odds_are_inverse_of_each_other():
    x = np.linspace(-30, 30, 61)
    np.testing.assert_allclose(log_odds(sigmoid(x)), x, atol=1e-2)
    np.testing.assert_allclose(log_odds(sigmoid(x[20:41])), x[20:41], rtol=1e-11, atol=1e-15)


def test_sigmoid_of_huge_logits_is_zero_and_one():
    assert sigmoid([-1e30, 1e30]).tolist() == [0.0, 1.0]


def test_two_class_softmax_is_the_sigmoid_of_the_difference():
    z = np.random.default_rng(0).normal(size=(9, 2)) * 5
    np.testing.assert_allclose(softmax(z)[:, 1], sigmoid(z[:, 1] - z[:, 0]), rtol=1e-13)


def test_no_calibration_is_the_plain_sigmoid():
    assert Calibration().apply([0.0, 2.0]).tolist() == sigmoid([0.0, 2.0]).tolist()


def test_temperature_divides_the_logits():
    np.testing.assert_allclose(Calibration("temperature", 2.0).apply([3.0]), sigmoid([1.5]))


def test_isotonic_interpolates_between_knots_and_is_constant_beyond():
    table = Calibration("isotonic", knots=(-1.0, 1.0), values=(0.2, 0.8))
    np.testing.assert_allclose(table.apply([-9.0, 0.0, 9.0]), [0.2, 0.5, 0.8])


def test_nan_logits_give_nan_scores():
    assert np.isnan(Calibration("temperature", 2.0).apply([np.nan])).all()


def test_prior_shift_follows_bayes_rule():
    # A score of 0.9 from a balanced set, where one in 101 is real: odds 9 x 1/100.
    score = Calibration().apply(log_odds([0.9]), shift=prior_shift(0.01, 0.5))
    np.testing.assert_allclose(score, 0.09 / 1.09)


def test_prior_shift_is_zero_when_the_ratio_is_that_of_training():
    assert prior_shift(0.25 / 0.75, 0.25) == pytest.approx(0)


@pytest.mark.parametrize("ratio", [0, -1, np.nan, np.inf])
def test_impossible_ratio_is_refused(ratio):
    with pytest.raises(UsageError, match="must be a positive number"):
        prior_shift(ratio, 0.5)


def test_ratio_needs_training_on_both_classes():
    with pytest.raises(UsageError, match="Train on both classes"):
        prior_shift(1.0, 1.0)


def test_ratio_of_many_classes_is_refused():
    with pytest.raises(UsageError, match="two classes"):
        Calibration().apply(np.zeros((2, 3)), shift=1.0)


@pytest.mark.parametrize("calibration", [
    Calibration(), Calibration("temperature", 1.7, examples=5, note="x"),
    Calibration("isotonic", knots=(0.0, 1.0), values=(0.1, 0.9)),
])
def test_calibration_survives_json(calibration):
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


def test_identity_tells_maps_apart_and_ignores_the_note():
    assert Calibration("temperature", 2.0).identity != Calibration("temperature", 2.1).identity
    assert Calibration("temperature", 2.0, note="x").identity == Calibration("temperature", 2.0).identity


@pytest.mark.parametrize("table, words", [
    ({"method": "magic"}, "none of"), ({"method": "temperature", "temperature": 0}, "positive number"),
    ({"method": "temperature", "temperature": "2"}, "positive number"), ({"surprise": 1}, "unknown entries"),
    ({"method": "isotonic", "knots": [0, 0], "values": [0, 1]}, "knots must rise"),
    ({"method": "isotonic", "knots": [0, 1], "values": [1, 0]}, "values must rise"),
    ({"method": "isotonic", "knots": [0, 1], "values": [0]}, "2 knots for 1 values"),
    ({"method": "isotonic", "knots": ["a"], "values": [0]}, "cannot be read"), (3, "unknown entries"),
])
def test_impossible_calibration_is_refused(table, words):
    with pytest.raises(IntegrityError, match=words):
        Calibration.from_dict(table)
