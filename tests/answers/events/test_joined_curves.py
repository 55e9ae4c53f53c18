from types import SimpleNamespace

import numpy as np

from otrain.answers.events.joined_curves import curves_of, join_windows


def window(file, star, start):
    return SimpleNamespace(name=file), SimpleNamespace(columns={"object_id": star, "time_start": start, "quarter": 1})


def test_windows_of_one_curve_are_together():
    windows = [window("a", "s", 0.0), window("a", "s", 1.0), window("a", "t", 0.0), window("b", "t", 5.0)]
    assert [(len(curve), ahead) for curve, ahead in curves_of(windows)] == [(2, 1), (1, 1), (1, 0)]


def test_curve_that_begins_again_is_another_one():
    assert [len(curve) for curve, _ in curves_of([window("a", "s", 1.0), window("a", "s", 1.0)])] == [1, 1]


def test_overlapping_windows_are_one_curve_and_their_middles_count_most():
    cadence, length = 3600.0, 8
    images = np.stack([np.arange(8.0), np.arange(4.0, 12)])[..., None].astype("f4")
    logits = np.stack([np.zeros((8, 1)), np.full((8, 1), 9.0)])
    columns = [{"time_start": 1.0, "cadence": cadence}, {"time_start": 1 + 4 / 24, "cadence": cadence}]
    joined = join_windows(images, logits, columns, ["flux"])
    np.testing.assert_array_equal(joined.image[0, :, 0], np.arange(length + 4))
    odds = joined.logits[0, :, 0]
    assert (odds[:4] == 0).all() and (odds[8:] == 9).all()
    np.testing.assert_allclose(odds[4:8], [9 / 5, 18 / 5, 27 / 5, 36 / 5])
    assert joined.columns["time_start"].tolist() == [1.0]


def test_gap_of_one_window_is_filled_by_the_other():
    images = np.array([[[1.0], [np.nan]], [[2.0], [3.0]]], "f4")
    columns = [{"time_start": 0.0, "cadence": 86400.0}, {"time_start": 1.0, "cadence": 86400.0}]
    joined = join_windows(images, np.zeros((2, 2, 1)), columns, ["flux"])
    assert joined.image[0, :, 0].tolist() == [1, 2, 3]


def test_missing_window_leaves_points_without_value():
    images = np.ones((2, 2, 1), "f4")
    columns = [{"time_start": 0.0, "cadence": 86400.0}, {"time_start": 3.0, "cadence": 86400.0}]
    joined = join_windows(images, np.ones((2, 2, 1)), columns, ["flux"])
    assert np.isnan(joined.image[0, 2, 0]) and np.isfinite(joined.logits).all()


def test_times_and_pieces_go_on_through_the_windows():
    one = np.stack([[0.0, 1, 2, 3], [0, 0, 1, 1]], -1).astype("f4")
    two = np.stack([[0.0, 1, 2, 3], [0, 0, 0, 1]], -1).astype("f4")
    columns = [{"time_start": 10.0, "cadence": 86400.0}, {"time_start": 12.0, "cadence": 86400.0}]
    joined = join_windows(np.stack([one, two]), np.zeros((2, 4, 1)), columns, ["time", "segment"])
    assert joined.image[0, :, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert joined.image[0, :, 1].tolist() == [0, 0, 1, 1, 1, 2]
