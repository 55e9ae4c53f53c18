import pytest

from otrain.web.words import (
    by_class,
    calibration,
    fates,
    headline,
    metric_rows,
    night,
    number,
    percent,
    subset_counts,
    threshold,
    verdict,
)


@pytest.mark.parametrize("value, text", [
    ({"value": 0.5, "low": 0.2, "high": 0.8}, "0.50 (0.20–0.80)"),
    ({"value": 0.99982, "low": 0.99942, "high": 0.99999}, "0.99982 (0.99942–0.99999)"),
    ({"value": 1.0, "low": 1 - 1e-16, "high": 1.0}, "1.00 (1.00–1.00)"),
    ({"value": 0.25, "low": None, "high": None}, "0.2500"),
    ({"value": None, "low": None, "high": None}, "not defined"),
    (float("nan"), "not defined"), (None, "not defined"), (0.125, "0.1250"),
])
def test_digits_follow_the_interval(value, text):
    assert number(value) == text


def test_rate_of_none_in_few_keeps_its_upper_limit():
    assert percent({"value": 0.0, "low": 0.0, "high": 0.187}) == "0 % (0–19 %)"


def test_missing_rate_is_not_zero():
    assert percent({"value": None}) == "not defined"


@pytest.mark.parametrize("value, text", [(0.5, "0.500"), (0.0, "0.000"), (1.0, "1.000"), (0.99987654, "0.99988"),
                                         (0.00012345, "0.00012"), (None, "none")])
def test_threshold_is_told_from_0_and_1(value, text):
    assert threshold(value) == text


@pytest.mark.parametrize("low, high, word", [(0.0, 0.009, "kept"), (0.005, 0.02, "open"), (0.02, 0.05, "missed")])
def test_verdict_compares_the_interval_with_the_target(low, high, word):
    row = {"kind": "lost", "limit": 0.01, "threshold": 0.4, "test": {"lost": {"low": low, "high": high}}}
    assert verdict(row) == word


def test_verdict_is_open_without_a_test():
    assert verdict({"kind": "lost", "limit": 0.01, "threshold": None, "test": None}) == "open"
    assert verdict({"kind": "lost", "limit": 0.01, "threshold": 0.5, "test": None}) == "open"


def test_headline_counts_the_test_subset():
    lead = headline({"confusion": {"validation": [[0, 9], [9, 0]], "test": [[90, 10], [1, 19]]}, "threshold": 0.7})
    assert (lead["reals"], lead["bogus"], lead["threshold"]) == (20, 100, 0.7)
    assert lead["lost"]["value"] == 0.05
    assert lead["false_alarms"]["value"] == 0.1


@pytest.mark.parametrize("report", [{}, {"confusion": {}}, {"confusion": {"test": [[1, 0, 0]] * 3}}])
def test_no_headline_without_two_classes_in_test(report):
    assert headline(report) is None


def test_unknown_metric_keeps_its_name():
    assert metric_rows({"metrics": {"test": {"new_one": 0.5}}}) == [("new one", "", "0.5000", "not defined")]


def test_fates_add_up_and_name_the_reasons():
    rows = fates({"seen": 6, "kept": 1, "skipped": {"edge": 2}, "quarantined": {"truncated": 2, "corrupt": 1}})
    assert rows == [("kept", 1, ""), ("skipped", 2, "edge 2"), ("quarantined", 3, "corrupt 1, truncated 2")]


def test_calibration_is_said_in_words():
    assert calibration({}) == "The scores are not calibrated."
    table = {"method": "temperature", "temperature": 1.8, "examples": 450}
    assert calibration({"calibration": table}) == (
        "Calibrated by temperature, T = 1.8, fitted on 450 validation candidates.")


def test_subsets_stand_in_the_order_of_their_use():
    report = {"counts": {"test": {"real": 3}, "validation": {"real": 2}, "training": {"real": 1}}}
    assert [name for name, _ in subset_counts(report)] == ["training", "validation", "test"]


def test_each_of_three_classes_is_counted_against_the_rest():
    row = {"metrics": {"test": {"roc_auc": {"value": 0.9}}}, "threshold_table": [{"target": "x"}]}
    report = {"confusion": {"test": [[8, 2, 0], [1, 9, 0], [0, 3, 7]]},
              "by_class": {"quiet": row, "glitch": row, "line": row}}
    quiet, glitch, line = by_class(report)
    assert (glitch["examples"], glitch["lost"]["value"], glitch["false_alarms"]["value"]) == (10, 0.1, 0.25)
    assert (quiet["lost"]["value"], quiet["false_alarms"]["value"]) == (0.2, 0.05)
    assert line["false_alarms"]["value"] == 0 and line["many"] == "line examples"
    assert by_class({"confusion": report["confusion"]}) == []


def test_false_alarms_of_a_night_are_of_those_that_are_not_real():
    some = night({"night": {"candidates": 10_000, "real_fraction": 0.25}, "classes": ["bogus", "real"]})
    assert (some["candidates"], some["bogus"]) == (10_000, 7_500)
    assert night({"night": {"candidates": 0}}) is None and night({}) is None
