import numpy as np

from otrain.evaluation.true_events import observed_events, runs_of_class

TABLE = {"object_id": np.array(["b", "a", "a"]), "t0": np.array([1.0, 0.5, 3.0]), "duration": np.array([12.0, 6.0, 6.0]),
         "depth": np.array([1e-3, 2e-3, 3e-3])}
TIME = np.arange(0, 2, 1 / 48)


def seen(time, valid=None, objects=("a", "b")):
    time = np.array([time] * len(objects))
    return observed_events(TABLE, np.array(objects), time, np.isfinite(time) if valid is None else valid)


def test_events_are_those_of_the_star_within_its_points():
    found = seen(TIME)
    assert found["row"].tolist() == [0, 1] and found["depth"].tolist() == [2e-3, 1e-3]
    np.testing.assert_allclose(found["observed"], 1, atol=0.1)


def test_event_at_the_edge_is_observed_in_part():
    found = seen(TIME[TIME <= 0.5], objects=("a",))
    np.testing.assert_allclose(found["observed"], [0.5], atol=0.1)


def test_event_in_a_gap_is_not_observed():
    valid = np.array([np.abs(TIME - 0.5) > 0.2])
    assert len(seen(TIME, valid, objects=("a",))["row"]) == 0


def test_star_without_events_or_points_has_none():
    assert len(seen(TIME, objects=("c",))["row"]) == 0
    assert len(seen(np.full(5, np.nan), objects=("a",))["row"]) == 0


def test_classes_of_points_show_their_events():
    classes = np.array([[0, 1, 1, 0, 2, np.nan, 1.0, 0]])
    runs = runs_of_class(classes, 1, np.arange(8)[None] / 24)
    np.testing.assert_allclose(runs["duration"], [2, 1])
    np.testing.assert_allclose(24 * runs["t0"], [1.5, 6])


def test_class_of_points_without_a_value_is_not_observed():
    classes = np.array([[0, 1, 1, 1, 1, 0, 0, 0.0]])
    valid = np.array([[True, True, False, False, False, True, True, True]])
    time = np.arange(8)[None] / 24
    assert runs_of_class(classes, 1, time, valid)["observed"].tolist() == [0.25]
    assert runs_of_class(classes, 1, time)["observed"].tolist() == [1]
    assert runs_of_class(0 * classes, 1, time, valid)["observed"].tolist() == []
