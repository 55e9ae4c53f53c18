import numpy as np

from otrain.domains.lightcurves.baselines import matched_filter


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
