import numpy as np
import pytest

from otrain.bundle.writing import golden_subset
from otrain.data.results.calibration import Calibration, ScoreSettings
from otrain.errors import IntegrityError, OutputError, UsageError


def test_at_most_256_golden_examples_are_shipped():
    assert len(golden_subset(np.zeros((300, 8, 8, 1)))) == 256


def test_golden_examples_fit_into_four_mebibytes(make_bundle, tmp_path):
    images = golden_subset(np.zeros((300, 63, 63, 3)))
    assert len(images) >= 80 and images.nbytes < 4 * 2**20 - 60_000
    assert (make_bundle(tmp_path / "b").path / "golden.npz").stat().st_size < 4 * 2**20


@pytest.mark.parametrize("answer, held", [((), 16), ((50,), 16 * 50), ((300,), 16 * 300), ((64, 64, 2), 8 * 64 * 64 * 2)])
def test_room_is_kept_for_all_that_a_network_says(answer, held):
    images = golden_subset(np.zeros((300, 64, 64, 1)), answer)
    needed = images.nbytes + held * len(images)
    assert 4 * 2**20 - 2**16 - (images[0].nbytes + held) < needed <= 4 * 2**20 - 2**16


@pytest.mark.parametrize("images, words", [(np.zeros((0, 8, 8, 1)), "at least one"),
                                           (np.zeros((1, 2000, 2000, 1)), "too large")])
def test_golden_examples_must_exist_and_fit(images, words):
    with pytest.raises(UsageError, match=words):
        golden_subset(images)


def test_existing_bundle_is_kept(make_bundle, tmp_path):
    make_bundle(tmp_path / "b")
    with pytest.raises(OutputError, match="exists already"):
        make_bundle(tmp_path / "b")
    assert make_bundle(tmp_path / "b", name="new", overwrite=True).name == "new"


@pytest.mark.parametrize("description, error", [
    ({"content": b"\xff\xff"}, IntegrityError), ({"settings": ScoreSettings(threshold=7)}, IntegrityError),
    ({"versions": {"x": float("nan")}}, ValueError),
])
def test_nothing_appears_of_a_bundle_that_is_refused(make_bundle, tmp_path, description, error):
    with pytest.raises(error):
        make_bundle(tmp_path / "b", **description)
    assert list(tmp_path.iterdir()) == []


def test_golden_examples_carry_their_scores(make_bundle, tmp_path):
    bundle = make_bundle(tmp_path / "b", calibration=Calibration("temperature", 3.0))
    with np.load(bundle.path / "golden.npz") as golden:
        np.testing.assert_array_equal(golden["scores"], bundle.scores(golden["images"]))
