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
        Examples that are confidently of the other class, least credible label first.
    credibility : (K,) ndarray
        Score of the class that the label names.
    thresholds : tuple of float
        Score of bogus, and score of real, from which an example is confidently of that class.
    shares : tuple of float or None
        Estimated share of wrong labels among those labelled bogus, and real; None without examples.
    """

    rows: np.ndarray
    credibility: np.ndarray
    thresholds: tuple
    shares: tuple


def find_label_issues(scores, labels):
    """Return the labels that scores contradict confidently.

    Parameters
    ----------
    scores : (N,) ndarray
        Probability of real, from a classifier that was not trained on the example;
        NaN where there is none.
    labels : (N,) int ndarray
        0 bogus, 1 real; others are left out.

    Returns
    -------
    LabelIssues

    Examples
    --------
    >>> find_label_issues([0.1, 0.2, 0.9, 0.8, 0.95], [0, 0, 0, 1, 1]).rows.tolist()
    [2]
    """
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    usable = np.isfinite(scores) & np.isin(labels, (0, 1))
    of_class = np.stack([1 - scores, scores])
    members = [np.flatnonzero(usable & (labels == label)) for label in (0, 1)]
    thresholds = tuple(float(of_class[label][rows].mean()) if len(rows) else np.inf
                       for label, rows in enumerate(members))
    wrong, shares = [], []
    for label, rows in enumerate(members):
        other = 1 - label
        contradicted = ((of_class[other][rows] >= thresholds[other])
                        & (of_class[other][rows] > of_class[label][rows]))
        agreed = of_class[label][rows] >= thresholds[label]
        sure = np.sum(agreed | contradicted)
        wrong.append(rows[contradicted])
        shares.append(float(contradicted.sum() / sure) if sure else None)
    wrong = np.concatenate(wrong)
    credibility = of_class[labels[wrong], wrong]
    order = np.argsort(credibility, kind="stable")
    return LabelIssues(wrong[order], credibility[order], thresholds, tuple(shares))


def cross_validated_scores(features, labels, *, groups=None, folds=5, trees=100, seed=0):
    """Return a score of real for each example from trees that were not grown on it.

    Parameters
    ----------
    features : (N, D) ndarray
    labels : (N,) int ndarray
        0 bogus, 1 real; others are neither trained on nor scored.
    groups : (N,) int ndarray, optional
        Examples of one group are in one fold; else a copy of an example would vouch for its label.
    folds, trees : int
    seed : int
        Of folds and trees.

    Returns
    -------
    (N,) ndarray
        NaN where the label is unknown, or where a fold leaves one class only to train on.
    """
    from sklearn.ensemble import ExtraTreesClassifier

    labels = np.asarray(labels)
    rng = np.random.default_rng(seed)
    groups = np.arange(len(labels)) if groups is None else np.unique(groups, return_inverse=True)[1]
    fold = rng.permutation(groups.max() + 1 if len(groups) else 0)[groups] % folds
    known = np.isin(labels, (0, 1))
    scores = np.full(len(labels), np.nan)
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
        scores[judged] = forest.predict_proba(features[judged])[:, 1]
    return scores
