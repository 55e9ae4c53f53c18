"""Every answer of the catalogue, and every question that a command asks it, on replies made by hand."""

import inspect
import json
from types import SimpleNamespace

import numpy as np
import pytest
from made_values import made_values

from otrain.answers.answer import Answer, Replies, Request
from otrain.catalogue import ANSWERS, DOMAINS, TASKS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.results.predictions import Predictions
from otrain.data.results.run_directory import DiagnosticsFolder
from otrain.errors import IntegrityError, UsageError

COUNT, SIDE, LENGTH = 80, 12, 60
CLASSES = {2: ("quiet", "glitch"), 3: ("quiet", "glitch", "line")}
PLACE = {"scores": ("transients", "classification"), "events": ("lightcurves", "segmentation"),
         "images": ("transients", "segmentation")}
FACTS = {"name": "made", "otrain_version": "0", "created": "", "cube_counts": {}, "versions": {}, "seeds": {"seed": 0},
         "history": {"loss": [1.0], "val_loss": [1.0]}, "channels": [], "notes": ["said before"], "cube": {"name": "made"}}


# Of numbers: how many there are, and what the network tells of their errors.
NUMBERS = [(1, "values"), (3, "values"), (1, "deviations"), (3, "deviations"), (3, "correlations")]
CASES = [*((name, count, "") for name in PLACE for count in CLASSES), *(("values", *case) for case in NUMBERS)]


def test_every_answer_of_ours_is_asked_here():
    assert {name for name, _, _ in CASES} == set(ANSWERS.own)


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, case)).strip("-"))
def made(request, tmp_path):
    """A cube, replies to it that are mostly right, and what judges them."""
    name, count, tells = request.param
    if name == "values":
        numbers = made_values(tmp_path, count=count, tells=tells, examples=COUNT)
        yield numbers
        numbers.replies.cube.close()
        return
    domain, task = PLACE[name]
    rules, rng = DOMAINS.load(domain).rules(task), np.random.default_rng(1)
    labels = np.arange(COUNT) % count
    shape = (LENGTH,) if domain == "lightcurves" else (SIDE, SIDE)
    masks = np.zeros((COUNT, *shape))
    where = (slice(25, 31),) if len(shape) == 1 else (slice(4, 8), slice(4, 8))
    for row, label in enumerate(labels):
        masks[(row, *where)] = label
    image = rng.normal(0, 1, (COUNT, *shape)) + 4 * masks
    planes = {"flux": image, "time": np.tile(np.arange(LENGTH) / 24, (COUNT, 1)), "segment": 0 * image} \
        if domain == "lightcurves" else {"difference": image}
    meta = {"domain": domain, "task": task, "classes": list(CLASSES[count])}
    if rules.target:
        planes[rules.target] = masks
        meta["targets"] = [{"name": rules.target, "channel": rules.target, "shape": list(shape), "classes": meta["classes"]}]
    columns = {"candid": np.array([f"c{n}" for n in range(COUNT)]), "object_id": np.array([f"o{n}" for n in range(COUNT)]),
               "time_start": np.full(COUNT, 60000.25), "scale": np.full(COUNT, 1e-3), "cadence": np.full(COUNT, 3600.0),
               "mag": rng.uniform(15, 20, COUNT)}
    cube = np.stack(list(planes.values()), axis=-1).astype(np.float32)
    write_cube(tmp_path / "made.npz", [cube], labels=labels, columns=columns, meta=meta | {"channels": list(planes)}).close()
    opened = open_cube(tmp_path / "made.npz")
    truth = labels if not rules.target else masks.astype(int)
    raw = rng.normal(0, 0.7, (*truth.shape, count)) + 5 * np.eye(count)[truth]
    if count == 2:
        raw = raw[..., 1:] - raw[..., :1]
    if name == "scores" and count == 2:
        raw = raw[..., 0]
    subset = np.where(np.arange(COUNT) % 4 < 2, "validation", "test")
    predictions = Predictions(dict(opened.columns), labels, raw, np.full(COUNT, np.nan), subset, {})
    yield SimpleNamespace(answer=ANSWERS.load(name), domain=DOMAINS.load(domain), task=TASKS.load(task), labels=labels,
                          classes=CLASSES[count], folder=tmp_path,
                          replies=Replies(opened, np.arange(COUNT), [0], predictions))
    opened.close()


@pytest.fixture
def settled(made):
    """The same with what validation decides."""
    made.settled = made.answer.settle(made.replies, made.domain, made.task, calibration="none", threshold=0.5,
                                      class_weight="none")
    made.replies.predictions.scores = np.asarray(made.settled.scores, float)
    made.judgement = made.answer.judge(made.replies, made.settled.settings, made.domain, made.task,
                                       FACTS | {"trained_on": {"quiet": 1}, "class_weight": "none"}, seed=0,
                                       material=made.settled.material)
    return made


@pytest.mark.parametrize("name", ANSWERS.own)
def test_answer_has_every_method_of_the_protocol(name):
    answer = ANSWERS.load(name)
    for method, function in inspect.getmembers(Answer, inspect.isfunction):
        if not method.startswith("_"):
            theirs = inspect.signature(getattr(answer, method)).parameters
            asked = [p for p in inspect.signature(function).parameters if p not in ("self", "asked")]
            open_ended = any(p.kind is p.VAR_KEYWORD for p in theirs.values())
            assert open_ended or set(asked) <= set(theirs), f"{name}.{method} lacks {set(asked) - set(theirs)}"
    for attribute in Answer.__annotations__:
        assert hasattr(answer, attribute), attribute


def test_impossible_requests_are_refused_before_the_long_job(made):
    made.answer.check(made.classes, calibration=made.answer.calibrations[0], threshold=0.5)
    for words in ({"calibration": "wild"}, {"threshold": 1.5}):
        with pytest.raises(UsageError):
            made.answer.check(made.classes, **words)
    if made.classes:
        with pytest.raises(UsageError, match="at least"):
            made.answer.check(("alone",))


def test_strata_are_the_kinds_of_examples(made):
    np.testing.assert_array_equal(made.answer.strata(made.replies.cube), made.labels)
    if not made.classes:  # numbers are known or not
        columns = dict(made.replies.cube.columns)
        for column in made.names:
            columns[column] = np.where(np.arange(COUNT) == 3, np.nan, columns[column])
        holes = SimpleNamespace(meta=made.replies.cube.meta, columns=columns, __len__=None)
        holes = type("Cube", (), {**vars(holes), "__len__": lambda self: COUNT})()
        assert np.flatnonzero(made.answer.strata(holes)).tolist() == [3]
        return
    unknown = SimpleNamespace(labels=np.array([-1, 0, 1]), classes=made.classes)
    assert made.answer.strata(unknown).tolist() == [-1, 0, 1]


def test_settings_survive_the_bundle(settled):
    told = json.loads(json.dumps(settled.settled.settings.to_dict(), allow_nan=False))
    again = settled.answer.settings(told)
    assert told["kind"] == settled.answer.name and again.to_dict() == told
    with pytest.raises(IntegrityError):
        settled.answer.settings(told | {"surprise": 1})
    assert len(settled.answer.scores(settled.replies.raw, again)) == COUNT


def test_report_says_all_that_a_page_and_a_card_need(settled):
    report = settled.judgement.report
    json.dumps(report, allow_nan=False)
    assert report["classes"] == list(settled.classes) and report["task"] == settled.task.name
    assert report["notes"][0] == "said before" and {"test", "validation"} <= report["counts"].keys()
    for row in report["metrics"]["test"].values():
        assert row["low"] is None or row["low"] <= row["value"] <= row["high"]
    words = settled.answer.card(settled.settled.settings, settled.classes)
    assert words["limits"] and all(isinstance(line, str) for line in words["limits"])


def test_good_replies_are_judged_good(settled):
    metrics = settled.judgement.report["metrics"]["test"]
    best = next(metrics[name]["value"] for name in ("accuracy", "recall", "iou", "r2") if name in metrics)
    assert best > 0.9


def test_same_seed_gives_the_same_report(settled):
    again = settled.answer.judge(settled.replies, settled.settled.settings, settled.domain, settled.task,
                                 FACTS | {"trained_on": {"quiet": 1}, "class_weight": "none"}, seed=0,
                                 material=settled.settled.material)
    assert json.dumps(again.report, sort_keys=True) == json.dumps(settled.judgement.report, sort_keys=True)


def test_diagnosis_writes_a_page_in_the_words_of_the_classes(settled):
    facts = FACTS | {"judged": "test", "threshold_rows": [], "ranges": {}}
    judgement = settled.answer.judge(settled.replies, settled.settled.settings, settled.domain, settled.task, facts, seed=0)
    folder = settled.folder / "out"
    folder.mkdir()
    settled.answer.write_diagnosis(DiagnosticsFolder(folder), judgement, settled.domain, settled.task, seed=0)
    page = (folder / "report.html").read_text()
    assert (settled.classes or settled.names)[-1] in page and "bogus" not in page


def test_figures_have_known_names_and_numbers_beside_them(settled):
    facts = FACTS | {"judged": "test", "threshold_rows": [], "classes": settled.classes}
    drawn = settled.answer.figures(settled.replies, settled.settled.settings, settled.domain, settled.task, facts,
                                   threshold=0.5, bins=2, mag_max=25.0, errmag_max=0.4)
    json.dumps(drawn.summary, allow_nan=False)
    stems = tuple(settled.answer.figure_names)
    assert drawn.figures and all(name.startswith(stems) for name in drawn.figures)


def test_numbers_of_a_study_are_those_of_its_fields(settled):
    merit = settled.answer.merit(settled.classes, settled.task, settled.domain)
    split = SimpleNamespace(train=np.arange(0, COUNT, 2), validation=np.arange(0), test=np.arange(1, COUNT, 2))
    raw = settled.replies.raw
    numbers = merit.numbers(settled.replies.cube, split, raw[split.train], raw[split.test])
    assert set(numbers) == set(merit.fields) and set(merit.said) <= set(numbers)
    assert all(value is None or np.isfinite(value) for value in numbers.values())
    sizes = np.array([20, 40, 60])
    table = {"size": sizes} | {name: np.full(3, np.nan if value is None else value) for name, value in numbers.items()}
    assert set(merit.figures(table)) == {"scores", "gap", "loss"}
    curves = merit.curves(settled.replies.cube, split.test, sizes, [raw[split.test]] * 3, seed=0)
    assert merit.drawn in curves and all(curve.gain(10)["problem"] for curve in curves.values())


def test_options_of_other_answers_are_refused_by_name(settled):
    network = SimpleNamespace(settings=settled.settled.settings, classes=settled.classes, threshold=0.5, name="made",
                              identity="i", calibration_id="c", shift=lambda ratio: 0.0, channels=("difference",))
    strange = next(name for name in ("prob_ratio", "inject", "maps") if name not in settled.answer.options)
    with pytest.raises(UsageError, match=f"--{strange.replace('_', '-')} has no meaning"):
        settled.answer.scorer(network, settled.domain, Request("ecsv", None, {strange: 1}))
    scorer = settled.answer.scorer(network, settled.domain, Request("ecsv"))
    assert scorer.fields and json.dumps(scorer.request()) and scorer.title


@pytest.mark.parametrize("count", CLASSES)
def test_draws_become_an_uncertainty(count):
    """Scores with random passes behind them: the spread is that of the draws."""
    draws = np.random.default_rng(0).uniform(0, 1, (50, 6) if count == 2 else (50, 6, count))
    network = SimpleNamespace(classes=CLASSES[count], threshold=0.5, name="made", identity="i", calibration_id="c",
                              shift=lambda ratio: 0.0, scores_and_uncertainty=lambda images, passes, seed, prob_ratio: (
                                  draws.mean(axis=0), draws[:passes].std(axis=0)))
    scorer = ANSWERS.load("scores").scorer(network, DOMAINS.load("transients"), Request("ecsv", None, {"uncertainty": 50}))
    scores, spread = scorer.score(np.zeros((6, 4, 4, 1)))
    np.testing.assert_allclose(spread, draws.std(axis=0))
    names = ["uncertainty"] if count == 2 else [f"uncertainty_{name}" for name in CLASSES[count]]
    assert set(names) <= set(scorer.fields) and scores.shape == spread.shape
