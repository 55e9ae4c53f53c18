import json

import numpy as np
import pytest

from otrain.data.results.value_encoding import ValueEncoding
from otrain.errors import DataError, IntegrityError

RNG = np.random.default_rng(0)


def fitted(values, names=None):
    values = np.atleast_2d(np.asarray(values, float).T).T
    names = names or [f"n{k}" for k in range(values.shape[1])]
    return ValueEncoding.from_values(names, ["arcsec"] * len(names), values)


def mixed(n=4000):
    return np.stack([RNG.uniform(0.5, 2, n), RNG.normal(1e-3, 1e-4, n), 10 ** RNG.uniform(-2, 1, n),
                     RNG.choice([-1, 1], n) * 10 ** RNG.uniform(-9, -5, n)], axis=1)


def test_values_that_span_decades_are_compressed_and_others_are_not():
    assert fitted(mixed()).transforms == ("linear", "linear", "asinh", "asinh")


def test_standard_scaling_compresses_nothing():
    found = ValueEncoding.from_values(list("abcd"), [""] * 4, mixed(), "standard")
    assert found.transforms == ("linear",) * 4
    np.testing.assert_allclose(found.encode(mixed()).std(axis=0), 1, rtol=0.2)


@pytest.mark.parametrize(("draw", "transform"), [
    (RNG.normal(0, 1, 5000), "linear"), (RNG.exponential(1, 5000), "linear"), (RNG.uniform(-1, 1, 5000), "linear"),
    (10 ** RNG.uniform(0, 1, 5000), "linear"), (10 ** RNG.uniform(0, 2, 5000), "asinh"),
    (RNG.normal(0, 1, 5000) ** 5, "asinh")])
def test_rule_tells_one_decade_from_two(draw, transform):
    assert fitted(draw).transforms == (transform,)


def test_softening_is_the_median_size_for_both_signs_and_the_small_end_for_one():
    both, one = fitted([-100, -1, 1, 2, -2, 0] * 20), fitted(10 ** np.linspace(0, 4, 101))
    assert both.softening == (2.0,)
    assert one.softening == (pytest.approx(10**0.2),)


def test_encoded_training_values_have_mean_0_and_variance_1():
    values = mixed()
    encoded = fitted(values).encode(values)
    np.testing.assert_allclose(encoded.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(encoded.std(axis=0), 1, rtol=1e-9)


def test_decoding_gives_the_values_back():
    values = mixed()
    encoding = fitted(values)
    np.testing.assert_allclose(encoding.decode(encoding.encode(values)), values, rtol=1e-9)


def test_slope_is_the_derivative_of_encoding():
    values = mixed(50)
    encoding = fitted(values)
    step = 1e-6 * np.abs(values)
    numerical = (encoding.encode(values + step) - encoding.encode(values - step)) / (2 * step)
    np.testing.assert_allclose(encoding.slope(values), numerical, rtol=1e-6)


def test_unknown_values_have_no_part_in_the_fit_and_stay_unknown():
    values = mixed(100)
    holed = np.vstack([values, np.full((7, 4), np.nan), np.full((1, 4), np.inf)])
    assert fitted(holed) == fitted(values)
    assert np.isnan(fitted(values).encode(holed[100:107])).all()
    assert np.isnan(fitted(values).slope(holed[100:107])).all()


def test_value_that_never_changes_is_encoded_as_zero():
    encoding = fitted(np.full((5, 1), 0.3))
    np.testing.assert_allclose(encoding.encode([[0.3]]), 0, atol=1e-12)
    assert encoding.scale == (1.0,)
    assert fitted(np.zeros((5, 1))).decode([[0.0]]) == 0


def test_value_never_known_is_refused_by_name():
    with pytest.raises(DataError, match="`theta_e` has no finite value among the training examples"):
        ValueEncoding.from_values(["theta_e"], ["arcsec"], np.full((3, 1), np.nan))


def test_nothing_that_a_network_says_overflows():
    encoding = fitted(mixed())
    assert np.isfinite(encoding.decode(np.full((1, 4), 1e30)).astype("f4")).all()
    assert np.isfinite(encoding.decode(np.full((1, 4), -1e30)).astype("f4")).all()


def test_encoding_is_stored_as_json_and_read_back_equal():
    encoding = fitted(mixed())
    assert ValueEncoding.from_dict(json.loads(json.dumps(encoding.to_dict()))) == encoding


@pytest.mark.parametrize(("key", "value"), [
    ("scale", [0.0]), ("scale", [float("nan")]), ("softening", [-1.0]), ("transforms", ["log"]), ("centre", [1, 2]),
    ("names", [3]), ("scale", ["1"])])
def test_impossible_encoding_is_refused(key, value):
    parts = fitted(RNG.normal(size=9)).to_dict()
    with pytest.raises(IntegrityError, match="encoding needs"):
        ValueEncoding.from_dict(parts | {key: value})


def test_encoding_with_a_missing_part_is_refused():
    parts = fitted(RNG.normal(size=9)).to_dict()
    del parts["scale"]
    with pytest.raises(IntegrityError, match="an encoding has the lists"):
        ValueEncoding.from_dict(parts)
