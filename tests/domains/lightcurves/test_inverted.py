import numpy as np

from otrain.domains.lightcurves.inverted import inverted_window, trend_of

CHANNELS = ("flux", "residual", "flux_err", "time", "segment", "label")
CADENCE = 1800.0
TIME = np.arange(960) / 48  # 20 d


def window(transit=5.0, noise=0.0):
    drift = 3 * np.sin(2 * np.pi * TIME / 15) + 0.2 * TIME
    inside = np.abs(TIME - transit) < 0.25
    flux = drift - 8 * inside + noise * np.random.default_rng(0).normal(size=len(TIME))
    image = np.stack([flux, flux, np.ones(len(TIME)), TIME, np.zeros(len(TIME)), inside.astype(float)], -1)
    return image.astype("f4"), drift


def test_trend_does_not_see_masked_transits():
    image, drift = window()
    trend = trend_of(image[:, 0].astype(float), image[:, 5] > 0, np.zeros(len(TIME), int), CADENCE / 86400)
    np.testing.assert_allclose(trend, drift, atol=0.1)


def test_transit_and_its_class_are_at_the_mirrored_time_under_the_same_drift():
    image, drift = window()
    turned = inverted_window(image, CHANNELS, cadence=CADENCE)
    np.testing.assert_array_equal(turned[:, 5], image[::-1, 5])
    inside = turned[:, 5] > 0
    np.testing.assert_allclose(turned[inside, 0], drift[inside] - 8, atol=0.2)
    np.testing.assert_allclose(turned[~inside, 0], drift[~inside], atol=0.2)


def test_gaps_are_inverted_and_an_unfilled_end_stays_empty():
    image, _ = window(noise=0.1)
    image[100:150, :4] = np.nan
    image[900:] = np.nan
    turned = inverted_window(image, CHANNELS, cadence=CADENCE)
    assert np.isnan(turned[750:800, 0]).all() and np.isnan(turned[900:]).all()
    assert np.isfinite(turned[:750, 0]).all() and np.isfinite(turned[:750, 1]).all()


def test_noise_is_kept_point_by_point():
    image, drift = window(noise=0.5)
    turned = inverted_window(image, CHANNELS, cadence=CADENCE)
    quiet = (image[:, 5] == 0) & (image[::-1, 5] == 0)
    one, other = (image[:, 0] - drift)[::-1][quiet], (turned[:, 0] - drift)[quiet]
    assert np.corrcoef(one, other)[0, 1] > 0.95


def test_window_without_values_stays_without():
    assert np.isnan(inverted_window(np.full((50, 6), np.nan, "f4"), CHANNELS, cadence=CADENCE)).all()
