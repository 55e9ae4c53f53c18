"""What a network said of examples, in place of their images: it crosses a pipe in no time."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Answer", "Answers", "join_answers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a network said of one example.

    Parameters
    ----------
    shape : tuple of int
        Of the image that it was shown.
    logits : float or list of float
        Log odds of real, or one logit per class.
    features : (F,) float32 ndarray or None
        What the network knows of the image before its last layers.
    unlikeness : float or None
        Distance from the examples of the training, see `otrain.data.results.alarm.Alarm`.
    """

    shape: tuple[int, ...]
    logits: object
    features: np.ndarray | None = None
    unlikeness: float | None = None

    def __reduce__(self):  # faster than a dataclass does it
        return Answer, (self.shape, self.logits, self.features, self.unlikeness)


@dataclass(frozen=True)
class Answers:
    """What a network said of several examples; a `Bundle` takes it wherever it takes images.

    Parameters
    ----------
    logits : (N,) or (N, K) float64 ndarray
    features : (N, F) float32 ndarray or None
    unlikeness : (N,) float64 ndarray or None
    """

    logits: np.ndarray
    features: np.ndarray | None = None
    unlikeness: np.ndarray | None = None

    def __len__(self):
        return len(self.logits)

    def each(self, shape):
        """Return one `Answer` per example, which was shown as an image of `shape`."""
        nothing = [None] * len(self)
        features = nothing if self.features is None else self.features
        unlikeness = nothing if self.unlikeness is None else self.unlikeness.tolist()
        return [Answer(shape, *parts) for parts in zip(self.logits.tolist(), features, unlikeness)]


def join_answers(answers):
    """Return the `Answers` of a list of `Answer`."""
    first = answers[0]
    return Answers(
        np.array([answer.logits for answer in answers], float),
        None if first.features is None else np.stack([answer.features for answer in answers]),
        None if first.unlikeness is None else np.array([answer.unlikeness for answer in answers], float))
