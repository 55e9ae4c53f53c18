import numpy as np

from otrain.plots.scores import score_distribution


def test_every_candidate_of_a_known_class_is_counted():
    figure = score_distribution([0.0, 0.2, 1.0, 0.5], [0, 0, 1, -1], 0.5)
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["bogus (2)", "real (1)", "threshold 0.5"]


def test_no_candidates_are_said():
    assert score_distribution([], [], 0.5).axes[0].texts[0].get_text() == "no candidates"


def test_one_class_can_be_drawn():
    assert score_distribution(np.full(3, 0.5), np.ones(3, int), 0.5).axes[0].patches
