import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.time_scales import (
    bare_name,
    clock_rank,
    read_times,
    scale_name,
    shift_between,
    zero_of,
)

STEPS = np.arange(5) * 0.02
HOURS = np.arange(5.0)


@pytest.mark.parametrize("unit, factor", [("d", 1), ("h", 1 / 24), ("s", 1 / 86400), ("minutes", 1 / 1440)])
def test_units_of_times(unit, factor):
    found = read_times(HOURS, "time", unit)
    np.testing.assert_allclose(found.time, HOURS * factor)
    assert found.zero is None and found.scale == "d"


@pytest.mark.parametrize("name, unit, first, zero", [
    ("btjd", "", 2040, 2457000), ("TBJD", "", 2040, 2457000), ("bkjd", "d", 357, 2454833), ("BJD", "", 2459040, 0),
    ("bjd_tdb", "", 2459040, 0), ("JD_UTC", "", 2459040, 0), ("HJD", "d", 2459040, 0), ("mjd", "", 59040, 2400000.5),
    ("BMJD_TDB", "", 59040, 2400000.5), ("MJD_TIME", "d", 59040, 2400000.5), ("rjd", "", 59040, 2400000),
    ("HJD-2450000", "", 9040, 2450000), ("time", "BJD - 2457000, days", 2040, 2457000),
    ("BJD", "BJD - 2457000", 2040, 2457000), ("time", "BJD-2454833", 357, 2454833), ("t", "jd", 2459040, 0),
    ("tjd", "", 2040, 2457000), ("tjd", "", 19040, 2440000.5), ("DATEBARTT", "", 54135, 2400000),
    ("DATEBARTT", "d", 2590, 2451545), ("obsmjd", "", 59040, 2400000.5), ("time_bkjd", "", 357, 2454833),
    ("Julian Date", "", 2459040, 0), ("Modified Julian Date", "", 59040, 2400000.5), ("JD (TDB)", "", 2459040, 0),
    ("btjd", "BJD", 2040, 2457000), ("time", "", 2459040, 0), ("BJD_TDB - 2450000.0", "", 9040, 2450000)])
def test_name_and_unit_tell_the_zero(name, unit, first, zero):
    found = read_times(STEPS + first, *bare_name(name)[:1], unit or bare_name(name)[1])
    assert found.zero == zero
    np.testing.assert_array_equal(found.time, STEPS + first)


@pytest.mark.parametrize("name, first, shown", [
    ("btjd", 2459040, "its name says that they count from JD 2457000. They could be JD"), ("jd", 59040, "MJD"),
    ("mjd", 2459040, "JD 2400000.5"), ("bjd", 2040, "BTJD or BKJD")])
def test_values_that_contradict_the_name_are_refused_with_both(name, first, shown):
    with pytest.raises(InputRejected, match=shown) as caught:
        read_times(STEPS + first, name)
    assert caught.value.reason == "bad-unit" and str(first) in caught.value.words and "--time" in caught.value.words


def test_header_and_mission_tell_the_zero_where_no_name_does():
    assert read_times(STEPS + 2040, "time", zero=2457000.0).scale == "BTJD"
    assert read_times(STEPS + 2040, "time", mission="TESS").scale == "BTJD"
    assert read_times(STEPS + 357, "time", mission="Kepler").scale == "BKJD"
    assert read_times(STEPS + 3, "time", mission="TESS").scale == "d"
    assert read_times(STEPS + 2040, "time").scale == "d"


def test_seconds_since_a_reference_become_days():
    found = read_times((STEPS + 3472) * 86400, "tmid", "s", zero=2453005.5)
    np.testing.assert_allclose(found.time, STEPS + 3472)
    assert found.zero == 2453005.5
    unix = read_times((STEPS + 18452.5) * 86400, "unix")
    np.testing.assert_allclose(unix.time + unix.zero, STEPS + 2459040.0)


def test_dates_are_julian_dates():
    found = read_times(np.array(["2020-07-09T12:00:00", "2020-07-09 12:00:01", ""]))
    np.testing.assert_allclose(found.time[:2], [2459040.0, 2459040.0 + 1 / 86400], atol=1e-9)
    assert found.scale == "BJD" and np.isnan(found.time[2])
    assert read_times(np.array(["2020-07-09"], "datetime64[s]")).time[0] == 2459039.5
    assert read_times(np.array(["2040.5", "2041.0"])).time.tolist() == [2040.5, 2041.0]
    with pytest.raises(InputRejected, match="neither numbers nor dates"):
        read_times(np.array(["noon"]), "time")


def test_times_without_a_unit_are_told_by_their_cadence():
    assert read_times(HOURS * 0.02).time[1] == 0.02
    assert read_times(HOURS * 600).time[1] == 600 / 86400
    with pytest.raises(InputRejected, match=r"samples lie 3 apart: days or seconds\? Name the unit") as caught:
        read_times(HOURS * 3)
    assert caught.value.reason == "bad-unit"


def test_unknown_unit_of_time_is_refused():
    with pytest.raises(InputRejected, match="the unit of the times is 'furlong'"):
        read_times(HOURS, "time", "furlong")


def test_better_clock_is_taken_first():
    names = ["mjd_time", "utc_time", "bjd_time", "hjd", "t"]
    assert sorted(names, key=clock_rank) == ["bjd_time", "hjd", "mjd_time", "t", "utc_time"]
    assert [clock_rank(name) for name in ("timecorr", "time_corr", "exptime", "cadenceno", "barycorr", "flux")] == [None] * 6


def test_scales_are_named_and_read_back():
    for zero in (2454833.0, 2457000.0, 0.0, 2400000.5, 2450000.0, None):
        assert zero_of(scale_name(zero)) == zero
    assert shift_between("BTJD", "BJD") == 2457000 and shift_between("d", "BJD") is None
    assert shift_between("BKJD", "BTJD") == 2454833 - 2457000 and shift_between("d", "d") == 0
