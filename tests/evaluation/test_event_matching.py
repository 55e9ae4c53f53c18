import itertools

import numpy as np
import pytest

from otrain.errors import DataError
from otrain.evaluation.event_matching import match_events, overlap


def match(found, true, **options):
    """Events as ``(star, t0, duration, score)`` and ``(star, t0, duration)``."""
    found, true = (list(zip(*rows)) or [()] * n for rows, n in ((found, 4), (true, 3)))
    return match_events(*(np.array(column) for column in (*found, *true)), **options)


def test_centre_within_half_the_true_duration_is_a_match():
    result = match([("a", 10.24, 1, 1.0), ("a", 20.26, 1, 1.0)], [("a", 10, 12), ("a", 20, 12)])
    assert result["match"].tolist() == [0, -1] and result["found"].tolist() == [0, -1]
    assert result["any_overlap"].tolist() == [True, True]


def test_overlap_of_three_tenths_is_a_match_for_a_long_event():
    true = [("a", 10, 6)]
    assert match([("a", 10.2, 14, 1.0)], true)["match"].tolist() == [0]  # 6 of 14 h, centre 4.8 h off
    assert match([("a", 10.2, 30, 1.0)], true)["match"].tolist() == [-1]  # 6 of 30 h
    assert match([("a", 10.2, 30, 1.0)], true, least_overlap=0.2)["match"].tolist() == [0]


def test_second_event_on_one_transit_is_false():
    result = match([("a", 9.9, 4, 0.5), ("a", 10.1, 4, 0.9)], [("a", 10, 12)])
    assert result["match"].tolist() == [-1, 0]
    assert result["any_overlap"].tolist() == [True, True]
    assert result["found_score"].tolist() == [0.9]


def test_one_long_event_over_two_transits_finds_one():
    result = match([("a", 10.25, 24, 0.9)], [("a", 10, 12), ("a", 10.5, 12)])
    assert sorted(result["found"].tolist()) == [-1, 0]
    assert result["any_overlap_score"].tolist() == [0.9, 0.9]


def test_partner_moves_to_another_transit_where_both_can_be_found():
    # The surer event fits both transits and the first better; the other fits only the first.
    result = match([("a", 10.2, 12, 0.9), ("a", 9.8, 6, 0.5)], [("a", 10.05, 12), ("a", 10.44, 12)])
    assert result["match"].tolist() == [1, 0]
    assert result["found_score"].tolist() == [0.9, 0.5]


def test_events_of_other_stars_never_match():
    result = match([("a", 10, 12, 0.9)], [("b", 10, 12)])
    assert result["match"].tolist() == [-1] and np.isnan(result["found_score"]).all()


def test_ignored_truth_makes_neither_hit_nor_false_alarm():
    result = match([("a", 10, 12, 0.9), ("a", 30, 12, 0.8)], [("a", 10, 12)], ignore=[True])
    assert result["match"].tolist() == [-1, -1] and result["ignored"].tolist() == [True, False]


@pytest.mark.parametrize("seed", range(30))
def test_matching_is_the_largest_one_at_every_threshold(seed):
    rng = np.random.default_rng(seed)
    t0, true_t0 = rng.uniform(0, 2, 6), rng.uniform(0, 2, 4)
    duration, true_duration = rng.uniform(2, 20, 6), rng.uniform(2, 14, 4)
    score = rng.random(6).round(1)
    stars, true_stars = np.full(6, "s"), np.full(4, "s")
    result = match_events(stars, t0, duration, score, true_stars, true_t0, true_duration)
    pair = (np.abs(t0[:, None] - true_t0) <= true_duration / 48) | (
        overlap(t0[:, None], duration[:, None], true_t0, true_duration) >= 0.3)
    for threshold in np.unique(score):
        rows = np.flatnonzero(score >= threshold)
        best = max(sum(pair[row, column] for row, column in zip(order, range(4)) if row >= 0)
                   for order in itertools.permutations([*rows, -1, -1, -1, -1], 4))
        assert np.sum(result["found_score"] >= threshold) == best
        assert np.sum((result["match"] >= 0) & (score >= threshold)) == best
    hit = np.flatnonzero(result["match"] >= 0)
    assert np.all(pair[hit, result["match"][hit]])
    assert np.all(result["found"][result["match"][hit]] == hit)


def test_reversed_time_gives_the_same_matches():
    rng = np.random.default_rng(0)
    t0, true_t0, duration, score = rng.uniform(0, 30, 40), rng.uniform(0, 30, 20), rng.uniform(2, 30, 40), rng.random(40)
    stars, true_stars = np.full(40, "s"), np.full(20, "s")
    one, back = (match_events(stars, sign * t0, duration, score, true_stars, sign * true_t0, np.full(20, 10.0))
                 for sign in (1, -1))
    assert one["match"].tolist() == back["match"].tolist()


def test_no_events_and_no_truth_are_no_error():
    assert match([], [("a", 1, 2)])["found"].tolist() == [-1]
    assert match([("a", 1, 2, 0.5)], [])["match"].tolist() == [-1]


def test_times_must_be_finite():
    with pytest.raises(DataError, match="`true_duration` must be finite"):
        match([("a", 1, 2, 0.5)], [("a", 1, np.nan)])


def test_overlap_of_equal_boxes_is_one_and_of_distant_ones_zero():
    assert overlap(5, 3, 5, 3) == 1 and overlap(5, 3, 6, 3) == 0 and overlap(5, 0, 5, 0) == 0
