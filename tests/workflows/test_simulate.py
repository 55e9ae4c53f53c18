import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from otrain.data.cubes.datacube import open_cube
from otrain.domains.transients.simulators import folder as module
from otrain.domains.transients.simulators.candidates import simulate_candidates
from otrain.errors import OutputError, UsageError
from otrain.workflows.convert import convert
from otrain.workflows.simulate import simulate

EXAMPLES = Path(__file__).parent.parent.parent / "data_examples" / "transients"
LIGHT_CURVES = EXAMPLES.parent / "lightcurves"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_folders_hold_what_the_arrays_hold(tmp_path):
    simulate(tmp_path / "out", n_real=3, n_bogus=2, size=21, seed=4)
    images, labels, columns = simulate_candidates(3, 2, size=21, seed=4)
    for image, label, name in zip(images, labels, columns["file"], strict=True):
        data = fits.getdata(tmp_path / "out" / ("true" if label else "false") / name)
        assert np.array_equal(data, image[..., 0], equal_nan=True)
    assert len(list((tmp_path / "out").rglob("*.fits"))) == 5


def test_same_seed_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        simulate(tmp_path / name, n_real=2, n_bogus=2, size=21, channels="triplet", seed=4)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_truth_table_has_one_row_for_each_file(tmp_path):
    simulate(tmp_path / "out", n_real=3, n_bogus=4, size=21)
    truth = Table.read(tmp_path / "out" / "truth.ecsv")
    files = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.fits")}
    assert set(truth["file"]) == files
    assert sum(truth["label"]) == 3
    assert all((row["label"] == 1) == row["file"].startswith("true/") for row in truth)
    assert truth["fwhm_science"].unit == "pix"


def test_recipe_says_how_the_candidates_were_made(tmp_path):
    simulate(tmp_path / "out", n_real=1, n_bogus=2, size=21, seed=9, command=("otrain-simulate", "a b"))
    recipe = json.loads((tmp_path / "out" / "simulate.json").read_text())
    assert recipe["request"]["seed"] == 9 and recipe["command"] == "otrain-simulate 'a b'"
    assert sum(recipe["kinds"].values()) == 3
    assert set(recipe["versions"]) == {"otrain", "numpy", "scipy", "python"}


def test_unlabelled_candidates_do_not_say_what_they_are(tmp_path):
    simulate(tmp_path / "night", n_real=2, n_bogus=2, size=21, unlabelled=True)
    files = list((tmp_path / "night").glob("*.fits"))
    assert len(files) == 4
    assert not any("KIND" in fits.getheader(file) for file in files)
    assert not (tmp_path / "night" / "true").exists()


def test_existing_folder_is_kept_unless_told_otherwise(tmp_path):
    simulate(tmp_path / "out", n_real=1, n_bogus=1, size=21)
    before = contents(tmp_path / "out")
    with pytest.raises(OutputError, match="exists already"):
        simulate(tmp_path / "out", n_real=1, n_bogus=1, size=21, seed=1)
    assert contents(tmp_path / "out") == before
    simulate(tmp_path / "out", n_real=1, n_bogus=1, size=21, seed=1, overwrite=True)
    assert contents(tmp_path / "out") != before


def test_folder_of_somebody_else_is_never_replaced(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"no simulate\.json in it"):
        simulate(tmp_path / "precious", n_real=1, n_bogus=1, size=21, overwrite=True)
    assert [path.name for path in (tmp_path / "precious").iterdir()] == ["thesis.tex"]


def test_nothing_is_left_of_a_run_that_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_write_truth", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        simulate(tmp_path / "out", n_real=1, n_bogus=1, size=21)
    assert list(tmp_path.iterdir()) == []


def test_wrong_request_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="unknown kind"):
        simulate(tmp_path / "out", kinds=["supernova"])
    assert list(tmp_path.iterdir()) == []


def test_one_line_says_what_was_written(tmp_path, capsys):
    simulate(tmp_path / "out", n_real=2, n_bogus=1, size=21)
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert "2 real and 1 bogus" in err and str(tmp_path / "out") in err


@pytest.mark.parametrize("folder", [EXAMPLES, EXAMPLES / "tonight"], ids=["labelled", "tonight"])
def test_example_candidates_come_from_their_recorded_command(folder, tmp_path):
    request = json.loads((folder / "simulate.json").read_text())["request"]
    few = {key: value for key, value in request.items() if key not in ("n_real", "n_bogus")}
    simulate(tmp_path / "again", n_real=4, n_bogus=4, **few)
    again = [path.relative_to(tmp_path / "again") for path in (tmp_path / "again").rglob("*.fits")]
    assert len(again) == 8
    for name in again:
        with fits.open(folder / name) as old, fits.open(tmp_path / "again" / name) as new:
            assert old[0].header.tostring() == new[0].header.tostring()
            # Other processors round single-precision transforms differently in the last digits.
            scale = np.nanmax(abs(old[0].data))
            assert np.allclose(old[0].data, new[0].data, rtol=0, atol=1e-4 * scale, equal_nan=True)


@pytest.mark.parametrize("folder", [LIGHT_CURVES / "stars", LIGHT_CURVES / "tonight"], ids=["labelled", "tonight"])
def test_example_light_curves_come_from_their_recorded_command(folder, tmp_path):
    request = json.loads((folder / "simulate.json").read_text())["request"]
    simulate(tmp_path / "again", domain="lightcurves", jobs=0, **request | {"stars": 3})
    again = sorted(path.name for path in (tmp_path / "again").glob("*_lc.fits.gz"))
    assert len(again) == 3
    for name in again:
        with fits.open(folder / name) as old, fits.open(tmp_path / "again" / name) as new:
            assert old[0].header.tostring() == new[0].header.tostring()
            for column in old[1].columns.names:
                # Other processors round transforms differently in the last digits.
                assert np.allclose(old[1].data[column], new[1].data[column], rtol=0, atol=1e-6, equal_nan=True)


def test_cube_of_simulated_light_curves_has_the_labels_of_the_files(tmp_path):
    request = {"stars": 8, "cadence": 1800.0, "planet_free": 0.4, "binaries": 0.2, "seed": 1}
    simulate(tmp_path / "stars", domain="lightcurves", jobs=0, **request)
    with open_cube(convert(tmp_path / "stars", path_datacube=tmp_path, jobs=0, contact_sheet=False).path) as cube:
        assert cube.meta["domain"] == "lightcurves" and len(cube.labels) == 8
        rows, label = cube.read(range(8)), cube.channels.index("label")
        names = cube.columns["object_id"].tolist()
    labelled = 0
    for row, name in zip(rows, names, strict=True):
        expected = fits.getdata(tmp_path / "stars" / f"{name}_01_lc.fits", 1)["LABEL"]
        assert np.array_equal(row[: len(expected), label], expected)
        labelled += np.count_nonzero(expected)
    assert labelled > 20


def test_truth_of_unlabelled_light_curves_is_no_light_curve(tmp_path):
    simulate(tmp_path / "tonight", domain="lightcurves", jobs=0, stars=2, cadence=3600.0, unlabelled=True)
    done = convert(tmp_path / "tonight", path_datacube=tmp_path, jobs=0, contact_sheet=False)
    tally = done.tally.to_dict()
    assert tally["kept"] == 2 and tally["skipped"]["side-table"] == 1 and tally["quarantined"] == {}
    with open_cube(done.path) as cube:
        assert cube.labels.tolist() == [-1, -1]


def test_example_ephemerides_tell_of_planets_binaries_and_single_transits():
    truth = Table.read(LIGHT_CURVES / "stars" / "ephemerides.ecsv")
    files = list((LIGHT_CURVES / "stars").glob("*_lc.fits.gz"))
    stars = {path.name.split("_")[0] for path in files}
    assert len(files) == len(stars) >= 24 and set(truth["object_id"]) < stars
    assert set(truth["kind"]) == {"planet", "binary"} and np.sum(truth["events"] == 1) > 5


@pytest.mark.parametrize("folder", [EXAMPLES, LIGHT_CURVES], ids=["transients", "lightcurves"])
def test_examples_are_small(folder):
    assert 1e5 < sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3e6
