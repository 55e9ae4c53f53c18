"""Which labels contradict the images: confident learning on scores of examples not trained on.

A class has a threshold of its own: the mean score of that class over the examples that carry
its label. An example whose score of another class reaches the threshold of that class
is confidently of that class, whatever its label says.

References
----------
Northcutt, Jiang & Chuang 2021, J. Artif. Intell. Res. 70, 1373.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["LabelIssues", "cross_validated_scores", "find_label_issues"]

_MOST = 20_000  # examples to train one fold on; more make the list no better


@dataclass(frozen=True)
class LabelIssues:
    """Labels for a second look.

    Parameters
    ----------
    rows : (K,) int ndarray
        Examples that are confidently of another class, least credible label first.
    credibility : (K,) ndarray
        Score of the class that the label names.
    thresholds : tuple of float
        For each class the score from which an example is confidently of that class.
    shares : tuple of float or None
        For each class the estimated share of wrong labels among its own; None without examples.
    """

    rows: np.ndarray
    credibility: np.ndarray
    thresholds: tuple
    shares: tuple


def find_label_issues(scores, labels):
    """Return the labels that scores contradict confidently.

    Parameters
    ----------
    scores : (N,) or (N, K) ndarray
        Probability of the second of two classes, or of each of several, from a classifier that was not
        trained on the example; NaN where there is none.
    labels : (N,) int ndarray
        Index of the class; others are left out.

    Returns
    -------
    LabelIssues

    Examples
    --------
    >>> find_label_issues([0.1, 0.2, 0.9, 0.8, 0.95], [0, 0, 0, 1, 1]).rows.tolist()
    [2]
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    of_class = np.stack([1 - scores, scores], axis=1) if scores.ndim == 1 else scores
    classes = range(of_class.shape[1])
    usable = np.isfinite(of_class).all(axis=1) & np.isin(labels, classes)
    members = [np.flatnonzero(usable & (labels == label)) for label in classes]
    thresholds = tuple(float(of_class[rows, label].mean()) if len(rows) else np.inf
                       for label, rows in enumerate(members))
    wrong, shares = [], []
    for label, rows in enumerate(members):
        own = of_class[rows, label]
        reached = of_class[rows] >= thresholds
        reached[:, label] = False
        best = np.where(reached, of_class[rows], -np.inf).max(axis=1, initial=-np.inf)
        contradicted = best > own
        sure = np.sum((own >= thresholds[label]) | contradicted)
        wrong.append(rows[contradicted])
        shares.append(float(contradicted.sum() / sure) if sure else None)
    wrong = np.concatenate(wrong)
    credibility = of_class[wrong, labels[wrong]]
    order = np.argsort(credibility, kind="stable")
    return LabelIssues(wrong[order], credibility[order], thresholds, tuple(shares))


def cross_validated_scores(features, labels, *, classes=2, groups=None, folds=5, trees=100, seed=0):
    """Return scores of each example from trees that were not grown on it.

    Parameters
    ----------
    features : (N, D) ndarray
    labels : (N,) int ndarray
        Index of the class; others are neither trained on nor scored.
    classes : int
        How many there are.
    groups : (N,) int ndarray, optional
        Examples of one group are in one fold; else a copy of an example would vouch for its label.
    folds, trees : int
    seed : int
        Of folds and trees.

    Returns
    -------
    (N,) or (N, K) ndarray
        Probability of the second of two classes, or of each of several; NaN where the label is unknown,
        or where a fold leaves one class only to train on.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    labels = np.asarray(labels)
    rng = np.random.default_rng(seed)
    groups = np.arange(len(labels)) if groups is None else np.unique(groups, return_inverse=True)[1]
    fold = rng.permutation(groups.max() + 1 if len(groups) else 0)[groups] % folds
    known = np.isin(labels, range(classes))
    scores = np.full((len(labels), classes), np.nan)
    for held_out in range(folds):
        train = np.flatnonzero(known & (fold != held_out))
        judged = np.flatnonzero(known & (fold == held_out))
        if len(np.unique(labels[train])) < 2 or not len(judged):
            continue
        if len(train) > _MOST:
            train = rng.choice(train, _MOST, replace=False)
        forest = ExtraTreesClassifier(trees, min_samples_leaf=2, n_jobs=-1, random_state=seed)
        forest.fit(features[train], labels[train])
        forest.n_jobs = 1  # threads would add up the votes in any order
        scores[judged] = 0
        scores[np.ix_(judged, forest.classes_)] = forest.predict_proba(features[judged])
    return scores[:, 1] if classes == 2 else scores
