import numpy as np
import pytest

from otrain.evaluation.thresholds import (
    judged_again,
    rates,
    threshold_for_false_alarms,
    threshold_for_loss,
    threshold_table,
)


@pytest.mark.parametrize("limit, lost", [(0.0, 0), (0.1, 1), (0.3, 3), (1.0, 9)])
def test_threshold_for_loss_loses_no_more_than_allowed(limit, lost):
    scores = np.arange(1, 11) / 10
    assert np.sum(scores < threshold_for_loss(scores, limit)) == lost


def test_tied_reals_are_kept_together():
    assert threshold_for_loss([0.5] * 10, 0.1) == 0.5


@pytest.mark.parametrize("limit, alarms", [(0.0, 0), (0.1, 1), (0.3, 3), (1.0, 10)])
def test_threshold_for_false_alarms_lets_through_no_more_than_allowed(limit, alarms):
    scores = np.arange(1, 11) / 10
    assert np.sum(scores >= threshold_for_false_alarms(scores, limit)) == alarms


def test_tied_bogus_are_all_stopped():
    assert np.sum(np.array([0.5] * 10) >= threshold_for_false_alarms([0.5] * 10, 0.1)) == 0


def test_rates_count_both_kinds_of_error():
    result = rates([1, 1, 0, 0, 0, 0], [0.9, 0.2, 0.8, 0.1, 0.1, 0.1], 0.5)
    assert (result["reals"], result["bogus"]) == (2, 4)
    assert (result["lost"]["value"], result["false_alarms"]["value"]) == (0.5, 0.25)


def test_rates_without_a_class_are_none():
    assert rates([1], [0.9], 0.5)["false_alarms"] == {"value": None, "low": None, "high": None}


def subset(n, seed):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return np.clip(rng.normal(0.3 + 0.4 * labels, 0.1), 0, 1), labels


def test_table_keeps_its_promises_on_validation():
    rows = threshold_table(*subset(20_000, 0), *subset(20_000, 1))
    assert len(rows) == 7
    for row in rows:
        assert row["support"] == ""
        assert row["validation"][row["kind"]]["value"] <= row["limit"]
        # The test subset scatters about the limit as its interval says (3 sigma here).
        assert row["test"][row["kind"]]["low"] <= 1.5 * row["limit"]


def test_small_subset_says_how_many_examples_it_needs():
    rows = {row["target"]: row for row in threshold_table(*subset(60, 0), *subset(80, 1))}
    row = rows["lose at most 1 % of reals"]
    assert row["threshold"] is None and row["test"] is None
    # 1.96^2 x 99 = 380.3: with 381 reals and no loss the interval ends at 1 %.
    assert row["support"] == ("needs at least 100 reals in validation (has 30); "
                              "needs at least 381 reals in test (has 40)")
    supported = rows["lose at most 10 % of reals"]
    assert supported["support"] == "" and supported["threshold"] is not None
    assert "3838 bogus in test (has 40)" in rows["at most 1 false alarms per 1000 bogus"]["support"]


def test_empty_subsets_give_a_table_without_thresholds():
    assert {row["threshold"] for row in threshold_table([], [], [], [])} == {None}


def test_table_judged_again_keeps_its_thresholds():
    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 3000), rng.random(3000)
    table = threshold_table(scores, labels, scores, labels)
    again = judged_again(table, scores[:100], labels[:100])
    assert [row["threshold"] for row in again] == [row["threshold"] for row in table]
    lost = rates(labels[:100], scores[:100], table[0]["threshold"])
    assert again[0]["test"] == lost and again[0]["validation"] == table[0]["validation"]
    assert again[0]["support"] == f"needs at least 381 reals (has {labels[:100].sum()})"
    assert again[3]["support"] == ""


def test_row_without_a_threshold_stays_without_rates():
    table = threshold_table([0.5], [1], [0.5], [1])
    again = judged_again(table, np.full(500, 0.5), np.ones(500, int))
    assert all(row["test"] is None and row["threshold"] is None for row in again)
    assert again[0]["support"] == table[0]["support"]
