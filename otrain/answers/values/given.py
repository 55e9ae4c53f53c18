"""What a network says of numbers: values, uncertainties and correlations from raw replies, and the truth."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otrain.data.results.value_encoding import ValueEncoding
from otrain.data.results.value_settings import ValueSettings
from otrain.errors import DataError, IntegrityError
from otrain.evaluation.coverage import probabilities_of

__all__ = ["SIDE_OF_68", "GivenValues", "encoding_of", "given_values", "known_rows", "require_truth",
           "split_reply", "true_values"]

SIDE_OF_68 = 0.994457883209753  # normal quantile of 84 %


@dataclass(frozen=True)
class GivenValues:
    """The numbers that a network gives for N examples, with their uncertainties.

    Parameters
    ----------
    value : (N, K) ndarray
        In natural units.
    width : (N, K) ndarray
        Standard deviation of the encoded error as the network gives it, before any calibration.
    correlations : (N, K, K) ndarray or None
        Of the encoded errors, where the network tells them.
    settings : ValueSettings
    """

    value: np.ndarray
    width: np.ndarray
    correlations: np.ndarray | None
    settings: ValueSettings

    def __len__(self):
        return len(self.value)

    def take(self, some):
        """Return what is said of some of the examples."""
        correlations = None if self.correlations is None else self.correlations[some]
        return GivenValues(self.value[some], self.width[some], correlations, self.settings)

    @cached_property
    def encoded(self):
        """The values on the scale on which errors are counted, (N, K)."""
        return self.settings.encoding.encode(self.value)

    @cached_property
    def corrected(self):
        """The widths in units of which errors have the quantiles of the calibration, (N, K)."""
        return self.width * self.settings.intervals.factor(self.width)

    @cached_property
    def sd(self):
        """Calibrated standard deviation in natural units, (N, K), to first order of the encoding."""
        slope = self.settings.encoding.slope(self.value)
        return self.corrected * self.settings.intervals.widening() / slope

    @property
    def covariance(self):
        """Calibrated covariance in natural units, (N, K, K); diagonal where no correlations are told."""
        tied = np.eye(self.value.shape[1]) if self.correlations is None else self.correlations
        return self.sd[:, :, None] * self.sd[:, None, :] * tied

    def quantile(self, normal_score):
        """Return the value below which the truth lies with a stated probability, (N, K).

        Parameters
        ----------
        normal_score : float
            Quantile of the normal distribution of that probability: 0 for 50 %.
        """
        errors = self.settings.intervals.errors_at(normal_score)
        return self.settings.encoding.decode(self.encoded + self.corrected * errors)

    def half_width(self):
        """Return half of the width of the central 68 % in natural units, (N, K)."""
        return (self.quantile(SIDE_OF_68) - self.quantile(-SIDE_OF_68)) / 2

    def errors(self, truth):
        """Return errors ``(encoded truth - encoded value) / width``, (N, K): before calibration."""
        return (self.settings.encoding.encode(truth) - self.encoded) / self.width

    def pit(self, truth):
        """Return the stated probability of a value below the truth, (N, K)."""
        intervals = self.settings.intervals
        return probabilities_of(intervals.normal_scores(self.errors(truth) / intervals.factor(self.width)))


def split_reply(raw, count):
    """Return the parts of raw replies about `count` numbers: values, deviations and correlations, or None.

    Parameters
    ----------
    raw : (N, K), (N, 2 K) or (N, 2 K + K (K - 1) / 2) array-like
        Values, then standard deviations in natural units, then the correlations of the encoded errors:
        the lower triangle, row by row.
    count : int
        K.

    Returns
    -------
    values : (N, K) ndarray
    deviations : (N, K) ndarray or None
    correlations : (N, K, K) ndarray or None

    Raises
    ------
    IntegrityError
        If the replies are of another width.
    """
    raw = np.asarray(raw, float)
    raw = raw.reshape(len(raw), -1)
    pairs = count * (count - 1) // 2
    if raw.shape[1] not in (count, 2 * count, 2 * count + pairs):
        raise IntegrityError(f"a reply about {count} numbers has {count}, {2 * count} or {2 * count + pairs} "
                             f"parts. Received: {raw.shape[1]}. Train the network again.")
    values = raw[:, :count]
    if raw.shape[1] == count:
        return values, None, None
    deviations = raw[:, count:2 * count]
    if raw.shape[1] == 2 * count:
        return values, deviations, None
    tied = np.tile(np.eye(count), (len(raw), 1, 1))
    rows, columns = np.tril_indices(count, -1)
    tied[:, rows, columns] = tied[:, columns, rows] = raw[:, 2 * count:]
    return values, deviations, tied


def given_values(raw, settings):
    """Return the `GivenValues` of raw replies.

    Raises
    ------
    IntegrityError
        If the network tells no deviations and validation has told none.
    """
    values, deviations, correlations = split_reply(raw, len(settings.names))
    if deviations is not None:
        width = deviations * settings.encoding.slope(values)
    elif settings.width is None:
        raise IntegrityError("the network gives values without deviations, and its settings have none. "
                             "Train it again.")
    else:
        width = np.broadcast_to(np.array(settings.width, float), values.shape)
    return GivenValues(values, np.maximum(width, np.finfo(float).tiny), correlations, settings)


def encoding_of(replies):
    """Return the encoding of the targets of a cube: that of the training, or the plain one of their units."""
    if replies.encoding:
        return ValueEncoding.from_dict(replies.encoding)
    targets = [target for target in replies.cube.meta["targets"] if "column" in target]
    ones = (1.0,) * len(targets)
    return ValueEncoding(tuple(target["name"] for target in targets),
                         tuple(target.get("unit", "") for target in targets),
                         ("linear",) * len(targets), ones, (0.0,) * len(targets), ones)


def true_values(replies, names):
    """Return the true values of rows of a cube, (N, K); NaN where one is not known.

    Parameters
    ----------
    replies : Replies
    names : sequence of str
        Of the targets; a cube says in which columns they lie.
    """
    return _columns_of(replies.cube.meta, replies.columns, names, len(replies))


def known_rows(cube, names):
    """Return which rows of a cube have at least one true value, (N,) bool."""
    columns = {name: cube.columns[name] for name in cube.columns if name in _places(cube.meta, names)}
    return np.isfinite(_columns_of(cube.meta, columns, names, len(cube))).any(axis=1)


def _places(meta, names):
    """Return the column of each target."""
    known = {target.get("name"): target.get("column") for target in meta.get("targets", ())}
    return [known.get(name) or name for name in names]


def _columns_of(meta, columns, names, count):
    unknown = np.full(count, np.nan)
    return np.stack([np.asarray(columns.get(place, unknown), float)
                     for place in _places(meta, names)], axis=1)


def require_truth(replies, truth):
    """Refuse to judge where nothing is known.

    Raises
    ------
    DataError
        If no example has a true value.
    """
    if not np.isfinite(truth).any():
        raise DataError(f"{replies.cube.path}: none of its examples has a true value, so nothing can be "
                        "judged. Make the cube from files with a table of the true values.")
