import numpy as np
import pytest
from astropy.table import Table

from otrain.domains.lightcurves.truth.ephemeris_table import compare_labels, read_ephemerides
from otrain.errors import DataError, UsageError


def table(tmp_path, text, name="e.csv"):
    (tmp_path / name).write_text(text)
    return read_ephemerides(tmp_path / name)


def test_units_in_brackets_are_obeyed(tmp_path):
    found = table(tmp_path, "object_id,t0,period,duration [d],depth [ppm],kind\ns1,10,5,0.25,400,planet\n").of("s1")
    assert (found[0].t0, found[0].period, found[0].duration, found[0].depth) == (10, 5, 6, pytest.approx(4e-4))


def test_durations_are_hours_unless_the_table_says_otherwise(tmp_path):
    assert table(tmp_path, "object_id,t0,duration\ns,1,6\n").of("s")[0].duration == 6


@pytest.mark.parametrize("ending, options", [("ecsv", {"format": "ascii.ecsv"}), ("fits", {})])
def test_units_of_ecsv_and_fits_columns_are_obeyed(tmp_path, ending, options):
    made = Table({"object_id": ["s"], "t0": [10.0], "period": [np.nan], "duration": [21600.0], "depth": [0.01],
                  "kind": ["binary"]}, units={"t0": "d", "duration": "s"})
    made.write(tmp_path / f"e.{ending}", **options)
    body = read_ephemerides(tmp_path / f"e.{ending}").of("s")[0]
    assert (body.duration, body.kind, np.isnan(body.period), body.depth) == (6, "binary", True, 0.01)


def test_parquet_is_read(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pa.table({"object_id": ["s"], "t0": [3.0], "duration": [2.0]}), tmp_path / "e.parquet")
    assert read_ephemerides(tmp_path / "e.parquet").of("s")[0].t0 == 3


def test_table_of_the_kepler_archive_is_understood(tmp_path):
    found = table(tmp_path, "# a comment\nkepid,koi_time0bk,koi_period,koi_duration,koi_depth\n"
                            "11442793,357.64,210.6,12,4159\n").of("KIC 11442793")[0]
    assert (found.duration, found.depth) == (12, pytest.approx(4.159e-3))


def test_several_planets_and_a_binary_of_one_star_are_numbered(tmp_path):
    found = table(tmp_path, "object_id,t0,period,duration,kind\ns,1,5,2,planet\ns,2,,3,planet\ns,3,4,2,EB\n").of("s")
    assert [(body.body, body.kind) for body in found] == [(0, "planet"), (1, "planet"), (2, "binary")]
    assert np.isnan(found[1].period) and found[2].secondary_phase == 0.5 and np.isnan(found[0].secondary_phase)


def test_rows_of_secondary_eclipses_add_no_further_ones(tmp_path):
    found = table(tmp_path, "object_id,t0,period,duration,kind,primary\ns,1,4,2,binary,True\ns,3,4,2,binary,False\n")
    assert [(body.primary, np.isnan(body.secondary_phase)) for body in found.of("s")] == [(True, True), (False, True)]


@pytest.mark.parametrize("text, words", [
    ("object_id,t0,period,duration\ns,1,5,21600\n", r"row 1: the duration \(21600 h\) is longer.*`duration \[s\]`"),
    ("object_id,t0,duration,depth\ns,1,5,400\n", r"depth must be a fraction.*`depth \[ppm\]`"),
    ("object_id,t0,duration\ns,1,0\n", "duration must be above 0"),
    ("object_id,t0,period,duration\ns,1,-3,2\n", "period must be above 0"),
    ("object_id,t0,duration\ns,,2\n", "t0 must be a number"),
    ("object_id,t0,duration\ns,soon,2\n", "row 1: t0 must be a number. Received: 'soon'"),
    ("object_id,t0,duration,kind\ns,1,2,comet\n", "kind must be planet, binary.*'comet'"),
    ("object_id,t0,duration [parsec]\ns,1,2\n", "has the unit 'parsec'. Known for it: d, day")])
def test_values_that_cannot_be_are_refused_with_their_row(tmp_path, text, words):
    with pytest.raises(DataError, match=words):
        table(tmp_path, text)


def test_table_without_the_needed_columns_or_absent_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"needs the columns object_id, t0.*Received: star, period"):
        table(tmp_path, "star,period\na,1\n")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_ephemerides(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="no keyword that tells a label"):
        read_ephemerides("keyword:REAL")


def test_tables_of_the_archives_are_taken_as_they_are(tmp_path):
    exofop = table(tmp_path, "TIC ID,TOI,TFOPWG Disposition,Epoch (BJD),Epoch (BJD) err,Period (days),Duration (hours),Depth (mmag),"
                   "Depth (ppm)\n1000,999.01,PC,2459042.5,0.1,5.0,4,30,30000\n")
    toi = table(tmp_path, "# made by the archive\ntid,toi,tfopwg_disp,pl_tranmid,pl_orbper,pl_trandurh,pl_trandep\n"
                "1000,999.01,CP,2459042.5,5.0,4,30000\n")
    planets = table(tmp_path, "pl_name,hostname,tic_id,default_flag,pl_tranmid,pl_orbper,pl_trandur,pl_trandep\n"
                    "K2-3 b,K2-3,TIC 1000,1,2459042.5,5.0,4,3.0\nK2-3 b,K2-3,TIC 1000,0,1,1,1,1\n")
    for found in (exofop, toi, planets):
        body, = found.of("TIC 1000", "BTJD")
        assert (body.t0, body.period, body.duration, body.kind) == (2042.5, 5.0, 4.0, "planet")
        assert body.depth == pytest.approx(0.03)
    assert planets.of("K2-3")[0].depth == pytest.approx(0.03)


def test_time_of_a_koi_counts_from_its_own_zero(tmp_path):
    found = table(tmp_path, "kepid,koi_disposition,koi_fpflag_ss,koi_time0bk,koi_period,koi_duration,koi_depth\n"
                  "5,CONFIRMED,0,170.5,3,2.5,500\n6,FALSE POSITIVE,1,171,4,2,9000\n7,FALSE POSITIVE,0,172,4,2,900\n")
    assert found.of("KIC 5", "BTJD")[0].t0 == pytest.approx(170.5 + 2454833 - 2457000)
    assert [found.of(f"kplr{star}")[0].kind for star in (5, 6, 7)] == ["planet", "binary", "unknown"]
    assert found.of("5")[0].depth == pytest.approx(5e-4)


def test_planet_of_an_archive_without_transits_leaves_its_star_unknown(tmp_path):
    found = table(tmp_path, "hostname,pl_name,pl_tranmid,pl_orbper,pl_trandur,pl_trandep\nHD 1,HD 1 b,,10,,\n")
    assert found.of("HD 1")[0].kind == "unknown"


@pytest.mark.parametrize("names, t0, scale", [
    ("star,epoch [BTJD],duration_hours,depth_ppm", 2042.5, "BTJD"), ("star,t0_bjd,duration,depth [ppm]", 2459042.5, "BTJD"),
    ("star;t0 (BJD - 2450000);duration;depth (ppm)", 9042.5, "BTJD")])
def test_units_stand_in_many_places(tmp_path, names, t0, scale):
    mark = ";" if ";" in names else ","
    body, = table(tmp_path, f"{names}\n" + mark.join(map(str, ("s", t0, 4, 30000))) + "\n").of("s", scale)
    assert (body.t0, body.duration, body.depth) == (pytest.approx(2042.5), 4, pytest.approx(0.03))


def test_rows_that_belong_to_no_star_are_said(tmp_path):
    found = table(tmp_path, "tic_id,t0,duration\n1,1,1\n2,1,1\n")
    assert compare_labels({"object_id": np.array(["TIC 1"])}, found) == [
        f"1 of 2 rows of {tmp_path / 'e.csv'} belong to no star of these light curves (TIC 2)"]
    words, = compare_labels({"object_id": np.array(["TIC 9"])}, found)
    assert "no row" in words and "(0 of 2 rows)" in words and "TIC 1, TIC 2" in words and "TIC 9" in words
    assert compare_labels({"object_id": np.array(["TIC 1", "TIC 2"])}, found) == []
    assert compare_labels({"object_id": np.array(["a"])}, None) == []


def test_tables_of_other_encodings_and_formats_are_read(tmp_path):
    (tmp_path / "e.csv").write_bytes("# Größe\nstar,t0,duration\nGlücksstern,1,2\n".encode("latin-1"))
    assert read_ephemerides(tmp_path / "e.csv").of("Glücksstern")[0].t0 == 1
    Table({"object_id": ["s"], "t0": [3.0], "duration": [2.0]}).write(tmp_path / "e.tbl", format="ascii.ipac")
    assert read_ephemerides(tmp_path / "e.tbl").of("s")[0].t0 == 3
