"""Quantiles of errors: what they promise, where they end, and what they survive."""

import json

import numpy as np
import pytest

from otrain.data.results.value_encoding import ValueEncoding
from otrain.data.results.value_settings import ValueCalibration, ValueSettings
from otrain.errors import IntegrityError
from otrain.evaluation.coverage import coverage, probabilities_of
from otrain.evaluation.value_calibration import fit_value_calibration, widths_of_errors

ENCODING = ValueEncoding(("a", "b"), ("", "pix"), ("linear", "asinh"), (1.0, 2.0), (0.5, 0.0), (2.0, 1.0))


def test_further_examples_lie_where_it_is_promised_whatever_the_distribution():
    rng, inside = np.random.default_rng(0), []
    for _ in range(200):
        errors = rng.exponential(3, (199, 1)) - 1  # neither centred, symmetric nor of width 1
        fitted = fit_value_calibration(errors)
        pit = probabilities_of(fitted.normal_scores(rng.exponential(3, (50, 1)) - 1))
        inside.append([row["value"] for row in coverage(pit[:, 0], levels=(0.5, 0.68, 0.95))])
    np.testing.assert_allclose(np.mean(inside, axis=0), (0.5, 0.68, 0.95), atol=0.02)  # 4 standard errors


def test_quantile_is_the_value_of_its_rank():
    errors = np.arange(1.0, 100)[:, None]  # ranks 1 to 99: quantile p is 100 p
    fitted = fit_value_calibration(errors)
    assert fitted.probabilities[0] == 0.05 and fitted.examples == 99
    table = dict(zip(fitted.probabilities, fitted.quantiles[0]))
    assert table[0.05] == pytest.approx(5) and table[0.5] == pytest.approx(50) and table[0.84] == pytest.approx(84)
    assert fitted.note == "99 validation examples tell the central 90 % and no more: beyond, intervals are continued " \
                          "as of a normal distribution."


def test_normal_errors_are_left_as_they_are():
    errors = np.random.default_rng(0).normal(size=(100_000, 2)) * [1, 2]
    fitted = fit_value_calibration(errors)
    np.testing.assert_allclose(fitted.errors_at(1.0), [1, 2], rtol=0.02)
    np.testing.assert_allclose(fitted.widening(), [1, 2], rtol=0.02)
    assert fitted.note == ""


def test_tails_are_continued_and_everything_rises():
    errors = np.random.default_rng(2).standard_t(3, (200, 2)) + np.array([0, 5])
    fitted = fit_value_calibration(errors)
    z = np.linspace(-8, 8, 400)[:, None]
    u = fitted.errors_at(z)
    assert u.shape == (400, 2) and np.isfinite(u).all() and (np.diff(u, axis=0) > 0).all()
    np.testing.assert_allclose(fitted.normal_scores(u), np.broadcast_to(z, u.shape), atol=1e-6)
    # Beyond the last quantile: the line from the median through it.
    first = fitted.errors_at(-8.0)[1] - fitted.quantiles[1][fitted.probabilities.index(0.5)]
    last = fitted.quantiles[1][0] - fitted.quantiles[1][fitted.probabilities.index(0.5)]
    assert first / last == pytest.approx(-8 / -1.959964, rel=1e-5)  # the last is that of 2.5 %


def test_widths_that_are_wrong_in_parts_are_set_right_in_each():
    rng = np.random.default_rng(3)
    widths = np.exp(rng.uniform(-2, 2, (8000, 2)))
    errors = rng.normal(size=(8000, 2)) * np.stack([widths[:, 0] ** 0.5, np.ones(8000)], axis=1)
    fitted = fit_value_calibration(errors[:4000], widths=widths[:4000])
    scaled = errors[4000:] / fitted.factor(widths[4000:])
    inside = np.abs(probabilities_of(fitted.normal_scores(scaled)) - 0.5) <= 0.34
    for k in range(2):
        places = np.argsort(widths[4000:, k])
        shares = [inside[part, k].mean() for part in np.array_split(places, 8)]
        np.testing.assert_allclose(shares, 0.68, atol=0.07)  # 3 standard errors of both samples
    assert len(fitted.widths[0]) == 8 and fitted.factors[0][-1] > 5 * fitted.factors[0][0]
    np.testing.assert_allclose(fitted.factors[1], 1, atol=0.2)
    np.testing.assert_allclose(fitted.errors_at(1.96), 1.96, atol=0.15)  # quantiles are of corrected errors
    np.testing.assert_array_equal(fitted.factor(np.array([1e-9, 1e9])), fitted.factor(np.exp([-2.0, 2.0])) * 0 + [
        fitted.factors[0][0], fitted.factors[1][-1]])  # beyond: as at the end


def test_few_examples_and_equal_widths_have_no_parts():
    errors = np.random.default_rng(0).normal(size=(600, 1))
    assert fit_value_calibration(errors[:499], widths=np.arange(1.0, 500)[:, None]).widths == ()
    alike = fit_value_calibration(errors, widths=np.ones((600, 1)))
    assert alike.widths == ((1.0,),) and json.loads(json.dumps(alike.to_dict()))["widths"] == [[1.0]]
    assert ValueCalibration.from_dict(json.loads(json.dumps(alike.to_dict()))) == alike
    assert "widths" not in fit_value_calibration(errors).to_dict()
    missing = np.where(np.arange(600)[:, None] % 2, np.nan, errors)
    assert fit_value_calibration(missing, widths=np.ones((600, 1))).widths == ()  # 300 are known


def test_equal_errors_stay_invertible():
    fitted = fit_value_calibration(np.zeros((60, 1)))
    assert np.isfinite(fitted.normal_scores(np.array([[0.0], [1.0], [-1.0]]))).all()
    assert fitted.normal_scores(np.array([[1.0]]))[0, 0] > 8


def test_few_examples_are_not_enough():
    assert fit_value_calibration(np.arange(31.0)[:, None]).method == "conformal"
    few = fit_value_calibration(np.arange(30.0)[:, None])
    assert few.method == "none" and "at least 31 validation examples with each true value, there are 30" in few.note
    assert fit_value_calibration(np.empty((0, 2))).method == "none"
    rows = np.arange(40.0)[:, None] * [1, 1]
    rows[:10, 1] = np.nan
    assert fit_value_calibration(rows).method == "none"  # only 30 have the second
    rows = np.arange(200.0)[:, None] * [1, 1]
    rows[:161, 1] = np.nan
    fitted = fit_value_calibration(rows)  # 200 and 39: each by its own errors, as far as 39 tell
    assert fitted.examples == 39 and fitted.probabilities[0] == 0.16
    assert [table[fitted.probabilities.index(0.5)] for table in fitted.quantiles] == pytest.approx([99.5, 180])
    assert fit_value_calibration(rows, "none").note == ""


def test_widths_are_root_mean_squares_of_what_is_known():
    errors = np.array([[3.0, np.nan, 0.0], [4.0, np.nan, 0.0]])
    first, unknown, perfect = widths_of_errors(errors)
    assert first == pytest.approx(np.sqrt(12.5)) and unknown == 1.0 and 0 < perfect < 1e-8


def test_settings_are_plain_and_come_back():
    fitted = fit_value_calibration(np.random.default_rng(0).normal(size=(100, 2)))
    settings = ValueSettings(ENCODING, (0.5, 2.0), fitted)
    told = json.loads(json.dumps(settings.to_dict(), allow_nan=False))
    again = ValueSettings.from_dict(told)
    assert again == settings and again.identity == settings.identity and told["kind"] == "values"
    assert again.names == ("a", "b") and again.units == ("", "pix")
    assert ValueSettings(ENCODING, None, fitted).identity != settings.identity
    assert ValueSettings(ENCODING, (0.5, 2.0)).identity != settings.identity


@pytest.mark.parametrize("change", [
    {"method": "wild"}, {"probabilities": [0.16, 0.5]}, {"probabilities": [0.16, 0.5, 1.0]},
    {"probabilities": [0.16, 0.4, 0.84]}, {"quantiles": [[-1, 0, 1]]}, {"quantiles": [[-1, 0, 0], [-1, 0, 1]]},
    {"quantiles": [[-1, 0, float("nan")], [-1, 0, 1]]}, {"quantiles": [[-1, 0], [-1, 0, 1]]}, {"examples": "many"},
    {"more": 1}, {"quantiles": 3}, {"widths": [[1, 2], [1, 2]]}, {"widths": [[1], [2]], "factors": [[0], [1]]},
    {"widths": [[2, 1], [1, 2]], "factors": [[1, 1], [1, 1]]}, {"widths": [[1]], "factors": [[1]]},
    {"widths": 3, "factors": 3}, {"factors": [[1], [1]]}])
def test_impossible_calibrations_are_refused(change):
    good = {"method": "conformal", "probabilities": [0.16, 0.5, 0.84], "quantiles": [[-1, 0, 1], [-1, 0, 1]],
            "examples": 3, "note": ""}
    settings = {"kind": "values", "encoding": ENCODING.to_dict(), "width": None, "intervals": good}
    assert ValueSettings.from_dict(settings).intervals.method == "conformal"
    with pytest.raises(IntegrityError):
        ValueSettings.from_dict(settings | {"intervals": good | change})


@pytest.mark.parametrize("change", [{"width": [1.0]}, {"width": [1.0, 0.0]}, {"width": 3}, {"kind": "scores"},
                                    {"width": [1.0, float("inf")]}, {"encoding": {}}, {"surprise": 1}])
def test_impossible_settings_are_refused(change):
    settings = ValueSettings(ENCODING, (1.0, 2.0)).to_dict()
    with pytest.raises(IntegrityError):
        ValueSettings.from_dict(settings | change)


def test_no_calibration_is_the_normal_distribution():
    plain = ValueCalibration()
    assert plain.errors_at(1.5) == 1.5 and plain.widening() == 1.0
    np.testing.assert_array_equal(plain.normal_scores([[2.0]]), [[2.0]])
