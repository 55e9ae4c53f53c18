"""Raw replies to values with uncertainties: which number is which, and in which unit."""

import numpy as np
import pytest
from scipy.stats import norm

from otrain.answers.values.given import given_values, split_reply
from otrain.data.results.value_encoding import ValueEncoding
from otrain.data.results.value_settings import ValueCalibration, ValueSettings
from otrain.errors import IntegrityError

ENCODING = ValueEncoding(("a", "b", "c"), ("arcsec", "", "pix"), ("linear", "linear", "asinh"), (1.0, 1.0, 2.0), (1.0, 0.0, 0.5),
                         (0.5, 0.25, 3.0))
VALUES, SD = np.array([[1.5, 0.1, 40.0], [0.2, -0.4, -1.0]]), np.array([[0.3, 0.02, 5.0], [0.1, 0.05, 0.5]])
TIED = np.array([[0.1, 0.2, 0.3], [-0.1, -0.2, -0.3]])


def test_parts_of_a_reply_are_told_by_its_width():
    values, deviations, tied = split_reply(np.concatenate([VALUES, SD, TIED], axis=1), 3)
    np.testing.assert_array_equal(values, VALUES)
    np.testing.assert_array_equal(deviations, SD)
    # Lower triangle, row by row: (1, 0), (2, 0), (2, 1).
    np.testing.assert_array_equal(tied[0], [[1, 0.1, 0.2], [0.1, 1, 0.3], [0.2, 0.3, 1]])
    assert split_reply(VALUES, 3)[1:] == (None, None) and split_reply(np.ones((4, 2)), 1)[2] is None
    assert split_reply(np.ones(4), 1)[0].shape == (4, 1)
    with pytest.raises(IntegrityError, match="has 3, 6 or 9 parts"):
        split_reply(np.ones((2, 4)), 3)


def test_deviations_and_covariance_are_natural():
    given = given_values(np.concatenate([VALUES, SD, TIED], axis=1), ValueSettings(ENCODING))
    np.testing.assert_allclose(given.sd, SD)
    np.testing.assert_allclose(given.covariance[0, 2, 1], 0.3 * 5.0 * 0.02)
    np.testing.assert_allclose(np.diagonal(given.covariance, axis1=1, axis2=2), SD**2)
    # Linear: quantiles of a normal distribution in the unit itself.
    np.testing.assert_allclose(given.quantile(norm.ppf(0.16))[:, :2], (VALUES + norm.ppf(0.16) * SD)[:, :2])
    np.testing.assert_allclose(given.quantile(0.0), VALUES)
    np.testing.assert_allclose(given.half_width()[:, :2], norm.ppf(0.84) * SD[:, :2])
    assert given.half_width()[0, 2] == pytest.approx(norm.ppf(0.84) * 5.0, rel=0.02)  # asinh is not straight


def test_probability_below_the_truth_rises_with_the_truth():
    given = given_values(np.concatenate([VALUES, SD], axis=1), ValueSettings(ENCODING))
    np.testing.assert_allclose(given.pit(VALUES), 0.5)
    np.testing.assert_allclose(given.pit(VALUES + SD)[:, :2], norm.cdf(1))
    np.testing.assert_allclose(given.pit(given.quantile(-1.5)), norm.cdf(-1.5))
    assert np.isnan(given.pit(VALUES * np.nan)).all()
    np.testing.assert_array_equal(given.covariance[0] != 0, np.eye(3, dtype=bool))


def test_calibration_widens_shifts_and_is_inverted():
    table = (-1.0, 0.5, 4.0)
    fitted = ValueCalibration("conformal", (norm.cdf(-1), 0.5, norm.cdf(1)), (table, table, table), 100)
    given = given_values(np.concatenate([VALUES, SD], axis=1), ValueSettings(ENCODING, None, fitted))
    np.testing.assert_allclose(given.sd, 2.5 * SD)
    np.testing.assert_allclose(given.quantile(1.0)[:, :2], (VALUES + 4 * SD)[:, :2])
    np.testing.assert_allclose(given.quantile(0.0)[:, 0], VALUES[:, 0] + 0.5 * SD[:, 0])
    np.testing.assert_allclose(given.pit(given.quantile(0.3)), norm.cdf(0.3))


def test_widths_are_corrected_wherever_they_count():
    table = (-1.0, 0.0, 1.0)
    encoded = SD * ENCODING.slope(VALUES)
    fitted = ValueCalibration("conformal", (norm.cdf(-1), 0.5, norm.cdf(1)), (table,) * 3, 1000, "",
                              tuple((one,) for one in encoded[0]), ((3.0,), (1.0,), (0.5,)))
    given = given_values(np.concatenate([VALUES, SD], axis=1), ValueSettings(ENCODING, None, fitted))
    np.testing.assert_allclose(given.sd, SD * [3, 1, 0.5])
    np.testing.assert_allclose(given.quantile(1.0)[:, 0], VALUES[:, 0] + 3 * SD[:, 0])
    np.testing.assert_allclose(given.pit(given.quantile(0.3)), norm.cdf(0.3))
    np.testing.assert_allclose(given.errors(VALUES + SD)[:, :2], 1)  # before any calibration


def test_network_of_values_alone_has_the_widths_of_validation():
    given = given_values(VALUES, ValueSettings(ENCODING, (0.1, 0.2, 0.3)))
    np.testing.assert_allclose(given.sd[:, :2], [[0.05, 0.05], [0.05, 0.05]])
    assert given.sd[0, 2] > 5 * given.sd[1, 2]  # the same width encoded
    with pytest.raises(IntegrityError, match="values without deviations"):
        given_values(VALUES, ValueSettings(ENCODING))


def test_some_examples_are_those_asked_for():
    given = given_values(np.concatenate([VALUES, SD, TIED], axis=1), ValueSettings(ENCODING)).take([1])
    assert len(given) == 1 and given.correlations[0, 1, 0] == -0.1
    np.testing.assert_allclose(given.sd, SD[[1]])
