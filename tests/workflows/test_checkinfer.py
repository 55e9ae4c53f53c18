import subprocess
import sys

import numpy as np
import pytest
from astropy.table import Table

from otrain.errors import DataError, OutputError, UsageError
from otrain.plots.checkinfer import FIGURES
from otrain.workflows.checkinfer import checkinfer


@pytest.fixture(autouse=True)
def _no_drawing(monkeypatch):
    """Make no figures, and write them as empty files: tests of plots/ look at them."""
    monkeypatch.setattr("otrain.workflows.checkinfer.checkinfer_figures", lambda **asked: dict.fromkeys(FIGURES))
    monkeypatch.setattr("otrain.workflows.checkinfer.save_figure", lambda path, figure: path.write_bytes(b"png"))


@pytest.fixture
def night(tmp_path):
    """60 candidates c0 ... c59, of which c0 ... c19 are events of mag 17.5, 18.5, ...; c0 has score 0."""
    folder = tmp_path / "night"
    folder.mkdir()
    score = np.arange(60) / 60
    Table({"filename": [f"c{i}.fits" for i in range(60)], "mag": np.full(60, 18.0), "FWHM": np.full(60, 3.0),
           "FWHMPSF": np.full(60, 2.0), "cand_ID": [f"c{i}" for i in range(60)], "label0": 1 - score,
           "label1": score}).write(folder / "infer_results.dat", format="ascii.commented_header")
    Table({"idx": range(20), "mag": 17.5 + np.arange(20) % 4, "closest_candID": [f"c{i}" for i in range(20)]}).write(
        folder / "crossmatch.dat", format="ascii.commented_header")
    return folder


def run(night, **options):
    return checkinfer(night, night, out=night.parent / "plots", **options)


def test_published_figures_are_written_into_their_folder(night):
    done = run(night)
    assert done.path == night.parent / "plots" / "CheckInfer"
    assert sorted(path.stem for path in done.path.iterdir()) == sorted(FIGURES)


def test_files_and_folders_name_the_same_tables(night):
    whole = checkinfer(night / "crossmatch.dat", night / "infer_results.dat", out=night.parent / "a")
    assert whole.summary == run(night).summary


def test_share_kept_is_that_of_the_scores(night):
    (row,) = run(night, maglim=[30], cnn_problim=[0.1]).summary["kept"]
    assert row["count"] == 20
    assert row["kept"][0]["value"] == pytest.approx(np.mean(np.arange(20) / 60 >= 0.1))


def test_figures_get_matched_scores_and_the_given_bounds(night, monkeypatch):
    seen = {}
    monkeypatch.setattr("otrain.workflows.checkinfer.checkinfer_figures", lambda **asked: seen.update(asked) or {})
    run(night, fwhm_ratio_lower=0.7, fwhm_ratio_upper=2, maglim=[21, 18, 18])
    np.testing.assert_allclose(seen["score"], np.arange(20) / 60)
    np.testing.assert_allclose(seen["mag"], 17.5 + np.arange(20) % 4)
    np.testing.assert_allclose(seen["ratio"], 1.5)
    assert len(seen["other_scores"]) == 40
    assert seen["ratio_limits"] == (0.7, 2) and seen["maglim"] == [18, 21]


def test_every_event_and_candidate_is_counted(night):
    with open(night / "crossmatch.dat", "a") as file:
        file.write("20 19.0 --\n21 19.0 elsewhere\n22 19.0 c5\n23 19.0 c59\n")
    with open(night / "infer_results.dat", "a") as file:
        file.write("x.fits 18.0 3.0 2.0 c59 0.5 0.5\n")
    summary = run(night).summary
    events, candidates = summary["events"], summary["candidates"]
    fates = ("matched", "without a candidate", "candidate not in the scores", "candidate scored twice",
             "candidate shared by two events")
    assert [events[fate] for fate in fates] == [19, 1, 1, 1, 2]
    assert events["rows"] == 24
    assert [candidates[name] for name in ("simulated", "doubly matched", "not simulated")] == [19, 3, 39]


def test_bad_rows_are_counted_and_left_out(night):
    with open(night / "infer_results.dat", "a") as file:
        file.write("x.fits 18.0 wide 2.0 c60 0.5 0.5\ny.fits 18.0\nz.fits 18 3.0 0 c61 nan nan\n"
                   "v.fits 18 3.0 1 c62 0.5 1.7\n")
    with open(night / "crossmatch.dat", "a") as file:
        file.write("20 faint c30\n")
    done = run(night)
    assert done.rejected == 3
    assert done.summary["candidates"] | {"unreadable": None} == {
        "rows": 64, "malformed": 1, "unreadable": None, "simulated": 21, "doubly matched": 0, "not simulated": 42,
        "without a score": 2, "without a FWHM ratio": 2}
    assert done.summary["candidates"]["unreadable"] == {"fwhm": 1}
    assert done.summary["events"]["matched without a magnitude"] == 1


def test_tables_of_two_runs_are_refused(night):
    text = (night / "crossmatch.dat").read_text().replace(" c", " d")
    (night / "crossmatch.dat").write_text(text.replace("dlosest", "closest"))
    with pytest.raises(DataError, match=r"events that name 'd0', 'd1' \.\.\., candidates 'c0', 'c1'"):
        run(night)
    assert not (night.parent / "plots" / "CheckInfer").exists()


def test_figures_are_replaced_only_if_asked(night):
    other = run(night).path / "mine.png"
    other.write_bytes(b"")
    with pytest.raises(OutputError, match="--overwrite"):
        run(night)
    run(night, overwrite=True)
    assert other.exists()


@pytest.mark.parametrize("options, words", [
    ({"maglim": []}, "--maglim needs at least one number"), ({"cnn_problim": [np.nan]}, "--cnn-problim"),
    ({"fwhm_ratio_lower": 5}, "--fwhm-ratio-lower must be smaller"),
])
def test_impossible_limits_are_refused(night, options, words):
    with pytest.raises(UsageError, match=words):
        run(night, **options)


def test_command_loads_neither_keras_nor_tensorflow(night):
    code = ("import sys; from otrain.workflows import checkinfer; from otrain.cli.checkinfer import main; "
            "checkinfer.save_figure = lambda path, figure: None; "
            f"main(['--plots', {str(night)!r}, '--crossmatch', {str(night)!r}, '--infer', {str(night)!r}]); "
            "print(sorted({'tensorflow', 'keras', 'sklearn', 'onnxruntime'} & set(sys.modules)))")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.splitlines()[-1] == "[]"
