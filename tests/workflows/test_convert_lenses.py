import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from otrain.cli.convert import main
from otrain.data.cubes.datacube import open_cube
from otrain.errors import DataError, UsageError
from otrain.workflows.convert import convert

BASELINE = Path(__file__).parents[3] / "shared" / "data" / "lenses" / "cosmosim_baseline"
OPTIONS = {"jobs": 0, "contact_sheet": False}


@pytest.fixture
def lenses(tmp_path):
    """Write eight images, two of them without a row and one of those blank, and a row without an image."""
    folder, rng = tmp_path / "images", np.random.default_rng(0)
    folder.mkdir()
    rows = ["filename,source,lens,x,y,einsteinradius,ellipseratio,orientation,sigma,sigma2,theta"]
    for number in range(8):
        pixels = rng.integers(0, 200, (20, 20), np.uint8) if number != 7 else np.zeros((20, 20), np.uint8)
        cv2.imwrite(str(folder / f"image-{number:06d}.png"), pixels)
        if number < 6:
            rows.append(f"image-{number:06d}.png,s,SIE,{3 + number},{-number},{20 + number},0.5,{10 * number},5,{number},{number}")
    rows.append("image-000099.png,s,SIE,0,0,9,0.5,0,5,9,9")
    (tmp_path / "dataset.csv").write_text("\n".join(rows) + "\n")
    return folder


def test_every_image_and_row_ends_somewhere(lenses, tmp_path):
    done = convert(lenses, path_datacube=tmp_path, **OPTIONS)
    assert (done.tally.kept, dict(done.tally.skipped), dict(done.tally.quarantined), done.exit_code) == (
        6, {"no-image": 1}, {"label-missing": 1, "no-variation": 1}, 3)
    with open_cube(done.path) as cube:
        assert cube.meta["domain"] == "lenses" and cube.meta["task"] == "regression" and cube.classes == ()
        assert [(target["name"], target["unit"]) for target in cube.meta["targets"]] == [
            ("theta_e", "arcsec"), ("e1", ""), ("e2", ""), ("x_source", "arcsec"), ("y_source", "arcsec")]
        assert cube.columns["theta_e"] == pytest.approx(0.04 * (20 + np.arange(6)))
        assert (cube.labels == -1).all() and cube.channels == ("image",)
    assert "1 number has one value for all images, and is left out: source_size." in done.summary["notes"]
    assert "to be learnt: theta_e, e1, e2, x_source, y_source" in done.text


def test_numbers_are_chosen_by_name(lenses, tmp_path):
    done = convert(lenses, path_datacube=tmp_path, variables=["theta", "einsteinradius"], cutout_size=16, **OPTIONS)
    with open_cube(done.path) as cube:
        assert [target["name"] for target in cube.meta["targets"]] == ["einsteinradius"] and cube.shape == (16, 16, 1)
    assert any(note.startswith("1 number does not show in the images") for note in done.summary["notes"])
    with pytest.raises(UsageError, match="Did you mean 'theta_e'"):
        convert(lenses, path_datacube=tmp_path, cube="b", variables=["theta_a"], **OPTIONS)


def test_numbers_that_no_table_has_leave_nothing(lenses, tmp_path):
    with pytest.raises(DataError, match=r"no finite value: alpha\[0\]\[1\]|no usable lens image"):
        convert(lenses, path_datacube=tmp_path, nterms=2, **OPTIONS)
    assert not (tmp_path / "datacube" / "images.npz").exists()


def test_a_table_that_has_changed_is_not_passed_over_by_resume(lenses, tmp_path):
    convert(lenses, path_datacube=tmp_path, **OPTIONS)
    assert convert(lenses, path_datacube=tmp_path, resume=True, **OPTIONS).tally.kept == 6
    table = tmp_path / "dataset.csv"
    table.write_text(table.read_text().replace("image-000001.png,s,SIE,4", "image-000001.png,s,SIE,400"))
    with pytest.raises(UsageError, match="was made of other inputs"):
        convert(lenses, path_datacube=tmp_path, resume=True, **OPTIONS)


def test_tables_are_named_on_the_command_line(lenses, tmp_path, capsys):
    (tmp_path / "testing.csv").write_text("filename,sigma\nimage-000001.png,5\nimage-000002.png,5\n")
    assert main(["--cutouts", str(lenses), "--domain", "lenses", "--out", str(tmp_path), "--jobs", "0", "--json", "--labels",
                 str(tmp_path / "dataset.csv"), str(tmp_path / "testing.csv")]) == 3
    assert json.loads(capsys.readouterr().out)["subset"]["all"] == {"missing": 4, "test": 2}


@pytest.mark.parametrize("store", ["npz", "folder", "h5"])
def test_names_with_brackets_are_kept_by_every_store(lenses, tmp_path, store):
    (tmp_path / "roulette.csv").write_text("filename,alpha[0][1],beta[0][1]\n" + "".join(
        f"image-{number:06d}.png,{number},{-number}\n" for number in range(6)))
    done = convert(lenses, path_datacube=tmp_path, nterms=0, store=store, **OPTIONS)
    with open_cube(done.path) as cube:
        assert [target["name"] for target in cube.meta["targets"]] == ["alpha[0][1]", "beta[0][1]"]
        assert np.asarray(cube.columns["beta[0][1]"]).tolist() == [0, -1, -2, -3, -4, -5]


@pytest.mark.skipif(not BASELINE.is_dir(), reason="the images of CosmoSim are not here")
def test_images_of_cosmosim_are_read_with_their_amplitudes(tmp_path):
    done = convert(BASELINE / "new-raytrace", path_datacube=tmp_path, variables=["xiX", "xiY"], nterms=3, **OPTIONS)
    assert done.tally.kept == 12 and done.tally.skipped == {"no-image": 44} and not done.tally.quarantined
    with open_cube(done.path) as cube:
        assert cube.shape == (400, 400, 1) and len(cube.meta["targets"]) == 2 + 14
        assert cube.columns["e2"][1] == pytest.approx(np.sin(np.radians(60)) / 3)
