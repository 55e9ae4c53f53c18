from collections import Counter

import numpy as np
import pytest

from otrain.data.cubes.meta import row_digests
from otrain.data.inputs.quarantine import Tally
from otrain.evaluation.image_checks import measure
from otrain.evaluation.label_errors import find_label_issues
from otrain.workflows.examining.examination import Examination
from otrain.workflows.examining.findings import CHECKS, check_all, label_finding

COUNT = 80


def candidates(count=COUNT, side=21):
    """Reals with a source in the middle, bogus that are dipoles; noise of their own."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] - side // 2
    images = rng.normal(0, 1, (count, side, side, 1)) + 40 * np.exp(-(x**2 + y**2) / 4)[..., None]
    images[::2] -= np.roll(images[::2], 3, axis=1)
    return images.astype("f4"), np.arange(count) % 2


@pytest.fixture
def check():
    """Return the findings by code, after `spoil(images, labels, columns)`."""
    def run(spoil=lambda images, labels, columns: None, *, tally=None, layouts=None):
        images, labels = candidates()
        columns = {"candid": np.array([f"c{i}" for i in range(COUNT)]),
                   "mag": np.random.default_rng(1).uniform(15, 20, COUNT)}
        spoil(images, labels, columns)
        digests = np.frombuffer(b"".join(row_digests(images)), np.uint64).reshape(-1, 4)[:, :2]
        seen = Examination(("bogus", "real"), labels, columns, measure(images, 0), digests,
                           layouts or Counter({((21, 21), ("difference",)): COUNT}), tally or Tally(COUNT),
                           judged_channel="difference")
        findings, _ = check_all(seen)
        levels = [finding.level for finding in findings]
        assert levels == sorted(levels)  # faults first
        return {finding.code: finding for finding in findings}
    return run


def test_clean_candidates_have_no_finding(check):
    assert check() == {}


def set_pixels(images, labels, columns):
    images[3, :3, 0] = 5e6


def copy_real(images, labels, columns):
    images[5] = images[3]


def copy_to_bogus(images, labels, columns):
    images[4] = images[3]


def rescale_to_bogus(images, labels, columns):
    images[4] = 2 * images[3] + 7


def rescale_to_real(images, labels, columns):
    images[5] = 2 * images[3] + 7


def move_sources(images, labels, columns):
    images[1:21] = np.roll(images[1:21], 7, axis=1)


def flatten(images, labels, columns):
    images[3] = 1


def saturate(images, labels, columns):
    images[3, 9:12, 9:12] = 30


def mask_bogus(images, labels, columns):
    images[::2, :3] = np.nan


def fill_magnitudes(images, labels, columns):
    columns["mag"][3] = 99


def fill_scores(images, labels, columns):
    columns["survey_score"] = np.linspace(0, 1, COUNT)


def share_object(images, labels, columns):
    columns["object_id"] = np.array(["", "", "", "a", "a"] + [""] * (COUNT - 5))


def share_object_and_label(images, labels, columns):
    columns["object_id"] = np.array(["", "", "", "a", "", "a"] + [""] * (COUNT - 6))


def forget_magnitudes_of_bogus(images, labels, columns):
    columns["mag"][::2] = np.nan


def one_band_each(images, labels, columns):
    columns["band"] = np.where(labels == 1, "r", "g")


def one_night_each(images, labels, columns):
    columns["mjd"] = 60000.3 + labels


def forget_labels(images, labels, columns):
    labels[3:5] = -1


def few_reals(images, labels, columns):
    labels[:60] = 0


@pytest.mark.parametrize(("spoil", "code", "level", "count"), [
    (set_pixels, "sentinel", "fault", 1), (copy_real, "duplicates", "fault", 2),
    (copy_to_bogus, "label-conflict", "fault", 2), (rescale_to_bogus, "near-conflict", "fault", 2),
    (rescale_to_real, "near-duplicates", "notice", 2), (move_sources, "off-centre", "fault", 10),
    (flatten, "constant", "fault", 1), (saturate, "saturated", "fault", 1), (mask_bogus, "masked", "fault", 40),
    (fill_magnitudes, "magnitude-fill", "fault", 1), (fill_scores, "score-fill", "fault", 1),
    (share_object, "object-conflict", "fault", 2), (share_object_and_label, "object-repeats", "notice", 2),
    (forget_magnitudes_of_bogus, "missing-columns", "fault", 1), (one_band_each, "band-balance", "fault", 2),
    (one_night_each, "night-balance", "fault", 2), (forget_labels, "label-missing", "notice", 2),
    (few_reals, "class-balance", "fault", 10),
])
def test_each_fault_is_found(check, spoil, code, level, count):
    finding = check(spoil)[code]
    assert (finding.level, finding.count) == (level, count)


def test_rows_of_a_finding_are_the_examples(check):
    found = check(copy_to_bogus)
    assert sorted(found["label-conflict"].rows) == [3, 4]
    assert check(set_pixels)["sentinel"].values == ("3 pixels",)


def test_object_with_a_tenth_of_all_is_a_fault(check):
    def one_name(images, labels, columns):
        columns["candid"][1:21:2] = "same"

    assert check(one_name)["object-repeats"].level == "fault"


def test_rejected_inputs_and_mixed_sizes_are_faults(check):
    tally = Tally(COUNT)
    tally.quarantine("truncated", 2)
    found = check(tally=tally, layouts=Counter({((21, 21), ("difference",)): 78, ((31, 31), ("difference",)): 2}))
    assert "truncated 2" in found["quarantined"].words
    assert "31x31 difference: 2" in found["mixed-layout"].words


def test_labels_are_doubted_only_by_scores_that_know_the_classes():
    labels = np.arange(40) % 2
    good = np.where(labels == 1, 0.9, 0.1)
    good[0] = 0.95
    chance = np.tile([0.9, 0.9, 0.1, 0.1], 10)

    def found(scores):
        return label_finding(find_label_issues(scores, labels), scores, labels, ("bogus", "real"), judged="x")

    assert found(np.where(labels == 1, 0.9, 0.1)) is None
    assert (found(good).level, found(good).rows) == ("fault", (0,))
    assert (found(chance).level, found(chance).rows) == ("notice", ())


def test_page_of_the_command_lists_every_check():
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs/commands/doctor.md").read_text(encoding="utf-8")
    assert [code for code in CHECKS if f"`{code}`" not in page] == []
