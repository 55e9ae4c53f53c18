"""Labels for a second look: those that a network, or a quick classifier, contradicts."""

import numpy as np

from otrain.data.subsets.split import object_groups
from otrain.errors import UsageError
from otrain.evaluation.label_errors import cross_validated_scores, find_label_issues
from otrain.workflows.examining.findings import label_finding

__all__ = ["named", "second_look"]


def second_look(seen, stored, seed):
    """Return the finding about labels, and the list of all of them."""
    if len(seen.classes) < 2:
        raise UsageError("--labels compares the classes of examples. Received: "
                         f"{', '.join(seen.classes) or 'examples without classes'}. Leave it out.")
    if stored is not None:
        scores, judged = _stored_scores(seen, stored), "the stored scores of the network"
    else:
        features = np.concatenate([seen.measured["thumb"], seen.measured["centre"]], axis=1)
        groups = object_groups(seen.columns, len(seen), pixels=seen.digests[:, 0])
        scores = cross_validated_scores(features, seen.labels, classes=len(seen.classes), groups=groups,
                                        seed=seed)
        judged = "a quick cross-validated classifier on small copies"
    issues = find_label_issues(scores, seen.labels)
    found = [named(seen, int(row)) | _judged(seen, scores[row]) for row in issues.rows]
    finding = label_finding(issues, scores, seen.labels, seen.classes, judged=judged)
    return finding, found if finding is not None and finding.rows else []


def _judged(seen, scores):
    """Return the score of an example: of the second of two classes, or of the class that is likeliest."""
    if scores.ndim == 0:
        return {"score": round(float(scores), 5)}
    called = int(scores.argmax())
    return {"called": seen.classes[called], "score": round(float(scores[called]), 5)}


def _stored_scores(seen, stored):
    """Return the stored score of each example, NaN where there is none; matched by file and name."""
    found = 2 if stored.scores.ndim == 1 else stored.scores.shape[1]
    if stored.scores.ndim > 2 or found != len(seen.classes):
        raise UsageError(f"--model: the network gives no score for each of the classes "
                         f"{', '.join(seen.classes)}. Give the run directory of one that tells them apart.")
    place = {key: row for row, key in enumerate(_keys(stored.columns, len(stored)))}
    rows = np.array([place.get(key, -1) for key in _keys(seen.columns, len(seen))])
    if not (rows >= 0).any():
        raise UsageError("--model: none of these examples has a stored score in that run directory. "
                         "Give the one that was trained on this cube, or leave the flag out.")
    known = (rows >= 0).reshape(-1, *[1] * (stored.scores.ndim - 1))
    return np.where(known, stored.scores[rows], np.nan)


def _keys(columns, count):
    empty = np.full(count, "")
    return zip(*(columns.get(name, empty).tolist() for name in ("file", "candid")), strict=True)


def named(seen, row):
    """Return what a person needs to find an example again."""
    label = int(seen.labels[row])
    known = {"row": row, "label": seen.classes[label] if 0 <= label < len(seen.classes) else None}
    return known | {name: _text_of(seen.columns[name][row])
                    for name in ("file", "candid") if name in seen.columns}


def _text_of(name):
    """Names of files may hold bytes that are no text."""
    return str(name).encode("utf-8", "backslashreplace").decode()
