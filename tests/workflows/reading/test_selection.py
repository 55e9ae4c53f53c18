import numpy as np
import pytest

from otrain.errors import DataError, UsageError
from otrain.workflows.reading.selection import (
    draw,
    identical_groups,
    parse_fraction,
    split_conflicts,
    wanted_counts,
)


@pytest.mark.parametrize(("n_true", "n_false", "fraction", "wanted"), [
    (1000, 5000, 0.25, (1000, 3000)), (7, 100, 0.3, (7, 16)), (10, 100, 0.35, (10, 18)), (100, 5, 0.666, (9, 5)),
    (3, 9, 0.0, (0, 9)), (3, 9, 1.0, (3, 0))])
def test_counts_are_the_nearest_to_the_fraction(n_true, n_false, fraction, wanted):
    assert wanted_counts(n_true, n_false, fraction) == wanted


def test_rounding_is_to_the_nearest_not_down():
    true, false = wanted_counts(5, 5, 0.5000001)
    assert (true, false) == (5, 4) or true + false == 9
    true, false = wanted_counts(50, 31, 0.6)
    total = true + false
    assert true == round(0.6 * total)


def test_fraction_that_needs_an_absent_class_is_refused():
    with pytest.raises(DataError, match="cannot be met with 0 true"):
        wanted_counts(0, 9, 0.5)


@pytest.mark.parametrize(("text", "fraction"), [("all", None), (-1, None), ("0.5", 0.5), (1, 1.0)])
def test_fraction_is_read(text, fraction):
    assert parse_fraction(text) == fraction


@pytest.mark.parametrize("text", ["1.5", "half", "-0.1", "nan"])
def test_other_fractions_are_refused(text):
    with pytest.raises(UsageError, match="--frac-true must lie between 0 and 1"):
        parse_fraction(text)


def test_identical_images_are_grouped_and_conflicts_told_apart():
    digests = np.zeros((5, 32), np.uint8)
    digests[[0, 3], 0], digests[[1, 4], 0], digests[2, 0] = 1, 2, 3
    groups = identical_groups(digests)
    assert sorted(group.tolist() for group in groups) == [[0, 3], [1, 4]]
    harmless, conflicting = split_conflicts(groups, np.array([1, 0, 0, 1, 1]))
    assert [g.tolist() for g in harmless] == [[0, 3]] and [g.tolist() for g in conflicting] == [[1, 4]]


def test_draw_depends_on_the_name_alone():
    rows = np.arange(20)
    some = draw(rows, 7, lambda row: f"c{row}", 3)
    other = draw(rows[::-1].copy(), 7, lambda row: f"c{row}", 3)
    assert len(some) == 7 and sorted(some) == sorted(other) and some.tolist() == sorted(some)


def test_another_seed_draws_other_rows():
    rows = np.arange(200)
    first, again, other = (draw(rows, 20, lambda row: f"c{row}", seed).tolist() for seed in (3, 3, 4))
    assert first == again != other
