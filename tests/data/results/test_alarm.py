import numpy as np
import pytest

from otrain.data.results.alarm import Alarm, alarm_numbers, check_alarm_entry
from otrain.errors import IntegrityError

ENTRY = {"statistics": 1, "features": 2, "level": 0.05, "training": 50, "validation": 19}
SERIES = (10, 1)  # without image statistics: the two features are all


def arrays(**other):
    return {"centre": np.array([1.0, 2.0]), "scale": np.array([2.0, 0.5]), "whitening": np.diag([1.0, 3.0]),
            "ranges": np.empty((4, 0)), "threshold": np.array(2.5)} | other


def made(**other):
    return Alarm.from_arrays(ENTRY, arrays(**other), SERIES, "alarm.npz")


def test_distance_is_that_of_the_whitened_numbers_in_thresholds():
    # z = (2, 2), W z = (2, 6), of length sqrt(40).
    np.testing.assert_allclose(made().distances([[5.0, 3.0], [1.0, 2.0]]), [40 ** 0.5 / 2.5, 0])


def test_farthest_statistic_outside_its_range_is_one_more_component():
    low, high, below, above = [0, 0], [10, 10], [1, 4], [2, 5]
    alarm = Alarm(np.zeros(3), np.ones(3), np.diag([0, 0, 1.0]), np.array([low, high, below, above], float), 2.0, 1)
    numbers = [[0, 10, 3], [-4, -8, 3], [4, 30, 0], [16, 10.5, 0]]
    np.testing.assert_array_equal(alarm.excess(np.array(numbers)), [0, 4, 4, 3])  # in units of below and above
    np.testing.assert_allclose(alarm.distances(numbers), [1.5, 2.5, 2, 1.5])


def test_distance_does_not_depend_on_neighbours():
    rng = np.random.default_rng(0)
    alarm = made(whitening=rng.normal(size=(2, 2)))
    numbers = rng.normal(size=(100, 2))
    assert np.array_equal(alarm.distances(numbers)[37:38], alarm.distances(numbers[37:38]))


@pytest.mark.parametrize("features", [[np.nan, 0], [np.inf, 0], [1e308, -1e308]])
def test_what_cannot_be_computed_is_infinitely_far(features):
    assert made().distances([features]) == [np.inf]


def test_other_numbers_than_were_fitted_are_refused():
    with pytest.raises(IntegrityError, match=r"compares 2 numbers of an example. Received: \(3,\)"):
        made().distances(np.zeros((1, 3)))


def test_alarm_survives_its_arrays():
    again = Alarm.from_arrays(made().to_entry(), made().to_arrays(), SERIES, "alarm.npz")
    assert again.to_entry() == ENTRY and again.distances([[5.0, 3.0]]) == made().distances([[5.0, 3.0]])


@pytest.mark.parametrize("other, words", [
    ({"centre": np.zeros(3)}, "do not fit the network"), ({"scale": np.ones((2, 1))}, "do not fit the network"),
    ({"whitening": np.zeros((2, 3))}, "do not fit the network"), ({"threshold": np.ones(1)}, "do not fit the network"),
    ({"surprise": np.ones(1)}, "do not fit the network"), ({"ranges": np.ones((4, 1))}, "do not fit the network"), ({"centre": np.array([np.nan, 0])}, "not finite"),
    ({"whitening": np.diag([np.inf, 1])}, "not finite"), ({"threshold": np.array(np.inf)}, "not finite"),
    ({"scale": np.array([0.0, 1.0])}, "not positive"), ({"threshold": np.array(-1.0)}, "not positive"),
])
def test_arrays_that_cannot_be_are_refused(other, words):
    with pytest.raises(IntegrityError, match=f"alarm.npz: .*{words}"):
        made(**other)


@pytest.mark.parametrize("change, words", [
    ({"level": 1.0}, "'alarm' is impossible"), ({"level": 1}, "'alarm' is impossible"), ({"features": -1}, "'alarm' is impossible"),
    ({"features": True}, "'alarm' is impossible"), ({"features": 10**9}, "'alarm' is impossible"),
    ({"surprise": 1}, "'alarm' is impossible"), ({"training": "x"}, "'alarm' is impossible"),
    ({"statistics": 2}, "image statistics of version 2. Known: 1"),
])
def test_entries_that_cannot_be_are_refused(change, words):
    check_alarm_entry(ENTRY, "bundle.json")
    with pytest.raises(IntegrityError, match=f"bundle.json: .*{words}"):
        check_alarm_entry(ENTRY | change, "bundle.json")


def test_numbers_are_image_statistics_and_then_features():
    images = np.random.default_rng(0).normal(size=(3, 32, 32, 1))
    numbers = alarm_numbers(images, np.array([[1.0, 2], [3, 4], [5, 6]]))
    assert numbers.shape == (3, 15) and numbers[:, 13:].tolist() == [[1, 2], [3, 4], [5, 6]]
    np.testing.assert_array_equal(numbers[:, :13], alarm_numbers(images, None))


def test_too_many_features_are_left_out():
    assert alarm_numbers(np.zeros((1, 32, 32, 1)), np.zeros((1, 2049))).shape == (1, 13)
