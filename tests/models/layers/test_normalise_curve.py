import keras
import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.models.layers.normalise_curve import METHODS, normalise_curve


def normalised(curves, method="log"):
    x = keras.Input(curves.shape[1:])
    return keras.Model(x, normalise_curve(x, method))(curves).numpy()


def curves(shape=(3, 50, 2)):
    return np.random.default_rng(0).normal(size=shape).astype("f4")


def test_log_is_linear_in_the_noise_and_logarithmic_on_flares():
    values = np.array([[[0.1], [-3.0], [1e4]]], "f4")
    expected = [0.1, -3, 69.1]
    np.testing.assert_allclose(normalised(values)[0, :, 0], expected, rtol=0.14)
    np.testing.assert_allclose(normalised(values)[0, :, 0],
                               10 * np.sign(values) [0, :, 0] * np.log1p(np.abs(values[0, :, 0]) / 10), rtol=1e-5)


def test_upside_down_curve_is_normalised_upside_down():
    np.testing.assert_array_equal(normalised(-curves())[..., :2], -normalised(curves())[..., :2])


def test_mask_is_zero_where_any_channel_has_no_value():
    values = curves()
    values[0, 3], values[1, 4, 0], values[2, 5, 1] = np.nan, np.inf, -np.inf
    mask = normalised(values)[..., 2]
    assert mask.shape == (3, 50)
    assert np.argwhere(mask == 0).tolist() == [[0, 3], [1, 4], [2, 5]]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-40, 0])
def test_impossible_values_stay_finite(method, value):
    values = curves()
    values[0], values[1, 7] = value, value
    assert np.isfinite(normalised(values, method)).all()


def test_none_keeps_the_values():
    np.testing.assert_array_equal(normalised(curves(), "none")[..., :2], curves())


def test_unknown_method_names_the_nearest():
    with pytest.raises(UsageError, match=r"unknown normalisation 'logs' of curves. Did you mean 'log'"):
        normalise_curve(None, "logs")
