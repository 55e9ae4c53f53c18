import numpy as np

from otrain.answers.events.maps import class_maps, find_in_maps


def test_events_of_a_class_are_found_against_all_others():
    logits = np.zeros((1, 8, 3))
    logits[0, :, 0] = 5
    logits[0, 2:4, 1] = 12
    logits[0, 5:7, 2] = 12
    time = np.arange(8)[None] / 24
    planets = find_in_maps(logits, 1, time, np.isfinite(time))
    assert (planets["start"].tolist(), planets["stop"].tolist()) == ([2], [4])
    assert find_in_maps(logits, 2, time, np.isfinite(time))["start"].tolist() == [5]


def test_probabilities_of_one_unit_are_its_logistic_function():
    probability, odds = class_maps(np.array([[[0.0], [2.0]]]), 1)
    np.testing.assert_allclose(probability, [[0.5, 1 / (1 + np.exp(-2))]])
    np.testing.assert_allclose(odds, [[0, 2]])
