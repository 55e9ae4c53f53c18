"""The alarm from the training to the table: fitted, shipped, and told of images that nobody simulated."""

import json

import numpy as np
import pytest
from astropy.table import Table

from otrain.bundle.bundle import Bundle
from otrain.data.cubes.datacube import write_cube
from otrain.workflows.infer import infer
from otrain.workflows.scoring.trained_network import open_network
from otrain.workflows.train import train

SIDE = 16
SMALL = {"epochs": 1, "batch_size": 16, "frac": 0.25, "test_frac": 0.25, "seed": 1, "architecture": "value-cnn",
         "options": {"width": 4, "dense": 8}}


def spots(count, seed, sigma=1.0):
    """Noise with a spot whose place is to be learnt."""
    rng = np.random.default_rng(seed)
    images, (x, y) = rng.normal(0, sigma, (count, SIDE, SIDE, 1)), rng.integers(1, SIDE - 2, (2, count))
    for image, column, row in zip(images, x, y):
        image[row - 1:row + 2, column - 1:column + 2] += 8
    return images.astype(np.float32), x + 0.0


def write(path, images, x):
    count = len(images)
    columns = {"candid": np.array([f"c{i}" for i in range(count)]), "file": np.array([f"{i}.png" for i in range(count)]), "x_source": x}
    meta = {"domain": "lenses", "task": "regression", "classes": [], "channels": ["image"],
            "targets": [{"name": "x_source", "column": "x_source", "shape": [], "unit": "arcsec"}],
            "counts": {"seen": count, "kept": count, "skipped": {}, "quarantined": {}},
            "recipe": {"kind": "lens", "size": SIDE, "channels": ["image"], "pad": False}}
    write_cube(path, [images], labels=np.full(count, -1), columns=columns, meta=meta).close()
    return path


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alarm")
    return train(write(folder / "spots.npz", *spots(240, 0)), model_path=folder, **SMALL)


def test_report_card_and_page_say_how_often_the_alarm_is_false(trained):
    told = json.loads(trained.run.report_json.read_text())["alarm"]
    assert (told["training"], told["validation"], told["test"]["examples"]) == (120, 60, 60)
    test = told["test"]
    assert test["value"] == test["flagged"] / 60 and test["low"] <= test["value"] <= test["high"] and test["flagged"] < 15
    words = f"Of 60 test examples {test['flagged']} are flagged"
    assert words in trained.run.report_html.read_text() and words in (trained.run.bundle / "card.md").read_text()
    assert Bundle.open(trained.run.bundle).manifest["alarm"] == {"statistics": 1, "features": 8, "level": 0.05,
                                                                 "training": 120, "validation": 60}


def test_infer_tells_which_images_are_unlike_the_training(trained, tmp_path):
    images, x = spots(80, 5)
    images[40:] *= 3
    done = infer(write(tmp_path / "night.npz", images, x), trained.run.path, out=tmp_path / "values.ecsv")
    table = Table.read(tmp_path / "values.ecsv")
    assert table["ood_flag"].dtype == bool and np.array_equal(table["ood_flag"], table["ood"] > 1)
    assert done.classes == {"lens_image": 80, "unlike the training": np.sum(table["ood_flag"])}
    assert np.mean(table["ood_flag"][:40]) < 0.3 and np.mean(table["ood_flag"][40:]) > 0.9


def test_files_have_the_distance_that_they_have_in_a_cube(trained, tmp_path):
    """Workers ask the network beside the file; windows of a cube are asked here. FITS begins with the lowest row."""
    from astropy.io import fits

    images, x = spots(6, 7)
    (tmp_path / "night").mkdir()
    for number, image in enumerate(images):
        fits.PrimaryHDU(image[::-1, :, 0]).writeto(tmp_path / "night" / f"{number}.fits")
    infer(write(tmp_path / "night.npz", images, x), trained.run.path, out=tmp_path / "cube.ecsv")
    infer(tmp_path / "night", trained.run.path, out=tmp_path / "files.ecsv")
    cube, files = (Table.read(tmp_path / f"{name}.ecsv")["ood"].tolist() for name in ("cube", "files"))
    assert cube == files


def test_python_gives_the_same_columns(trained):
    table = open_network(trained.run.path).score(spots(4, 9)[0])
    assert {"x_source", "ood", "ood_flag"} <= set(table.colnames)


def test_too_few_examples_are_said(tmp_path):
    told = train(write(tmp_path / "few.npz", *spots(40, 0)), model_path=tmp_path, **SMALL)
    assert "it needs at least 20 different training examples and 19 of validation" in told.report["alarm"]["problem"]
    assert Bundle.open(told.run.bundle).alarm is None and told.report["alarm"]["problem"] in told.run.report_html.read_text()


@pytest.mark.slow
def test_networks_that_answer_together_have_one_alarm(tmp_path):
    """It looks at the features of both, side by side."""
    done = train(write(tmp_path / "spots.npz", *spots(120, 0)), model_path=tmp_path, **SMALL | {"ensemble": 2})
    bundle = Bundle.open(done.run.bundle)
    assert bundle.manifest["ensemble"] == 2 and bundle.manifest["alarm"]["features"] == 16
    images = spots(40, 5)[0]
    like, unlike = (bundle.answers(x, unlikeness=True).unlikeness for x in (images, images * 3))
    assert np.mean(like > 1) < 0.3 and np.mean(unlike > 1) > 0.9
