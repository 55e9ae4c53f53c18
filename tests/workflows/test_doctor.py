import csv
import json

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.cubes.datacube import write_cube
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import RunDirectory
from otrain.errors import UsageError
from otrain.workflows.doctor import describe, doctor

HEADER = {"MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0, "EDGE": "False"}


def draw(rng, label, side=21):
    """One candidate: a source, or a dipole."""
    y, x = np.mgrid[:side, :side] - side // 2
    image = 40 * np.exp(-(x**2 + y**2) / 4)
    return (image - (0 if label else np.roll(image, 3, axis=0)) + rng.normal(0, 1, image.shape)).astype("f4")


@pytest.fixture(scope="module")
def cube(tmp_path_factory):
    """A cube of 80 candidates of which the first real is labelled bogus."""
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = np.stack([draw(rng, label) for label in labels])[..., None]
    labels[1] = 0
    path = tmp_path_factory.mktemp("cube") / "c.npz"
    columns = {"candid": np.array([f"c{i}" for i in range(80)]), "file": np.array([f"{i}.fits" for i in range(80)])}
    write_cube(path, [images], labels=labels, columns=columns, meta={}).close()
    return path


@pytest.fixture
def folder(tmp_path):
    """A folder with two sizes and a broken file."""
    rng = np.random.default_rng(0)
    for label, name in enumerate(("false", "true")):
        (tmp_path / "night" / name).mkdir(parents=True)
        for i in range(4):
            fits.PrimaryHDU(draw(rng, label, side=15 if i == 3 else 21), fits.Header(
                HEADER | {"CANDID": f"{name}{i}"})).writeto(tmp_path / "night" / name / f"c{i}.fits")
    (tmp_path / "night" / "true" / "broken.fits").write_bytes(b"SIMPLE  =")
    (tmp_path / "night" / "notes.txt").write_text("x")
    return tmp_path / "night"


def test_every_file_of_a_folder_is_accounted_for(folder, tmp_path):
    result, out = doctor(folder, out=tmp_path / "out", jobs=0)
    assert result["inputs"]["seen"] == 10 and result["inputs"]["kept"] == 8
    assert sum(result["inputs"]["quarantined"].values()) == 1
    codes = {finding["code"] for finding in result["findings"]}
    assert codes >= {"quarantined", "mixed-layout", "class-balance"}
    assert {tuple(layout["shape"]): layout["count"] for layout in result["layouts"]} == {(21, 21): 6, (15, 15): 2}
    assert "broken.fits" in (out / "quarantine.ecsv").read_text()


def test_pictures_of_a_folder_are_read_again(folder, tmp_path):
    image = draw(np.random.default_rng(5), 1)
    for name in ("a", "b"):
        fits.PrimaryHDU(image, fits.Header(HEADER | {"CANDID": name})).writeto(folder / "true" / f"{name}.fits")
    result, out = doctor(folder, out=tmp_path / "out", jobs=0)
    found = {finding["code"]: finding for finding in result["findings"]}["duplicates"]
    assert [example["file"] for example in found["examples"]] == ["true/a.fits", "true/b.fits"]
    assert "data:image/png;base64," in (out / "doctor.html").read_text()


@pytest.mark.slow
def test_wrong_label_is_listed_first(cube, tmp_path):
    result, out = doctor(cube, out=tmp_path / "out", labels=True)
    assert result["suspects"][0]["candid"] == "c1"
    with open(out / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["candid"] == "c1" and rows[0]["label"] == "bogus"
    assert json.loads((out / "doctor.json").read_text()) == result


def test_stored_scores_replace_the_classifier(cube, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.run_json.write_text("{}")
    rows = np.arange(0, 40)[::-1]
    scores = np.where(rows % 2, 0.95, 0.05)
    scores[rows == 6] = 0.99
    Predictions({"candid": np.array([f"c{i}" for i in rows]), "file": np.array([f"{i}.fits" for i in rows])},
                rows % 2, scores, scores, np.full(40, "validation")).save(run.predictions)
    result, _ = doctor(cube, out=tmp_path / "out", model=run.path)
    assert [suspect["candid"] for suspect in result["suspects"]] == ["c6", "c1"]
    finding = next(finding for finding in result["findings"] if finding["code"] == "labels")
    assert finding["of"] == 40


def test_scores_of_another_cube_are_refused(cube, tmp_path):
    run = RunDirectory(tmp_path / "run")
    run.path.mkdir()
    run.run_json.write_text("{}")
    Predictions({"candid": np.array(["other"])}, [1], [0.5], [0.5], ["test"]).save(run.predictions)
    with pytest.raises(UsageError, match="none of these examples has a stored score"):
        doctor(cube, out=tmp_path / "out", model=run.path)
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_names_that_are_no_text_or_markup_harm_nothing(tmp_path):
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = np.stack([draw(rng, label) for label in labels])[..., None]
    images[3, 0, 0] = 1e9
    columns = {"candid": np.array(["<script>alert(1)</script>"] * 20 + [""] * 20),
               "band": np.where(labels == 1, "<b>", "$x"),
               "file": np.array([f"\udcff{i}.fits" for i in range(40)])}
    write_cube(tmp_path / "c.npz", [images], labels=labels, columns=columns, meta={}).close()
    _, out = doctor(tmp_path / "c.npz", out=tmp_path / "out")
    page = (out / "doctor.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "\\udcff3.fits" in page


def test_same_cube_gives_the_same_result(cube, tmp_path):
    first, again = (doctor(cube, out=tmp_path / name)[0] for name in "ab")
    assert first | {"created": ""} == again | {"created": ""}


def test_lines_name_every_finding(folder, tmp_path):
    result, _ = doctor(folder, out=tmp_path / "out", jobs=0)
    lines = list(describe(result))
    assert lines[0].startswith(f"{folder}: 8 candidates 21x21x1: 4 bogus, 4 real")
    assert len(lines) == 2 + len(result["findings"])


@pytest.mark.parametrize("count", [1, 2, 31])
def test_folder_of_few_cutouts_is_examined(tmp_path, count):
    for number in range(count):
        path = tmp_path / "in" / ("true", "false")[number % 2] / f"c{number}.fits"
        path.parent.mkdir(parents=True, exist_ok=True)
        fits.PrimaryHDU(np.random.default_rng(number).normal(size=(9, 9))).writeto(path)
    result, _ = doctor(tmp_path / "in", out=tmp_path / "out", jobs=0)
    assert result["examples"] == count and result["layouts"][0]["count"] == count


def curves(path, classes=("constant", "pulsating", "eclipsing")):
    """Write a cube of 90 curves of three classes, the first of which is called by the name of another."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    images = rng.normal(0, 0.3, size=(90, 64, 2)).astype("f4")
    images[labels == 1, :, 0] += 3 * np.sin(np.arange(64) / 2)
    images[labels == 2, 20:30, 0] -= 4
    given = labels if classes else np.full(90, -1)
    if classes:
        given = np.concatenate([[2], labels[1:]])
    meta = {"domain": "lightcurves", "task": "classification", "channels": ["flux", "residual"],
            "classes": list(classes),
            "targets": [{"name": "label", "shape": [], **({"classes": list(classes)} if classes else {"unit": "d"})}]}
    columns = {"candid": np.array([f"s{i}" for i in range(90)]), "file": np.array([f"{i}.csv" for i in range(90)])}
    write_cube(path, [images], labels=given, columns=columns, meta=meta).close()
    return path


def test_curves_of_three_classes_are_examined_and_their_labels_compared(tmp_path):
    result, folder = doctor(curves(tmp_path / "c.npz"), out=tmp_path / "out", labels=True)
    assert result["classes"] == {"constant": 29, "pulsating": 30, "eclipsing": 31}
    (finding,) = [found for found in result["findings"] if found["code"] == "labels"]
    assert [row["candid"] for row in result["suspects"]] == ["s0"] and result["suspects"][0]["called"] == "constant"
    assert "labelled eclipsing, constant" in finding["examples"][0]["value"]
    assert next(describe(result)).endswith("90 light curves 64x2: 29 constant, 30 pulsating, 31 eclipsing")
    assert "data:image/png" in (folder / "doctor.html").read_text()


def test_examples_without_classes_are_examined_but_have_no_labels_to_compare(tmp_path):
    path = curves(tmp_path / "c.npz", classes=())
    result, _ = doctor(path, out=tmp_path / "out")
    assert result["classes"] == {} and result["examples"] == 90
    assert not {"label-missing", "class-balance"} & {found["code"] for found in result["findings"]}
    with pytest.raises(UsageError, match="Received: examples without classes"):
        doctor(path, out=tmp_path / "again", labels=True)


def test_the_class_of_each_pixel_is_not_examined_like_an_image(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(80, 21, 21, 2)).astype("f4")
    images[..., 1] = 0
    images[::2, 5:9, 5:9, 1] = 1
    meta = {"channels": ["science", "label"], "classes": ["sky", "source"], "task": "segmentation",
            "targets": [{"name": "label", "channel": "label", "shape": [21, 21], "classes": ["sky", "source"]}]}
    write_cube(tmp_path / "c.npz", [images], labels=np.arange(80) % 2, columns={}, meta=meta).close()
    result, _ = doctor(tmp_path / "c.npz", out=tmp_path / "out")
    assert result["layouts"] == [{"shape": [21, 21], "channels": ["science"], "count": 80}]
    assert not {"constant", "saturated"} & {found["code"] for found in result["findings"]}
