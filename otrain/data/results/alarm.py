"""The alarm of a network: how far an example lies from those that it was trained on; a part of the bundle.

A network answers every image, also one of another telescope, and its uncertainties are true only for
examples like those of the validation. The distance is that of Mahalanobis (1936), in what the network
knows of an image and what `image_statistics` says of it, and how far the statistics lie outside their
ranges; its unit is the distance that 5 % of the validation examples exceed.
`otrain.evaluation.unlike_training` fits it.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otrain.data.results.image_statistics import VERSION, image_statistics, statistics_count
from otrain.errors import IntegrityError

__all__ = ["MOST_FEATURES", "Alarm", "alarm_numbers", "beyond_ranges", "check_alarm_entry"]

MOST_FEATURES = 2048  # of a network with more of them, the image statistics alone are taken
_ARRAYS = ("centre", "scale", "whitening", "ranges", "threshold")
_ENTRY = {"statistics", "features", "level", "training", "validation"}


@dataclass(frozen=True, repr=False)
class Alarm:
    """Distance from the training examples in units of the threshold: above 1 an example is unlike them.

    Parameters
    ----------
    centre, scale : (D,) ndarray
        Mean and standard deviation of the D numbers of an example, see `alarm_numbers`.
    whitening : (D, D) ndarray
        W, by which the distance of standardised numbers z is the length of ``W z``.
    ranges : (4, S) ndarray
        Of each of the S statistics, the first numbers: what is low, what is high, and the units in which is
        counted how far a number lies below and above. The farthest counts, as one more component of ``W z``.
    threshold : float
        Distance that a share `level` of examples like those of the training exceeds.
    features : int
        How many of the numbers are features of the network: the last ones.
    level : float
    training, validation : int
        Examples that it was fitted on.
    """

    centre: np.ndarray
    scale: np.ndarray
    whitening: np.ndarray
    ranges: np.ndarray
    threshold: float
    features: int
    level: float = 0.05
    training: int = 0
    validation: int = 0

    def __repr__(self):
        return f"<Alarm of {len(self.centre)} numbers, {self.training} training examples>"

    def distances(self, numbers):
        """Return the distance of each example in units of the threshold, (N,) float.

        Parameters
        ----------
        numbers : (N, D) ndarray
            Infinity is told of an example whose distance cannot be computed.

        Raises
        ------
        IntegrityError
            If there are more or fewer numbers than the alarm knows.
        """
        numbers = np.asarray(numbers, np.float64)
        if numbers.shape[1:] != np.shape(self.centre):
            raise IntegrityError(f"the alarm compares {len(self.centre)} numbers of an example. Received: "
                                 f"{numbers.shape[1:]}. Train the network again.")
        with np.errstate(over="ignore", invalid="ignore"):
            standard = (numbers - self.centre) / self.scale
            # One by one: the last bits of a product of matrices depend on the number of its rows.
            squares = np.array([np.sum((self._matrix @ row) ** 2) for row in standard], float)
            lengths = np.sqrt(squares + self.excess(numbers) ** 2)
        return np.where(np.isfinite(lengths), lengths, np.inf) / self.threshold

    def excess(self, numbers):
        """Return how far the farthest statistic of each example lies outside its range, (N,)."""
        return beyond_ranges(numbers[:, :self.ranges.shape[1]], self.ranges)

    def of_images(self, images, features):
        """Return the distance of each of some prepared images, whose features a network gave."""
        return self.distances(alarm_numbers(images, features if self.features else None))

    @cached_property
    def _matrix(self):
        return np.ascontiguousarray(self.whitening, np.float64)

    def to_arrays(self):
        """Return the arrays by name, for ``alarm.npz``."""
        return {name: np.asarray(getattr(self, name)) for name in _ARRAYS}

    def to_entry(self):
        """Return plain types for ``bundle.json``."""
        return {"statistics": VERSION, "features": self.features, "level": self.level,
                "training": self.training, "validation": self.validation}

    @classmethod
    def from_arrays(cls, entry, arrays, shape, where):
        """Return the alarm that a bundle describes.

        Parameters
        ----------
        entry : dict
            That passed `check_alarm_entry`.
        arrays : dict of str to ndarray
        shape : tuple of int
            Of an example.
        where : str
            The file, for messages.

        Raises
        ------
        IntegrityError
            If the arrays do not fit the network, or hold what cannot be.
        """
        statistics = statistics_count(shape)
        count = statistics + entry["features"]
        shapes = {"centre": (count,), "scale": (count,), "whitening": (count, count),
                  "ranges": (4, statistics), "threshold": ()}
        found = {name: array.shape for name, array in arrays.items()}
        if found != shapes:
            raise IntegrityError(f"{where}: the arrays of the alarm do not fit the network. "
                                 f"Received: {found!r:.200}; expected: {shapes}.")
        if not all(np.isfinite(array).all() for array in arrays.values()) or not (
                (arrays["scale"] > 0).all() and (arrays["ranges"][2:] > 0).all() and arrays["threshold"] > 0):
            raise IntegrityError(f"{where}: the alarm holds numbers that are not finite, or a scale or "
                                 "threshold that is not positive. Train the network again.")
        return cls(arrays["centre"], arrays["scale"], arrays["whitening"], arrays["ranges"],
                   float(arrays["threshold"]), entry["features"], entry["level"], entry["training"],
                   entry["validation"])


def beyond_ranges(statistics, ranges):
    """Return how far the farthest of some numbers lies outside its range, (N,), 0 within.

    Parameters
    ----------
    statistics : (N, S) ndarray
    ranges : (4, S) array-like
        As of `Alarm`.
    """
    low, high, below, above = ranges
    return np.maximum((low - statistics) / below, (statistics - high) / above).max(axis=1, initial=0)


def check_alarm_entry(entry, where):
    """Refuse an entry of ``bundle.json`` that describes no alarm, or one of another version.

    Raises
    ------
    IntegrityError
    """
    fine = isinstance(entry, dict) and entry.keys() == _ENTRY and all(
        isinstance(entry[name], int) and not isinstance(entry[name], bool) and entry[name] >= 0
        for name in _ENTRY - {"level"}) and (
        isinstance(entry["level"], float) and 0 < entry["level"] < 1 and entry["features"] <= MOST_FEATURES)
    if not fine:
        raise IntegrityError(f"{where}: 'alarm' is impossible. Received: {entry!r:.120}")
    if entry["statistics"] != VERSION:
        raise IntegrityError(f"{where}: the alarm counts on image statistics of version "
                             f"{entry['statistics']}. Known: {VERSION}. Update otrain, or train the network "
                             "again.")


def alarm_numbers(images, features):
    """Return the numbers by which examples are compared: image statistics, then features of the network.

    Parameters
    ----------
    images : (N, ..., C) ndarray
        As the network gets them.
    features : (N, F) ndarray or None
        None, or more than `MOST_FEATURES`: left out.

    Returns
    -------
    (N, D) float64 ndarray
    """
    numbers = np.empty((len(images), statistics_count(np.shape(images)[1:])))
    for row, image in enumerate(images):
        numbers[row] = image_statistics(image)
    if features is None or np.shape(features)[1] > MOST_FEATURES:
        return numbers
    return np.concatenate([numbers, np.asarray(features, np.float64)], axis=1)
