"""kill -9 at random instants and at chosen calls: what is there is whole, and continued it ends as if nothing had been."""

import numpy as np
import pytest
from kills import JOBS, Campaign, prepare

KILLS = 5
LIGHT = ("convert", "infer", "simulate", "diagnostics", "plot-results")  # that start no TensorFlow


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    prepare(folder, files=240)
    return folder


def _killed(campaign, kills, **how):
    """Kill so often, in as many runs as that takes, and demand that nothing was lost."""
    for _ in range(kills):
        campaign.run(kills - campaign.found["kills"], **how)
        if campaign.found["kills"] >= kills:
            break
    bad = {name: campaign.found[name] for name in ("partial", "mixed", "different", "failures")}
    assert campaign.found["kills"] and not any(bad.values()), campaign.found


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
def test_command_killed_at_chosen_calls_leaves_whole_files_and_ends_the_same(source, tmp_path, name):
    campaign = Campaign(JOBS[name], source, tmp_path / "new", np.random.default_rng(20))
    assert campaign.calls["names"] and campaign.expected
    _killed(campaign, KILLS, at_calls=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIGHT)
def test_older_result_is_replaced_as_a_whole_or_not_at_all(source, tmp_path, name):
    campaign = Campaign(JOBS[name], source, tmp_path / "old", np.random.default_rng(21), overwrite=True)
    assert campaign.older and campaign.older != campaign.expected
    _killed(campaign, KILLS, at_calls=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convert", "infer"])
def test_command_killed_at_random_instants_ends_with_the_same_bytes(source, tmp_path, name):
    campaign = Campaign(JOBS[name], source, tmp_path / "new", np.random.default_rng(20))
    assert any(path.endswith((".npz", ".ecsv")) for path in campaign.expected)
    _killed(campaign, KILLS)


@pytest.mark.slow
def test_killed_training_ends_with_the_same_bits(source, tmp_path):
    campaign = Campaign(JOBS["train"], source, tmp_path / "new", np.random.default_rng(20))
    assert sum(isinstance(value, tuple) for value in campaign.expected.values()) > 4
    _killed(campaign, KILLS)
