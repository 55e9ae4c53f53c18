import numpy as np
import pytest

from otrain.evaluation.table_checks import balance, missing_shares, nights, unknown_magnitudes

CLASSES = ("quiet", "glitch")


def test_fill_values_are_no_magnitudes():
    assert unknown_magnitudes([99, -99, 99.0, 18.5, np.nan, 0.0]).tolist() == [True] * 3 + [False] * 3


@pytest.mark.parametrize("middle", [0.05, 0.35, 0.6, 0.95])
def test_night_of_any_observatory_stays_whole(middle):
    rng = np.random.default_rng(0)
    number = np.repeat(np.arange(5), 40)
    found = nights(60000 + number + middle + rng.uniform(-0.2, 0.2, 200))
    assert (np.diff(found[np.arange(0, 200, 40)]) == 1).all()
    assert len(np.unique(found)) == 5
    assert (np.ptp(found.reshape(5, 40), axis=1) == 0).all()


def test_unknown_dates_belong_to_no_night():
    assert np.isnan(nights([np.nan, np.nan])).all()


def test_value_with_one_class_is_lopsided():
    values = np.repeat(["g", "r", "i", ""], [100, 100, 10, 40])
    labels = np.concatenate([np.arange(100) % 2, np.ones(100, int), np.ones(10, int), np.zeros(40, int)])
    rows = {row["value"]: row for row in balance(values, labels, CLASSES)}
    assert set(rows) == {"g", "r", "i"}
    assert rows["r"]["counts"] == {"quiet": 0, "glitch": 100}
    # Ten candidates say too little.
    assert {name: row["lopsided"] for name, row in rows.items()} == {"g": False, "r": True, "i": False}


def test_rare_class_is_not_lopsided_where_it_is_rare_everywhere():
    labels = (np.arange(4000) % 41 == 0).astype(int)
    assert not any(row["lopsided"] for row in balance(np.arange(4000) % 4 * 1.0, labels, CLASSES))


def test_one_class_alone_is_not_lopsided():
    assert not any(row["lopsided"] for row in balance(np.repeat(["a", "b"], 50), np.ones(100, int), CLASSES))


def test_missing_values_are_counted_for_each_class():
    columns = {"mag": np.array([np.nan, 1.0, 2.0, np.nan]), "band": np.array(["", "r", "", ""]),
               "edge": np.array([True, False, False, False]), "n": np.array([-1, 2, 3, 4])}
    rows = {row["column"]: row for row in missing_shares(columns, np.array([0, 0, 1, 1]), CLASSES)}
    assert rows["mag"] == {"column": "mag", "share": 0.5, "shares": {"quiet": 0.5, "glitch": 0.5}}
    assert rows["band"]["shares"] == {"quiet": 0.5, "glitch": 1.0}
    assert rows["n"]["share"] == 0.25
    assert "edge" not in rows


def test_class_without_examples_has_no_share():
    assert missing_shares({"mag": np.ones(2)}, np.ones(2, int), CLASSES)[0]["shares"]["quiet"] is None


def test_any_of_several_classes_may_be_lopsided():
    values = np.repeat(["a", "b"], 90)
    labels = np.concatenate([np.arange(90) % 3, np.zeros(90, int)])
    rows = {row["value"]: row for row in balance(values, labels, ("x", "y", "z"))}
    assert rows["b"]["lopsided"] and rows["b"]["counts"] == {"x": 90, "y": 0, "z": 0}
    even = balance(values, np.arange(180) % 3, ("x", "y", "z"))
    assert not any(row["lopsided"] for row in even)
