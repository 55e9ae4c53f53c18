import numpy as np
import pytest

from otrain.domains.lightcurves.searches.baselines import BASELINES, bls, matched_filter


def test_dips_are_told_by_row_in_relative_depth():
    rng = np.random.default_rng(0)
    time = np.arange(0, 40, 1 / 48)
    examples = np.stack([rng.normal(size=(3, len(time))), np.broadcast_to(time, (3, len(time))),
                         np.zeros((3, len(time)))], -1).astype("f4")
    examples[1, np.abs(time - 20) < 0.25, 0] -= 6
    columns = {"time_start": np.array([0.0, 100.0, 0.0]), "scale": np.full(3, 1e-4)}
    found = matched_filter(examples, ["flux", "time", "segment"], columns)
    best = np.argmax(found["log_odds"])
    assert found["row"][best] == 1 and abs(found["t0"][best] - 120) < 0.05
    np.testing.assert_allclose(found["depth"][best], 6e-4, rtol=0.15)


def test_repeating_dips_are_transits_of_one_period():
    rng = np.random.default_rng(1)
    time = np.arange(0, 30, 1 / 24)
    example = np.stack([rng.normal(size=len(time)), time, np.zeros(len(time))], -1)
    example[np.abs((time - 2) % 6) < 0.15, 0] -= 12
    found = bls(example[None].astype("f4"), ["flux", "time", "segment"],
                {"time_start": np.array([50.0]), "scale": np.array([1e-4])})
    assert len(np.unique(found["log_odds"])) == 1 and set(found["row"]) == {0}
    assert all(min((t - 52.07) % 6, 6 - (t - 52.07) % 6) < 0.1 for t in found["t0"])


@pytest.mark.parametrize("name", ["matched filter", "bls"])
def test_curve_without_values_has_no_events(name):
    empty = np.full((1, 50, 3), np.nan, "f4")
    found = BASELINES[name](empty, ["flux", "time", "segment"], {"time_start": np.zeros(1), "scale": np.ones(1)})
    assert len(found["t0"]) == 0 and {"row", "duration", "depth", "log_odds"} <= found.keys()
