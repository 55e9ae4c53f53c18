import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.scaling import noise_of, relative_flux, running_median

ONE = np.zeros(4000, int)


def noise(seed=0, n=4000):
    return np.random.default_rng(seed).normal(size=n)


def test_each_piece_is_relative_to_its_own_median():
    relative, level = relative_flux(np.array([99.0, 100, 101, 198, 200, np.nan]), np.array([0, 0, 0, 1, 1, 1]))
    np.testing.assert_allclose(relative, [-0.01, 0, 0.01, -1 / 199, 1 / 199, np.nan])
    np.testing.assert_allclose(level, [100, 100, 100, 199, 199, 199])


def test_flux_about_zero_has_no_relative_depth():
    with pytest.raises(InputRejected, match=r"median flux is 0.*`flux \[ppm\]`") as caught:
        relative_flux(np.array([-1.0, 0, 1]), np.zeros(3, int))
    assert caught.value.reason == "bad-unit"


def test_noise_is_not_inflated_by_trends_transits_and_jumps():
    flux = noise() * 1e-4
    piece = np.arange(4000) // 2000
    wavy = flux + 0.02 * np.sin(np.arange(4000) / 300) + piece * 0.1
    wavy[1000:1020] -= 0.03
    assert noise_of(wavy, piece) == pytest.approx(1e-4, rel=0.05)


@pytest.mark.parametrize("flux", [np.full(50, 3.0), np.array([1.0, np.nan, np.nan])])
def test_flux_that_does_not_vary_has_no_scale(flux):
    with pytest.raises(InputRejected, match="does not vary") as caught:
        noise_of(flux / np.nanmedian(flux) - 1, np.zeros(len(flux), int))
    assert caught.value.reason == "no-variation"


def test_running_median_is_that_of_a_plain_loop():
    values = noise(1, 300)
    expected = [np.median(values[min(max(i - 10, 0), 279):][:21]) for i in range(300)]
    np.testing.assert_allclose(running_median(values, np.zeros(300, int), 21), expected)


def test_running_median_never_reaches_over_a_gap():
    values, piece = noise(2), np.arange(4000) // 1000
    alone = running_median(values[1000:2000], ONE[:1000], 97)
    values[piece != 1] = 1e6
    np.testing.assert_array_equal(running_median(values, piece, 97)[1000:2000], alone)


@pytest.mark.parametrize("hours, kept", [(6, 0.97), (12, 0.96), (24, 0.8)])
def test_transits_up_to_a_day_survive_a_median_of_two_days(hours, kept):
    values, slots = noise(3), hours * 2
    values[2000:2000 + slots] -= 20
    residual = values - running_median(values, ONE, 96)
    assert -residual[2000:2000 + slots].mean() / 20 > kept


def test_missing_slots_get_a_median_without_counting_in_it():
    values = np.full(500, 1.0)
    values[::3] = np.nan
    np.testing.assert_array_equal(running_median(values, ONE[:500], 21)[1:499], 1)
    assert np.isnan(running_median(np.full(9, np.nan), ONE[:9], 3)).all()


def test_steps_from_one_piece_to_the_next_are_no_noise():
    piece = np.arange(2000) // 2  # of two slots each, as between short gaps
    levels = np.random.default_rng(1).normal(size=1000)[piece]
    assert noise_of(noise(n=2000) * 1e-4 + levels, piece) == pytest.approx(1e-4, rel=0.1)
