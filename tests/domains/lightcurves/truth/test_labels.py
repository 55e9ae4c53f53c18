import math

import numpy as np
import pytest

from otrain.domains.lightcurves.truth.ephemerides import Event, label_slots
from otrain.domains.lightcurves.truth.labels import class_of, event_rows, runs_as_events

STEP = 1 / 48
COLUMNS = {"object_id": "s", "candid": "s_0"}


def event(t0, duration, kind="planet", **values):
    known = {"depth": 1e-3, "period": math.nan, "snr": math.nan, "body": 0, "primary": True} | values
    return Event(kind, t0, duration, **known)


def test_points_of_an_event_are_the_labelled_slots_with_flux():
    valid = np.ones(100, bool)
    valid[20:22] = False
    for t0, duration in ((0.4, 3.0), (0.41, 2.3), (0.0, 4.0), (2.05, 5.0), (1.003, 0.1)):
        row, = event_rows([event(t0, duration)], COLUMNS, valid, 0.0, STEP, 1e-4)
        labelled = label_slots([event(t0, duration)], 0.0, STEP, 100) == 1
        assert row["points"] == (labelled & valid).sum(), (t0, duration)


def test_event_in_a_gap_or_outside_is_no_event_of_the_window():
    valid = np.zeros(100, bool)
    assert event_rows([event(1.0, 3.0)], COLUMNS, valid, 0.0, STEP, 1e-4) == []
    assert event_rows([event(5.0, 3.0), event(-1.0, 3.0)], COLUMNS, ~valid, 0.0, STEP, 1e-4) == []


def test_snr_of_the_table_prevails_over_that_of_depth_and_noise():
    rows = event_rows([event(1.0, 2.0, snr=9.0), event(1.5, 2.0)], COLUMNS, np.ones(100, bool), 0.0, STEP, 1e-4)
    assert rows[0]["snr"] == 9 and rows[1]["snr"] == pytest.approx(10 * math.sqrt(rows[1]["points"]))


def test_runs_of_labels_are_events():
    found = runs_as_events(np.array([1, 1, 0, 2, 2, 2, np.nan, 1.0]), 10.0, 1.0)
    assert [(one.kind, one.t0, one.duration) for one in found] == [
        ("planet", 11.0, 48.0), ("binary", 14.5, 72.0), ("planet", 17.5, 24.0)]


@pytest.mark.parametrize("kinds, label, expected", [
    (["planet", "binary"], 0.0, 1), (["binary"], 0.0, 2), ([], 0.0, 0), ([], np.nan, -1)])
def test_class_of_a_window(kinds, label, expected):
    assert class_of([{"kind": kind} for kind in kinds], np.array([label, np.nan])) == expected
