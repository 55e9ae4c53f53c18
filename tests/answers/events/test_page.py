import re

import numpy as np
import pytest

from otrain.answers.events.judgement import Judged, judge_search
from otrain.answers.events.page import (
    event_figures,
    missing_reasons,
    search_rows,
    single_rows,
    write_event_report,
)


def judgement(threshold=0.0, *, stars=40, seed=0):
    """Events of every second star, most of them found, and a false alarm on every tenth."""
    rng = np.random.default_rng(seed)
    row = np.arange(0, stars, 2)
    truth = {"row": row, "t0": np.full(len(row), 5.0), "duration": np.full(len(row), 6.0),
             "observed": np.ones(len(row)), "depth": np.full(len(row), 2e-4), "kind": np.ones(len(row), int)}
    found = np.concatenate([row, np.arange(1, stars, 10)])
    events = {"row": found, "t0": np.concatenate([truth["t0"] + 0.01, np.full(len(found) - len(row), 9.0)]),
              "duration": np.full(len(found), 6.6), "depth": np.full(len(found), 1.9e-4),
              "log_odds": rng.normal(1, 1, len(found))}
    subset = np.where(np.arange(stars) < stars // 2, "validation", "test")
    judged = Judged(events, truth, truth["kind"] == 1, subset, np.arange(stars) % 2 == 1)
    return judge_search(judged, properties={"depth": truth["depth"]}, single=np.ones(len(row), bool),
                        threshold=threshold, chosen_by="chosen in training" if threshold is not None else "")


@pytest.fixture(scope="module")
def report():
    same = judgement(seed=1)
    return {"name": "a<b", "task": "segmentation", "created": "2026-11-25T10:00:00+00:00",
            "classes": ["continuum", "planet"], "notes": ["Mind <this>."], "model_id": "ab" * 32,
            "events": {"planet": {"network": judgement(), "matched filter": same,
                                  "matched filter, other kinds forgiven": same}},
            "points": {"test": {"planet": {"iou": {"value": 0.5, "low": 0.4, "high": 0.6}}}},
            "counts": {"test": {"continuum": 10, "planet": 10}}, "history": {"loss": [1, 0.5], "val_loss": [1, 0.6]},
            "versions": {"numpy": "2"}, "seeds": {"seed": 0}, "cube": {"name": "plato.npz"}}


def words_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


@pytest.fixture(scope="module")
def page(report, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "plots").mkdir()
    piece = {"time": np.arange(5.0), "flux": np.arange(5.0), "probability": np.zeros(5), "title": "s"}
    write_event_report(folder / "report.html", report, {"finds": [piece], "misses": [], "false_alarms": []},
                       plots=folder / "plots")
    return folder


def test_page_says_the_rates_and_where_they_come_from(page, report):
    text = words_of((page / "report.html").read_text())
    assert "test subset of plato.npz" in text and "false among the announced" in text
    assert report["events"]["planet"]["network"]["chosen_by"] in text
    assert "Finds, misses, false alarms" in text and "Mind &lt;this&gt;." in text


def test_page_is_self_contained_and_escapes_names(page):
    content = (page / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!data:)', content) and "a&lt;b" in content and "<b events" not in content


def test_every_figure_also_lies_in_a_file(page):
    assert {path.stem for path in (page / "plots").iterdir()} == {
        "loss", "recovery", "discovery", "by_depth", "finds", "misses", "false_alarms"}


def test_figures_need_no_galleries(report):
    assert set(event_figures(report, {})) == {"loss", "recovery", "discovery", "by_depth"}


def test_reason_why_a_rate_is_not_measured_is_told_once(page, report):
    rows = search_rows(report, "planet")
    reasons = missing_reasons(rows)
    assert len(reasons) == len(set(reasons)) >= 2 and "needs at least" in reasons[-1]
    text = words_of((page / "report.html").read_text())
    assert all(text.count(reason) == 1 for reason in reasons)


def test_single_events_are_told_at_equal_false_alarms(report):
    table = single_rows(report, "planet")
    assert table["searches"] == ["network", "matched filter"], "forgiven eclipses change nothing here"
    assert table["rates"][0] == "1 false alarm per quarter"
    assert [row[:2] for row in table["rows"]] == [["180–250", 10]]
    assert all(len(row) == 2 + len(table["rates"]) * 2 for row in table["rows"])


def test_errors_are_minutes_and_per_cent_and_each_search_comes_once(page):
    content = (page / "report.html").read_text()
    text = words_of("</style>" + content[content.index("How well events are measured"):])
    assert "+14.4 min (+14.4 to +14.4)" in text and "+10.0 % " in text and "-5.0 % " in text
    assert text.count("matched filter") == 1, "once, forgiven or not"


def test_report_without_single_events_has_no_such_table(report):
    bare = {name: {key: value for key, value in row.items() if key != "single"}
            for name, row in report["events"]["planet"].items()}
    assert single_rows({"events": {"planet": bare}}, "planet") is None
