import numpy as np
import pytest

from otrain.domains.glitches.scan.time_slides import SlideNull, coincidences_at_all_lags, family_wise
from otrain.errors import DataError


def masks(channels, times, frequencies=3, share=0.1, seed=0):
    return np.random.default_rng(seed).random((channels, times, frequencies)) < share


@pytest.mark.parametrize("times", [1, 2, 37, 64])
def test_all_lags_at_once_are_the_loop_over_lags(times):
    strain, channels = masks(1, times, seed=1)[0], masks(5, times)
    counts = coincidences_at_all_lags(strain, channels)
    loop = [[(strain & np.roll(channel, -lag, axis=0)).sum() for lag in range(times)] for channel in channels]
    np.testing.assert_array_equal(counts, loop)


def test_channel_that_follows_the_strain_meets_it_at_a_positive_lag():
    strain, channel = np.zeros((20, 1), bool), np.zeros((1, 20, 1), bool)
    strain[4], channel[0, 7] = True, True
    assert np.flatnonzero(coincidences_at_all_lags(strain, channel)[0]).tolist() == [3]


def null_of(strains, channels, reach=0):
    null = SlideNull(channels.shape[1], reach)
    for strain, some in zip(strains, channels):
        null.add(coincidences_at_all_lags(strain, some))
    return null


def test_probability_is_that_of_drawn_lags():
    strains, channels = masks(3, 50, 1, 0.15, seed=1), np.stack([masks(1, 50, 1, 0.2, seed=s) for s in (2, 3, 4)])
    null = null_of(strains, channels)
    rng = np.random.default_rng(0)
    counts = np.stack([coincidences_at_all_lags(s, c)[0] for s, c in zip(strains, channels)])
    drawn = sum(counts[event, rng.integers(50, size=100_000)] for event in range(3))
    assert null.coincidences[0] == counts[:, 0].sum()
    assert null.probabilities()[0] == pytest.approx((drawn >= counts[:, 0].sum()).mean(), abs=0.006)
    assert null.expected[0] == pytest.approx(drawn.mean(), abs=0.03)


def test_one_event_gives_the_share_of_lags():
    strain, channel = masks(1, 40, 1, 0.2, seed=1)[0], masks(1, 40, 1, 0.2)
    counts = coincidences_at_all_lags(strain, channel)[0]
    assert null_of([strain], channel[None]).probabilities()[0] == np.mean(counts >= counts[0])


def test_witness_is_as_improbable_as_its_events_allow():
    strains = np.zeros((4, 100, 1), bool)
    for event, time in enumerate((10, 33, 61, 90)):
        strains[event, time] = True
    null = null_of(strains, strains[:, None])
    assert null.probabilities()[0] == pytest.approx(1e-8, rel=1e-6) and null.delays[0] == 0
    late = null_of(strains, np.roll(strains, 2, axis=1)[:, None], reach=3)
    assert late.delays[0] == 2 and late.probabilities()[0] == pytest.approx(7e-8, rel=1e-6)
    early = null_of(strains, np.roll(strains, -2, axis=1)[:, None], reach=3)
    assert early.delays[0] == -2


def test_channel_that_is_always_loud_or_always_quiet_is_no_witness():
    strains = masks(5, 60, 1, 0.1, seed=1)
    channels = np.stack([np.stack([np.ones((60, 1), bool), np.zeros((60, 1), bool)])] * 5)
    null = null_of(strains, channels, reach=2)
    np.testing.assert_array_equal(null.probabilities(), [1, 1])
    np.testing.assert_allclose(null.expected, [strains.sum(), 0])


def test_unrelated_channels_are_called_no_more_often_than_promised():
    rng = np.random.default_rng(5)
    channels, events = 400, 6
    strains = rng.random((events, 80, 1)) < 0.05
    # Peaks in bursts, as real ones: the lags see the same bursts.
    sparse = rng.random((events, channels, 80, 1)) < 0.03
    bursts = sparse | np.roll(sparse, 1, axis=2) | np.roll(sparse, 2, axis=2)
    probabilities = null_of(strains, bursts, reach=2).probabilities()
    for level in (0.02, 0.1, 0.3):
        # Binomial: three standard deviations above the level.
        assert (probabilities <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / channels)
    one_delay = null_of(strains, bursts).probabilities()
    assert 0.25 < (one_delay <= 0.5).mean() <= 0.5 + 3 * 0.025


def test_chances_add_up_to_one():
    null = null_of(masks(8, 50, 1, 0.3, seed=1), np.stack([masks(4, 50, 1, 0.3, seed=s) for s in range(8)]))
    np.testing.assert_allclose(null._chances.sum(axis=1), 1, rtol=1e-12)


def test_more_delays_than_lags_are_refused():
    with pytest.raises(DataError, match="an event of 5 time bins has no 7 delays"):
        SlideNull(1, 3).add(np.zeros((1, 5), int))


def test_holm_is_that_of_hand():
    np.testing.assert_allclose(family_wise([0.03, 0.01, 0.04, 0.9]), [0.09, 0.04, 0.09, 0.9])
    np.testing.assert_allclose(family_wise([0.5, np.nan, 0.5]), [1, np.nan, 1])
    assert np.isnan(family_wise([np.nan])).all() and family_wise([]).size == 0
