"""Numbers that a domain refines: further columns, and what is refused."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from made_values import NAMES, judged, made_values

from otrain.answers.answer import Request
from otrain.domains.domain import Proving
from otrain.errors import UsageError


def halve(examples, channels, columns, values, recipe, *, names, seen, draws, seed, jobs):
    """Say half of what the network says."""
    count, endings = len(examples), ("", "_std", "_p2_5", "_p16", "_p84", "_p97_5")
    assert recipe == {"size": 12} and seen == {} and values["sd"].shape == values["value"].shape and channels == ("image",)
    found = {f"theta_e{ending}": (values["value"][:, 0] / 2).tolist() for ending in endings}
    return found | {"ess": [0.5] * count, "chi2": [1.0] * count, "flag": [True] * count,
                    "flag_reason": [f"{draws} {seed} {jobs}"] * count, "assumed": [""] * count}


@pytest.fixture
def made(tmp_path):
    made = judged(made_values(tmp_path))
    made.network = SimpleNamespace(settings=made.settled.settings, name="made", identity="i", calibration_id="c", task="regression",
                                   channels=("image",), recipe={"size": 12}, logits=lambda images: made.replies.raw[:len(images)])
    rules = replace(made.domain.tasks["regression"], proving=Proving(halve, ("theta_e", "other")))
    made.proving = replace(made.domain, tasks={"regression": rules})
    return made


def test_refined_numbers_stand_beside_those_of_the_network(made):
    scorer = made.answer.scorer(made.network, made.proving, Request("ecsv", None, {"proof": 200}, 7))
    columns = {"file": np.array(["f"] * 5), "position": np.arange(5), "candid": np.array(list("abcde"))}
    asked = {}

    def windows(*_, **options):
        asked.update(options)
        return [(np.zeros((5, 12, 12, 1)), columns)]

    (rows, _, _), = scorer.parts(SimpleNamespace(windows=windows, crew={"workers": None}), None, None)
    assert asked == {"images": True} and set(rows) == set(scorer.fields)
    np.testing.assert_allclose(rows["refined_theta_e"], rows["theta_e"] / 2)
    assert rows["flag"].all() and rows["flag_reason"][0] == "200 7 0" and "refined_e1" not in rows
    assert scorer.fields["refined_theta_e_p16"].unit == "arcsec" and scorer.request() == {"proof": 200, "seed": 7}


@pytest.mark.parametrize("draws, targets, words", [
    (99, NAMES, "at least 100 draws"), (200, ("mass",), "--proof refines mass"), (200, None, "no meaning for transients")])
def test_what_cannot_be_refined_is_refused_in_words(made, draws, targets, words):
    rules = replace(made.domain.tasks["regression"], proving=targets and Proving(halve, targets))
    with pytest.raises(UsageError, match=words):
        made.answer.scorer(made.network, replace(made.domain, tasks={"regression": rules}), Request("ecsv", None, {"proof": draws}))


def test_answer_without_numbers_refuses_a_proof(made):
    from otrain.catalogue import ANSWERS

    with pytest.raises(UsageError, match="--proof has no meaning"):
        ANSWERS.load("scores").scorer(made.network, made.domain, Request("ecsv", None, {"proof": 200}))
