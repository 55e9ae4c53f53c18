import math

import numpy as np
import pytest

from otrain.domains.lightcurves.truth.ephemerides import (
    Body,
    Ephemerides,
    events_between,
    label_slots,
    star_key,
)
from otrain.errors import DataError

STEP = 1 / 48  # d


def test_period_gives_every_event_of_a_span_those_at_its_edges_too():
    body = Body("planet", t0=0.0, period=10, duration=12)
    found = [event.t0 for event in events_between([body], 9.8, 40.2)]
    assert found == [10, 20, 30, 40], "the first centre is inside"
    assert [event.t0 for event in events_between([body], 10.2, 39.8)] == [10, 20, 30, 40], "halves overlap"
    assert [event.t0 for event in events_between([body], 10.3, 39.7)] == [20, 30]


def test_single_event_has_no_period():
    body = Body("planet", t0=5.0, duration=6)
    assert len(events_between([body], 0, 90)) == 1 and not events_between([body], 6, 90)


def test_binary_has_a_secondary_eclipse_at_its_phase():
    body = Body("binary", t0=1, period=4, duration=3, depth=0.2, snr=50, secondary_phase=0.5, secondary_depth=0.1)
    events = events_between([body], 0, 8)
    assert [(event.t0, event.depth, event.primary) for event in events] == [
        (1, 0.2, True), (3, 0.1, False), (5, 0.2, True), (7, 0.1, False)]
    assert math.isnan(events[1].snr), "the table's SNR is that of the primary eclipse"


def test_slots_are_labelled_by_overlap_with_half_of_them():
    events = events_between([Body("planet", t0=0.0, duration=2.0)], -1, 1)  # four slots
    np.testing.assert_array_equal(label_slots(events, -5 * STEP, STEP, 10), [0, 0, 0, 1, 1, 1, 1, 0, 0, 0])
    np.testing.assert_array_equal(label_slots(events, -4.6 * STEP, STEP, 8), [0, 0, 0, 1, 1, 1, 1, 0])


def test_event_whose_centre_lies_outside_labels_its_part():
    events = events_between([Body("planet", t0=-STEP, duration=3.0)], 0, 1)
    np.testing.assert_array_equal(label_slots(events, 0, STEP, 5), [1, 1, 0, 0, 0])


def test_event_shorter_than_a_slot_keeps_one():
    events = events_between([Body("planet", t0=2.2 * STEP, duration=0.05)], 0, 1)
    np.testing.assert_array_equal(label_slots(events, 0, STEP, 4), [0, 0, 1, 0])


def test_planet_prevails_where_a_binary_overlaps():
    bodies = [Body("planet", t0=2 * STEP, duration=1.0), Body("binary", t0=2 * STEP, duration=2.0)]
    np.testing.assert_array_equal(label_slots(events_between(bodies, 0, 1), 0, STEP, 5), [2, 1, 1, 2, 0])


def test_labels_of_a_mirrored_light_curve_are_mirrored():
    events = events_between([Body("planet", t0=0.3, period=0.7, duration=3)], -2, 2)
    mirrored = events_between([Body("planet", t0=-0.3, period=0.7, duration=3)], -2, 2)
    np.testing.assert_array_equal(label_slots(events, -2, STEP, 192)[::-1], label_slots(mirrored, -2, STEP, 192))


def test_star_is_found_under_the_names_that_people_give_it():
    known = Ephemerides("t", [("KIC 11442793", Body("planet", 1, duration=1)), ("7", Body("none", math.nan))])
    for name in ("KIC 11442793", "kplr011442793", "kic11442793", "11442793"):
        assert len(known.of(name)) == 1, name
    assert len(known.of("TIC 7")) == 1 and known.of("TIC 11442793") == [] and known.of("Kepler-90") == []


def test_time_scales_are_turned_into_that_of_the_light_curve():
    known = Ephemerides("t", [("a", Body("planet", 2454933.5, duration=1)),
                              ("b", Body("planet", 100.0, duration=1, scale="BKJD"))])
    assert known.of("a", "BKJD")[0].t0 == 100.5
    assert known.of("b", "BTJD")[0].t0 == pytest.approx(100 + 2454833 - 2457000)
    assert known.of("b", "BJD")[0].t0 == 2454933
    with pytest.raises(DataError, match="t0 of a is in BJD, its light curve in d"):
        known.of("a", "d")


def test_small_t0_of_a_light_curve_in_julian_dates_is_refused():
    with pytest.raises(DataError, match="times of a are Julian dates and its t0 is 12"):
        Ephemerides("t", [("a", Body("planet", 12.0, duration=1))]).of("a", "BJD")


def test_number_of_k2_is_of_its_own_catalogue():
    assert star_key("KIC 201000001") == star_key("EPIC 201000001") == "epic201000001"
    table = Ephemerides("t", [("EPIC 201000001", Body("planet", 1.0, 2.0, 3.0))])
    assert table.names("KIC 201000001") and table.names("ktwo201000001") and not table.names("KIC 1")


def test_rows_of_no_star_are_told():
    table = Ephemerides("t", [("TIC 1", Body("planet", 1.0)), ("TIC 10", Body("planet", 1.0))])
    assert table.rows_without(["1", "TIC 2"]) == ["TIC 10"]
    assert table.rows_without(["TIC 10", "TIC 1"]) == []


def test_further_names_of_a_star_find_it_too():
    body = Body("planet", 1.0)
    table = Ephemerides("t", [("TIC 1", body)], also=[("K2-3", body)])
    assert table.of("k2 3") == [body] and table.rows_without(["K2-3"]) == [] and len(table) == 1


@pytest.mark.parametrize("own, scale, t0", [("BKJD", "BTJD", 2042.5), ("BJD-2400000.5", "BTJD", 2042.5), ("BJD", "BJD-2450000", 9042.5)])
def test_time_is_brought_to_the_scale_of_the_light_curve(own, scale, t0):
    given = {"BKJD": 4209.5, "BJD-2400000.5": 59042.0, "BJD": 2459042.5}[own]
    table = Ephemerides("t", [("a", Body("planet", given, scale=own))])
    assert table.of("a", scale)[0].t0 == pytest.approx(t0, abs=1e-9)
