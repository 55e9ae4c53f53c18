import json
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest

from otrain.bundle.bundle import Bundle
from otrain.data.results.calibration import Calibration, sigmoid
from otrain.errors import DataError, IntegrityError, UsageError


def images(n=3, seed=0):
    return (np.random.default_rng(seed).normal(size=(n, 16, 16, 1)) + np.arange(n)[:, None, None, None]) \
        .astype(np.float32)


def test_scores_are_those_of_the_network(make_bundle, tmp_path):
    x = images()
    logits = 0.1 * x.mean(axis=(1, 2, 3))
    bundle = make_bundle(tmp_path / "b", calibration=Calibration("temperature", 2.0))
    np.testing.assert_allclose(bundle.logits(x), logits, atol=1e-6)
    np.testing.assert_allclose(bundle.scores(x), sigmoid(logits / 2), atol=1e-6)


def test_score_does_not_depend_on_neighbours_or_order(make_bundle, tmp_path):
    x, bundle = images(200), make_bundle(tmp_path / "b")
    together = bundle.scores(x)
    assert np.array_equal(bundle.scores(x[::-1])[::-1], together)
    assert np.array_equal(np.concatenate([bundle.scores(x[i:i + 1]) for i in range(0, 200, 37)]), together[::37])


def test_nothing_to_score_gives_no_scores(make_bundle, tmp_path):
    bundle = make_bundle(tmp_path / "b")
    assert bundle.scores(images(0)).shape == (0,)
    assert bundle.features(images(0)).shape == (0, 1)


def test_image_without_a_value_gets_no_score(make_bundle, tmp_path):
    bundle, x = make_bundle(tmp_path / "b"), images(4)
    x[1] = np.nan
    scores, spread = bundle.scores_and_uncertainty(x, 4)
    for found in (scores, spread, bundle.scores(x)):
        assert np.isnan(found).tolist() == [False, True, False, False]
    assert scores[0] == bundle.scores(x[:1])[0]


def test_bundle_shows_itself_in_one_line(make_bundle, tmp_path):
    assert repr(make_bundle(tmp_path / "b")).startswith("<Bundle ") and len(repr(make_bundle(tmp_path / "c"))) < 200


def test_ratio_of_real_to_bogus_shifts_the_log_odds(make_bundle, tmp_path):
    bundle = make_bundle(tmp_path / "b", train_prior=0.25)
    x = images()
    np.testing.assert_allclose(bundle.scores(x, prob_ratio=1.0), sigmoid(bundle.logits(x) + np.log(3)))


def test_ratio_needs_a_recorded_share(make_bundle, tmp_path):
    with pytest.raises(UsageError, match="is not recorded"):
        make_bundle(tmp_path / "b", train_prior=None).scores(images(), prob_ratio=0.1)


def test_uncertainty_is_that_of_the_masks(make_bundle, tmp_path):
    # One feature f and a rate of 0.5: a pass gives sigmoid(0.2 f) or, dropped, sigmoid(0).
    bundle, x = make_bundle(tmp_path / "b"), images() + 20
    drawn = np.random.default_rng(3).random((50, 1)) < 0.5
    expected = np.std(sigmoid(0.2 * x.mean(axis=(1, 2, 3)) * drawn), axis=0)
    np.testing.assert_allclose(bundle.uncertainty(x, 50, seed=3), expected, rtol=1e-5)


def test_uncertainty_is_the_same_for_the_same_seed_and_any_neighbours(make_bundle, tmp_path):
    bundle, x = make_bundle(tmp_path / "b"), images(9)
    np.testing.assert_allclose(bundle.uncertainty(x, seed=1)[4:5], bundle.uncertainty(x[4:5], seed=1), atol=1e-9)
    assert not np.array_equal(bundle.uncertainty(x, seed=1), bundle.uncertainty(x, seed=2))


def test_answers_are_scored_like_the_images_they_stand_for(make_bundle, tmp_path):
    bundle, x = make_bundle(tmp_path / "b", train_prior=0.25), images(9)
    answers = bundle.answers(x, features=True)
    assert np.array_equal(bundle.scores(answers, 0.1), bundle.scores(x, 0.1))
    assert np.array_equal(bundle.scores_and_uncertainty(answers), bundle.scores_and_uncertainty(x))


def test_bundle_that_was_sent_to_another_process_scores_alike(make_bundle, tmp_path):
    bundle, x = make_bundle(tmp_path / "b"), images(9)
    scores = bundle.scores(x)  # what is open stays here
    assert np.array_equal(pickle.loads(pickle.dumps(bundle)).scores(x), scores)


def test_network_without_dropout_says_that_there_is_no_uncertainty(make_bundle, tmp_path):
    with pytest.raises(UsageError, match="no uncertainty: no dropout"):
        make_bundle(tmp_path / "b", dropout=False).uncertainty(images())


def test_wrong_shape_is_refused(make_bundle, tmp_path):
    with pytest.raises(DataError, match=r"takes examples of shape \(16, 16, 1\). Received: \(8, 8, 1\)"):
        make_bundle(tmp_path / "b").scores(np.zeros((1, 8, 8, 1)))


@pytest.mark.parametrize("name", ["model.onnx", "golden.npz", "head.npz", "card.md"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_changed_file_is_refused(make_bundle, tmp_path, name, damage):
    path = make_bundle(tmp_path / "b").path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(content if damage == "flip" else content[:-1])
    with pytest.raises(IntegrityError, match=f"{name}: "):
        Bundle.open(tmp_path / "b")


def test_other_golden_scores_are_refused_at_first_use(make_bundle, handmade_network, tmp_path):
    """A bundle whose files agree with their hashes, but not with the scores that were shipped."""
    from otrain.bundle.format import model_identity
    from otrain.data.results.settings import sha256_of

    folder = make_bundle(tmp_path / "b").path
    other = handmade_network[0].replace(np.float32(0.1).tobytes(), np.float32(0.2).tobytes())
    (folder / "model.onnx").write_bytes(other)
    manifest = json.loads((folder / "bundle.json").read_text())
    manifest["files"]["model.onnx"]["sha256"] = sha256_of(other)
    manifest["model_id"] = model_identity(manifest)
    (folder / "bundle.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError, match="golden examples score"):
        Bundle.open(folder).scores(images())


def test_golden_scores_must_follow_from_the_logits(make_bundle, tmp_path, monkeypatch):
    from otrain.bundle import writing

    honest = writing._golden_replies
    monkeypatch.setattr(writing, "_golden_replies", lambda *given: honest(*given) | {"scores": honest(*given)["scores"] + 2e-5})
    with pytest.raises(IntegrityError, match="the scores are not what the calibration makes of the logits"):
        make_bundle(tmp_path / "b")


def test_bundle_whose_golden_logits_were_rounded_otherwise_is_opened(make_bundle, tmp_path, monkeypatch):
    """As another processor rounds; a calibration that is steep there makes a large step of it."""
    from otrain.bundle import writing
    from otrain.data.results.calibration import Calibration

    honest = writing._golden_replies
    monkeypatch.setattr(writing, "_golden_replies", lambda logits, calibration: honest(logits * (1 + 4e-6) + 4e-6, calibration))
    bundle = make_bundle(tmp_path / "b", calibration=Calibration("temperature", 1e-3))
    assert np.isfinite(bundle.scores(images())).all()


def test_verification_is_remembered(make_bundle, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make_bundle(tmp_path / "b")
    monkeypatch.setattr(Bundle, "verify", lambda self: pytest.fail("verified again"))
    Bundle.open(tmp_path / "b").scores(images())
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(pytest.fail.Exception):
        Bundle.open(tmp_path / "b").scores(images())


def test_cache_that_cannot_be_written_only_costs_time(make_bundle, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file, not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert make_bundle(tmp_path / "b").scores(images()).shape == (3,)


def test_scoring_a_verified_bundle_loads_neither_keras_nor_onnx(make_bundle, tmp_path):
    make_bundle(tmp_path / "b")
    code = ("import sys, numpy as np; from otrain.bundle.bundle import Bundle; "
            f"Bundle.open({str(tmp_path / 'b')!r}).scores(np.zeros((1, 16, 16, 1))); "
            "print(sorted({'keras', 'tensorflow', 'onnx', 'sklearn', 'scipy', 'astropy', 'h5py'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_expected_ratio_moves_scores_with_an_uncertainty_too(make_bundle, tmp_path):
    bundle, x = make_bundle(tmp_path / "b", train_prior=0.25), images(6)
    scores, spread = bundle.scores_and_uncertainty(x, 8, prob_ratio=0.01)
    np.testing.assert_allclose(scores, bundle.scores(x, 0.01))
    assert (scores < bundle.scores(x)).all()
    assert not np.allclose(spread, bundle.scores_and_uncertainty(x, 8)[1])
