import numpy as np

from otrain.evaluation.label_errors import cross_validated_scores, find_label_issues


def test_thresholds_are_mean_scores_of_the_labelled_class():
    issues = find_label_issues([0.2, 0.4, 0.7, 0.9], [0, 0, 1, 1])
    np.testing.assert_allclose(issues.thresholds, (0.7, 0.8))
    assert len(issues.rows) == 0
    assert issues.shares == (0.0, 0.0)


def test_contradicted_labels_come_least_credible_first():
    scores = [0.05, 0.1, 0.97, 0.9, 0.95, 0.9, 0.02]
    labels = [0, 0, 0, 1, 1, 1, 1]
    issues = find_label_issues(scores, labels)
    assert issues.rows.tolist() == [6, 2]
    np.testing.assert_allclose(issues.credibility, [0.02, 0.03])
    np.testing.assert_allclose(issues.shares, (1 / 3, 1 / 4))


def test_unknown_labels_and_scores_are_left_out():
    issues = find_label_issues([0.1, 0.9, np.nan, 0.99], [0, 1, 0, -1])
    assert len(issues.rows) == 0


def test_one_class_contradicts_nothing():
    issues = find_label_issues([0.1, 0.9], [1, 1])
    assert len(issues.rows) == 0
    assert issues.shares[0] is None


def test_turned_labels_are_listed():
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    features = rng.normal(size=(400, 4)) + 3 * labels[:, None]
    given = labels.copy()
    given[:10] = 1 - given[:10]
    issues = find_label_issues(cross_validated_scores(features, given, trees=20), given)
    assert set(issues.rows.tolist()) <= set(range(10))
    assert len(issues.rows) >= 8


def test_copies_do_not_vouch_for_each_other():
    rng = np.random.default_rng(0)
    once, labels = rng.normal(size=(60, 5)), rng.integers(0, 2, 60)
    features, labels, groups = np.repeat(once, 2, axis=0), np.repeat(labels, 2), np.repeat(np.arange(60), 2)
    apart = cross_validated_scores(features, labels, groups=groups, trees=20)
    leaking = cross_validated_scores(features, labels, trees=20)
    assert np.mean((apart >= 0.5) == labels) < 0.7
    assert np.mean((leaking >= 0.5) == labels) > 0.7


def test_scores_depend_on_the_seed_alone():
    features, labels = np.random.default_rng(0).normal(size=(60, 3)), np.arange(60) % 2
    first, again = (cross_validated_scores(features, labels, trees=20, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_unlabelled_examples_get_no_score():
    labels = np.array([0, 1] * 20 + [-1])
    scores = cross_validated_scores(np.arange(41.0)[:, None], labels, trees=5)
    assert np.isnan(scores[-1]) and np.isfinite(scores[:-1]).all()


def test_any_of_several_classes_may_contradict_a_label():
    scores = [[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.05, 0.9, 0.05], [0.1, 0.1, 0.8], [0.0, 0.95, 0.05]]
    issues = find_label_issues(scores, [0, 0, 1, 1, 2, 2])
    assert issues.rows.tolist() == [5] and issues.credibility.tolist() == [0.05]
    assert issues.shares == (0.0, 0.0, 0.5)


def test_turned_labels_of_three_classes_are_listed():
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    features = rng.normal(size=(300, 4)) + 4 * np.eye(4)[labels]
    given = labels.copy()
    given[:9] = (given[:9] + 1) % 3
    scores = cross_validated_scores(features, given, classes=3, trees=20)
    np.testing.assert_allclose(scores.sum(axis=1), 1)
    rows = set(find_label_issues(scores, given).rows.tolist())
    assert rows <= set(range(9)) and len(rows) >= 7
