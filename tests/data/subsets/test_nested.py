from itertools import pairwise

import numpy as np
import pytest

from otrain.data.subsets.nested import nested_splits
from otrain.data.subsets.split import Split
from otrain.errors import UsageError

N = 400
LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1], [300, 100]))
GROUPS = np.arange(N) // 2  # pairs
SPLIT = Split(np.arange(280), np.arange(280, 340), np.arange(340, N), GROUPS)
FRACTIONS = [0.1, 0.25, 0.5, 0.75, 1.0]
PARTS = nested_splits(SPLIT, LABELS, FRACTIONS, seed=1)
# Every group has one class, in another order in validation than in training.
PURE = np.repeat(np.where(np.arange(N // 2) < 140, np.arange(N // 2) < 70, np.arange(N // 2) % 3 == 0), 2).astype(int)
PURE_PARTS = nested_splits(SPLIT, PURE, FRACTIONS, seed=1)


@pytest.mark.parametrize("subset", ["train", "validation"])
def test_smaller_part_lies_in_the_larger(subset):
    rows = [set(getattr(part, subset)) for part in PARTS]
    assert all(small < large for small, large in pairwise(rows))


def test_largest_part_is_the_whole_split_and_test_is_always_the_same():
    np.testing.assert_array_equal(PARTS[-1].train, SPLIT.train)
    np.testing.assert_array_equal(PARTS[-1].validation, SPLIT.validation)
    assert all(part.test is SPLIT.test for part in PARTS)


@pytest.mark.parametrize(("part", "fraction"), list(zip(PARTS, FRACTIONS, strict=True)))
def test_share_of_each_class_is_kept(part, fraction):
    counts, all_counts = np.bincount(LABELS[part.train]), np.bincount(LABELS[SPLIT.train])
    # A group of two counts under the class of its first row, so a few rows stray.
    np.testing.assert_allclose(counts, fraction * all_counts, atol=12)


@pytest.mark.parametrize(("part", "fraction"), list(zip(PURE_PARTS, FRACTIONS, strict=True)))
def test_share_of_each_class_is_kept_in_validation(part, fraction):
    counts, all_counts = np.bincount(PURE[part.validation]), np.bincount(PURE[SPLIT.validation])
    np.testing.assert_allclose(counts, fraction * all_counts, atol=2)  # a group is two rows


def test_groups_are_never_torn():
    for part in PARTS:
        for rows, whole in ((part.train, SPLIT.train), (part.validation, SPLIT.validation)):
            inside, outside = GROUPS[rows], GROUPS[np.setdiff1d(whole, rows)]
            assert not set(inside) & set(outside)


def test_every_part_has_both_classes_however_small():
    part = nested_splits(SPLIT, LABELS, [1e-6])[0]
    assert set(LABELS[part.train][:1]) <= {0, 1} and len(part.train) == len(part.validation) == 4


def test_seed_decides_which_labels_are_taken():
    again, other = (nested_splits(SPLIT, LABELS, [0.5], seed=seed)[0].train for seed in ([1], [0, 1]))
    np.testing.assert_array_equal(again, PARTS[2].train)
    assert set(other) != set(again)


@pytest.mark.parametrize("fraction", [0, 1.5])
def test_impossible_fraction_is_refused(fraction):
    with pytest.raises(UsageError, match="between 0 and 1"):
        nested_splits(SPLIT, LABELS, [fraction])
