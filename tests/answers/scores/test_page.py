import html.parser
import json
import re

import numpy as np
import pytest

from otrain.answers.scores.page import (
    _suspicious,
    _worst,
    report_figures,
    write_report,
    write_training_report,
)
from otrain.plots.style import empty_figure


@pytest.fixture(scope="module")
def case(make_predictions, make_report):
    predictions, read_images = make_predictions(240)
    return predictions, read_images, json.loads(json.dumps(make_report(predictions)))


@pytest.fixture
def page(case, tmp_path):
    """Render a report with some keys replaced or, if None, removed."""
    def render(figures=None, **changes):
        report = {key: value for key, value in (case[2] | changes).items() if value is not None}
        write_report(tmp_path / "report.html", report, figures=figures)
        return (tmp_path / "report.html").read_text(encoding="utf-8")
    return render


def _text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("</style>")[1]))


class _Addresses(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.found += [value for name, value in attributes if name in ("src", "href", "srcset", "action")]


@pytest.mark.slow
def test_whole_report_lies_in_one_file(case, tmp_path):
    predictions, read_images, report = case
    write_training_report(tmp_path / "report.html", report, predictions, read_images, plots=tmp_path / "plots")
    parser = _Addresses()
    parser.feed((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert len(parser.found) >= 12
    assert all(address.startswith("data:image/png;base64,") for address in parser.found)
    assert not {"script", "link", "iframe"} & set(parser.tags)
    names = {path.stem for path in (tmp_path / "plots").iterdir()}
    assert {"loss", "error_rates", "reliability", "by_mag", "by_kind", "worst", "mosaic_real"} <= names


def test_threshold_table_comes_before_the_metrics(page):
    text = _text(page())
    assert text.index("Which threshold?") < text.index("How good is it?")
    assert text.index("lose at most 1 % of reals") < text.index("Accuracy")


def test_target_without_support_says_what_it_needs(page):
    assert re.search(r"needs at least \d+ bogus in test \(has \d+\)", page())


def test_rates_are_those_of_the_test_subset(case, page):
    (_, _), (fn, tp) = case[2]["confusion"]["test"]
    assert f"{fn + tp} real" in page()
    other = page(confusion={"validation": [[50, 50], [50, 50]]})
    assert "no rate can be stated" in other


@pytest.mark.parametrize("key", ["name", "classes", "counts", "notes"])
def test_names_from_files_are_never_markup(page, key):
    evil = "<script>alert(1)</script>"
    changes = {"name": {"name": evil}, "classes": {"classes": [evil, "real"], "counts": {evil: {evil: 3}}},
               "counts": {"cube_counts": {"seen": 1, "kept": 0, "quarantined": {evil: 1}}},
               "notes": {"notes": [evil]}}[key]
    text = page(**changes)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.slow
def test_candidate_called_script_is_harmless(make_predictions, make_report, tmp_path):
    predictions, read_images = make_predictions(60)
    predictions.columns["candid"][:] = "<script>"
    predictions.columns["band"][:] = "<b>"
    path = tmp_path / "report.html"
    write_training_report(path, make_report(predictions), predictions, read_images)
    assert "<script" not in path.read_text(encoding="utf-8")


def test_empty_report_says_what_is_absent(tmp_path):
    write_report(tmp_path / "report.html", {})
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for words in ("No threshold table", "No metrics", "No cutouts", "No training history", "not known"):
        assert words in text


def test_any_section_may_be_absent(case, page):
    for key in case[2]:
        assert "decision report" in page(**{key: None})


def test_undefined_values_are_said(page):
    nothing = {"value": None, "low": None, "high": None}
    assert "not defined" in page(metrics={"test": {"roc_auc": nothing}, "validation": {}})


def test_figures_use_the_test_subset_only(case):
    predictions, _, report = case
    figures = report_figures(report, predictions)
    test = predictions.subset == "test"
    labels = [text.get_text() for text in figures["scores"].axes[0].get_legend().get_texts()]
    assert labels[0] == f"bogus ({np.sum(test & (predictions.labels == 0))})"


def test_worst_errors_tell_their_true_class(case):
    predictions, read_images, report = case
    titles = [axes.get_title() for axes in report_figures(report, predictions, read_images)["worst"].axes]
    titles = [title for title in titles if title]
    assert titles
    for title in titles:
        candid, *_, judged = title.split("\n")
        row = int(candid.removeprefix("ZTF")) - 1000
        assert judged.startswith(("bogus, score", "real, score")[predictions.labels[row]])
        assert predictions.subset[row] == "test"


def test_unknown_magnitudes_are_no_numbers(case):
    predictions, _, report = case
    columns = predictions.columns | {"mag": np.full(240, 99.0), "mag_err": np.full(240, -99.0)}
    figures = report_figures(report, type(predictions)(**vars(predictions) | {"columns": columns}))
    assert "by_mag" not in figures
    assert "by_mag_err" not in figures
    assert "by_fwhm" in figures


def test_empty_subsets_make_figures_that_say_so(case):
    predictions, read_images, report = case
    none = type(predictions)(**vars(predictions) | {"subset": np.full(240, "validation")})
    figures = report_figures(report | {"confusion": {}, "reliability": {}}, none, read_images)
    for name in ("scores", "error_rates", "confusion", "reliability", "worst", "mosaic_real"):
        assert figures[name].axes[0].texts[0].get_text() == "no candidates"


def test_more_than_two_classes_are_reported(make_predictions, tmp_path):
    predictions, read_images = make_predictions(30)
    predictions.scores = np.full((30, 3), 1 / 3)
    report = {"classes": ["a", "b", "c"], "counts": {"test": {"a": 1, "b": 2, "c": 3}}, "threshold_table": [],
              "confusion": {"test": [[1, 0, 0], [0, 2, 0], [1, 0, 2]]}, "history": {"loss": [1, 2]}}
    write_training_report(tmp_path / "report.html", report, predictions, read_images)
    assert "Confusion matrix" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_failing_report_leaves_the_older_one(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(AttributeError):
        write_report(path, {}, figures={"loss": None})
    assert path.read_text() == "old"
    write_report(path, {}, figures={"loss": empty_figure()})
    assert path.read_text() != "old"


def test_false_alarms_are_stated_for_the_night(page):
    test = {"reals": 100, "bogus": 100, "lost": {"value": 0.01, "low": 0.0, "high": 0.05},
            "false_alarms": {"value": 0.02, "low": 0.005, "high": 0.07}}
    row = {"target": "lose little", "kind": "lost", "limit": 0.05, "threshold": 0.4, "test": test, "support": ""}
    text = _text(page(threshold_table=[row], night={"candidates": 2000, "real_fraction": 0.5}))
    assert "20 (5–70)" in text
    assert "of which 50 % are real" in text
    assert "a night" not in _text(page(threshold_table=[row]))


def test_columns_outside_the_training_are_listed(page):
    ranges = {"mag": {"low": 15.0, "high": 20.0, "known": 9, "judged": 4, "outside": 1,
                      "share": {"value": 0.25, "low": 0.05, "high": 0.7}},
              "band": {"values": ["g"], "known": 9, "judged": 4, "outside": 2, "unseen": {"<z>": 2},
                       "share": {"value": 0.5, "low": 0.1, "high": 0.9}}}
    text = _text(page(column_ranges=ranges))
    assert "15 to 20" in text and "25 % (5–70 %)" in text
    assert "&lt;z&gt; (2)" in text


def test_suspicious_labels_come_boldest_first(case):
    _, read_images, _ = case
    columns = {"candid": np.array(["a", "b", "c", "d", "e"])}
    labels, scores = np.array([1, 0, 1, 0, 1]), np.array([0.2, 0.99, 0.9, 0.1, 0.0])
    chosen = np.array([True, True, True, True, False])
    figure = _suspicious(columns, labels, scores, chosen, read_images)
    assert [axes.get_title().split("\n")[0] for axes in figure.axes if axes.get_title()] == ["b", "a"]
    figure = _suspicious(columns, labels, labels.astype(float), chosen, read_images)
    assert figure.axes[0].texts[0].get_text() == "no label is contradicted"


def test_heat_map_lies_beside_the_candidate_it_explains(case):
    _, read_images, _ = case
    asked = []

    def explain(rows):
        asked.extend(rows)
        return np.ones((len(rows), 31, 31))

    given = ({"candid": np.array(["a", "b"])}, np.array([0, 1]), np.array([0.9, 0.3]), np.array([True, True]),
             0.5, read_images)
    plain, explained = _worst(*given, None, ()), _worst(*given, explain, ("science", "template", "difference"))
    assert asked == [0, 1]
    for figure in (plain, explained):
        assert [axes.get_title().split("\n")[0] for axes in figure.axes] == ["a", "b"]
    widths = [figure.axes[0].images[0].get_array().shape[1] for figure in (plain, explained)]
    assert widths[1] > widths[0]


def test_page_of_three_classes_states_a_rate_for_each(tmp_path):
    mine = {"metrics": {"test": {"roc_auc": {"value": 0.9, "low": 0.8, "high": 0.95}}}, "reliability": {},
            "threshold_table": [{"target": "at most 1 % lost", "threshold": 0.25, "support": "",
                                 "test": {"lost": {"value": 0.01, "low": 0, "high": 0.05},
                                          "false_alarms": {"value": 0.125, "low": 0.1, "high": 0.2}}}]}
    report = {"name": "three", "classes": ["quiet", "glitch", "line"], "threshold": 0.5, "counts": {}, "metrics": {},
              "confusion": {"test": [[8, 2, 0], [1, 9, 0], [0, 3, 7]]}, "threshold_table": [],
              "by_class": dict.fromkeys(["quiet", "glitch", "line"], mine)}
    write_report(tmp_path / "report.html", report)
    page = (tmp_path / "report.html").read_text()
    assert "no rate can be stated" not in page and "No threshold table" not in page
    assert "25 %" in page and page.count("(10–20 %)") == 3 and "Glitch examples lost" in page
