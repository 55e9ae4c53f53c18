"""Every domain with each of its tasks, and two and three classes, goes through every command."""

import json

import numpy as np
import pytest
from astropy.table import Table

from otrain.catalogue import DOMAINS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.errors import UsageError
from otrain.workflows.diagnostics import diagnostics
from otrain.workflows.doctor import doctor
from otrain.workflows.grad_cam import grad_cam
from otrain.workflows.infer import ENDINGS, infer
from otrain.workflows.optimise_dataset_size import optimise_dataset_size
from otrain.workflows.plot_results import plot_results
from otrain.workflows.train import train

SIDE, LENGTH, COUNT = 16, 96, 48
NAMES = {2: ("quiet", "glitch"), 3: ("quiet", "glitch", "line")}
TINY = {"epochs": 2, "batch_size": 8, "frac": 0.25, "test_frac": 0.25, "seed": 1}
OPTIONS = {"unet2d": {"depth": 2, "features": 4}, "unet3p": {"depth": 2, "features": 4}, "cnn1d": {"depth": 2, "features": 4}}
CASES = [(domain, task, count) for domain in DOMAINS for task, rules in DOMAINS.load(domain).tasks.items() for count in NAMES
         if not rules.numbers]  # those have no classes


def cutouts(labels, rng):
    """Noise, with a source for class 1 and a streak for class 2 in the middle; the mask says where."""
    images, masks = rng.normal(0, 1, (len(labels), SIDE, SIDE)), np.zeros((len(labels), SIDE, SIDE))
    for row, label in enumerate(labels):
        where = {1: (slice(6, 10), slice(6, 10)), 2: (slice(7, 9), slice(None))}.get(label)
        if where is not None:
            images[row][where] += 8
            masks[row][where] = label
    return images, masks


def curves(labels, rng):
    """White noise, with a dip for class 1 and a wide one for class 2; the mask says where."""
    flux, masks = rng.normal(0, 1, (len(labels), LENGTH)), np.zeros((len(labels), LENGTH))
    for row, label in enumerate(labels):
        if label:
            where = slice(40, 46) if label == 1 else slice(30, 60)
            flux[row, where] -= 10
            masks[row, where] = label
    return flux, masks


def make(path, domain, task, count):
    """Write a cube as the domain's own converter lays it out."""
    rules, rng = DOMAINS.load(domain).rules(task), np.random.default_rng(0)
    labels = np.arange(COUNT) % count
    columns = {"candid": np.array([f"c{n}" for n in range(COUNT)]), "object_id": np.array([f"o{n}" for n in range(COUNT)]),
               "file": np.array([f"c{n}.fits" for n in range(COUNT)])}
    meta = {"domain": domain, "task": task, "classes": list(NAMES[count])}
    if domain == "lightcurves":
        flux, masks = curves(labels, rng)
        time = np.tile(np.arange(LENGTH) / 48, (COUNT, 1))
        planes = {"flux": flux, "residual": flux, "flux_err": np.ones_like(flux), "time": time, "segment": np.zeros_like(flux)}
        columns |= {"time_start": np.full(COUNT, 100.0), "scale": np.full(COUNT, 1e-3), "cadence": np.full(COUNT, 1800.0), "time_scale": np.full(COUNT, "BJD")}
        meta["recipe"] = DOMAINS.load(domain).preparation.make_recipe(length=LENGTH)
    else:
        images, masks = cutouts(labels, rng)
        planes = {"difference": images}
        columns |= {"mag": rng.uniform(16, 20, COUNT), "mag_err": rng.uniform(0.01, 0.2, COUNT)}
        meta["recipe"] = DOMAINS.load(domain).preparation.make_recipe(size=SIDE)
    if rules.target:
        planes[rules.target] = masks
        meta["targets"] = [{"name": rules.target, "channel": rules.target, "shape": list(masks.shape[1:]),
                            "classes": list(NAMES[count])}]
    cube = np.stack(list(planes.values()), axis=-1).astype(np.float32)
    write_cube(path, [cube], labels=labels, columns=columns, meta=meta | {"channels": list(planes)}).close()
    return path


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(map(str, case)))
def run(request, tmp_path_factory):
    """The cube, the run directory and the report of a tiny network."""
    domain, task, count = request.param
    folder = tmp_path_factory.mktemp("run")
    cube = make(folder / "night.npz", domain, task, count)
    options = OPTIONS.get(DOMAINS.load(domain).rules(task).model, {})
    trained = train(cube, model_path=folder, model_name="net", augment=(), options=options, **TINY)
    return {"case": request.param, "folder": folder, "cube": cube, "run": trained.run if hasattr(trained, "run") else trained[1],
            "options": options}


def test_training_leaves_a_bundle_and_a_report_in_the_words_of_the_cube(run):
    report = json.loads(run["run"].report_json.read_text())
    _, _, count = run["case"]
    assert report["classes"] == list(NAMES[count])
    page = run["run"].report_html.read_text()
    assert len(page) > 2000
    for word in ("bogus", "reals", ">real<"):
        assert word not in page.split("<style>")[0] + page.split("</style>")[-1], f"{word} in the report of {NAMES[count]}"


@pytest.mark.parametrize("format", ["dat", "ecsv", "csv", "parquet", "votable"])
def test_inference_writes_every_format_that_its_answer_has(run, format, tmp_path):
    from otrain.catalogue import ANSWERS
    from otrain.workflows.scoring.network import open_network

    answer = ANSWERS.load(open_network(run["run"].path).answer)
    if format not in answer.formats:
        with pytest.raises(UsageError, match="has no columns for"):
            infer(run["cube"], run["run"].path, format=format, out=tmp_path / f"table{ENDINGS[format]}", jobs=0)
        return
    done = infer(run["cube"], run["run"].path, format=format, out=tmp_path / f"table{ENDINGS[format]}", jobs=0)
    assert done.path.stat().st_size > 100 and done.tally.kept == COUNT


def test_diagnostics_judges_the_stored_replies(run, tmp_path):
    done = diagnostics(run["cube"], run["run"].path, out=tmp_path / "out")
    assert done.report["metrics"] and (tmp_path / "out" / "report.html").stat().st_size > 2000


def test_plot_results_draws(run, tmp_path):
    done = plot_results(run["cube"], run["run"].path, out=tmp_path / "plots")
    assert done.figures and all((done.path / name).stat().st_size > 1000 for name in done.figures)


def test_grad_cam_explains_towards_the_chosen_class(run, tmp_path):
    done = grad_cam(run["cube"], run["run"].path, out=tmp_path, n_random=2, threshold=0.1,
                    towards=NAMES[run["case"][2]][-1])
    assert sum(done.counts.values()) > 0 and done.words


def test_doctor_examines_the_cube(run, tmp_path):
    assert doctor(run["cube"], out=tmp_path / "doctor") is not None


def test_study_of_the_number_of_labels(run, tmp_path):
    rules = DOMAINS.load(run["case"][0]).rules(run["case"][1])
    study = optimise_dataset_size(run["cube"], out=tmp_path / "study", n_sections=2, frac=0.25, test_frac=0.25, seed=1,
                                  epochs=1, batch_size=8, architecture=rules.model, options=run["options"])
    assert list((tmp_path / "study").glob("*_scores_dataset_size.png")) and study
    table, = (Table.read(path) for path in (tmp_path / "study").glob("*_dataset_size.ecsv"))
    assert len(table) == 1


def test_python_scores_the_cube(run):
    import otrain

    table = otrain.open_network(run["run"].path).score(run["cube"])
    assert table is not None and "model_id" in table.colnames


def test_cube_is_read_with_the_classes_it_was_written_with(run):
    with open_cube(run["cube"]) as cube:
        assert cube.classes == NAMES[run["case"][2]]
