from types import SimpleNamespace

import numpy as np
import pytest

from otrain.data.results.run_directory import RunDirectory
from otrain.plots import outcomes
from otrain.plots.outcomes import candidate_title, outcome_rows, worst_rows, write_outcome_folders


def test_score_at_the_threshold_is_called_real():
    rows = outcome_rows([1, 0, 1, 0, -1], [0.5, 0.5, 0.49, 0.49, 0.9], 0.5)
    assert {name: list(found) for name, found in rows.items()} == {"FP": [1], "FN": [2], "TP": [0], "TN": [3]}


def test_outcomes_agree_with_the_confusion_table():
    from otrain.evaluation.metrics import confusion

    rng = np.random.default_rng(0)
    labels, scores = rng.integers(0, 2, 300), rng.integers(0, 11, 300) / 10
    rows = outcome_rows(labels, scores, 0.7)
    counts = [[len(rows["TN"]), len(rows["FP"])], [len(rows["FN"]), len(rows["TP"])]]
    assert counts == confusion(labels, scores, threshold=0.7).tolist()


def test_worst_errors_come_first():
    assert list(worst_rows([0, 1, 0, 1], [0.6, 0.01, 0.9, 0.99], 0.5, 2)) == [1, 2]


def test_title_names_candidate_magnitude_and_score():
    columns = {"candid": np.array(["a7"]), "mag": np.array([19.234]), "mag_err": np.array([0.051])}
    assert candidate_title(columns, np.array([0.873]), 0) == "a7   19.23 ± 0.05 mag   score 0.873"


def test_title_leaves_out_what_is_not_known():
    columns = {"candid": np.array([""]), "file": np.array(["x.fits"]), "mag": np.array([np.nan])}
    assert candidate_title(columns, np.array([0.25]), 0) == "x.fits   score 0.250"
    assert candidate_title({}, np.array([0.25]), 0) == "row 0   score 0.250"


def test_title_may_tell_the_true_class():
    assert candidate_title({}, np.array([0.25]), 0, truth="real", separator="\n") == "row 0\nreal, score 0.250"


@pytest.mark.parametrize("score, text", [(0.5, "0.500"), (0.9996, "0.9996"), (0.003, "0.003"), (1.0, "1"),
                                         (0.0, "0"), (1e-9, "1e-09"), (1 - 1e-9, "1 - 1e-09")])
def test_extreme_scores_are_told_from_0_and_1(score, text):
    assert candidate_title({}, [score], 0).endswith(f"score {text}")


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Folders of 200 candidates whose only pixel is their row, and what was put into them."""
    rng = np.random.default_rng(0)
    predictions = SimpleNamespace(
        columns={"candid": np.array([f"row{i}" for i in range(200)])},
        labels=rng.integers(0, 2, 200), scores=rng.random(200),
        subset=np.where(np.arange(200) % 2 == 0, "validation", "test"),
    )
    seen = {}

    def remember(folder, images, titles, *, start=0):
        seen.setdefault(folder.name, []).extend(zip(images[:, 0, 0, 0], titles))

    monkeypatch.setattr(outcomes, "write_cutouts", remember)
    monkeypatch.setattr(outcomes, "_BATCH", 7)
    run = RunDirectory(tmp_path / "net")
    counts = write_outcome_folders(run, predictions, lambda rows: rows.reshape(-1, 1, 1, 1).astype(float),
                                   0.5, n_well=5, seed=1)
    return predictions, seen, counts


def test_title_belongs_to_the_cutout_under_it(written):
    _, seen, _ = written
    pairs = [pair for folder in seen.values() for pair in folder]
    assert len(pairs) > 20
    assert all(title.startswith(f"row{int(row)} ") for row, title in pairs)


def test_all_misclassified_and_some_well_classified_of_validation_are_drawn(written):
    predictions, seen, counts = written
    wrong = (predictions.scores >= 0.5) != (predictions.labels == 1)
    validation = predictions.subset == "validation"
    drawn = [int(row) for name in ("images_FP", "images_FN") for row, _ in seen[name]]
    assert sorted(drawn) == list(np.flatnonzero(wrong & validation))
    assert counts["TP"] == counts["TN"] == len(seen["images_TP"]) == 5
    assert all(validation[int(row)] for folder in seen.values() for row, _ in folder)


def test_outcome_without_candidates_has_an_empty_folder(tmp_path):
    predictions = SimpleNamespace(columns={}, labels=np.array([1]), scores=np.array([0.9]),
                                  subset=np.array(["validation"]))
    run = RunDirectory(tmp_path / "net")
    counts = write_outcome_folders(run, predictions, lambda rows: np.zeros((len(rows), 5, 5, 1)), 0.5)
    assert counts == {"FP": 0, "FN": 0, "TP": 1, "TN": 0}
    assert run.images("FP").is_dir()
    assert (run.images("TP") / "cutout_0.png").is_file()
