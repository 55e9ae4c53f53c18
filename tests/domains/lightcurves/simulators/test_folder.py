import gzip

import numpy as np
import pytest
from astropy.io import fits
from astropy.table import Table

from otrain.catalogue import SIMULATORS
from otrain.domains.lightcurves.simulators.folder import check, ephemeris_rows, star_name, write
from otrain.domains.lightcurves.simulators.light_curves import simulate_star
from otrain.errors import UsageError

FEW = {"stars": 6, "cadence": 1800.0, "seed": 3, "planet_free": 0.4, "binaries": 0.3}


def written(folder, *, jobs=0, **options):
    folder.mkdir()
    steps = []
    kinds, words = write(folder, check(**FEW | options), jobs=jobs, update=lambda *pair: steps.append(pair))
    return kinds, words, steps


def test_files_hold_the_star_that_the_function_gives(tmp_path):
    kinds, words, steps = written(tmp_path / "out")
    star = simulate_star(np.random.default_rng([3, 4]), cadence=1800.0, planet_free=0.4, binaries=0.3)
    with fits.open(tmp_path / "out" / "s3-000004_01_lc.fits") as hdus:
        hdus.verify("exception")
        table, header = hdus["LIGHTCURVE"].data, hdus[0].header
        for column in ("TIME", "FLUX", "FLUX_ERR", "QUALITY", "SEGMENT", "LABEL"):
            assert np.array_equal(table[column], getattr(star.curves[0], column.lower()), equal_nan=True)
        assert header["OBJECT"] == star_name(3, 4) and header["QUARTER"] == 1 and header["MISSION"] == "PLATO"
        assert header["EXPOSURE"] == 1800 and header["TEFF"] == pytest.approx(star.parameters.teff)
        assert hdus[1].columns["TIME"].unit == "d"
    assert sum(kinds.values()) == 6 and "6 light curves of 6 stars" in words and steps[-1] == (6, 6)


def test_ephemerides_have_a_row_for_every_kind_of_event(tmp_path):
    written(tmp_path / "out")
    table = Table.read(tmp_path / "out" / "ephemerides.ecsv")
    rows = [row for i in range(6) for row in ephemeris_rows(star_name(3, i), simulate_star(
        np.random.default_rng([3, i]), cadence=1800.0, planet_free=0.4, binaries=0.3))]
    assert len(table) == len(rows) > 3
    assert list(table["object_id"]) == [row["object_id"] for row in rows]
    assert np.allclose(table["t0"], [row["t0"] for row in rows], rtol=1e-11)
    assert set(table["kind"]) == {"planet", "binary"}
    assert table["duration"].unit == "h" and table["t0"].unit == "d" and table["noise"].unit == "ppm"


def test_ephemerides_tell_where_the_labels_are(tmp_path):
    written(tmp_path / "out")
    table = Table.read(tmp_path / "out" / "ephemerides.ecsv")
    for name in set(table["object_id"]):
        with fits.open(tmp_path / "out" / f"{name}_01_lc.fits") as hdus:
            time, label = hdus[1].data["TIME"].copy(), hdus[1].data["LABEL"].copy()
        found = np.zeros(len(time), bool)
        for row in table[table["object_id"] == name]:
            away = (time - row["t0"] + row["period"] / 2) % row["period"] - row["period"] / 2
            found |= np.abs(away) <= row["duration"] / 48
        assert found.any() and np.array_equal(found, label > 0)


def test_number_of_workers_and_part_of_the_set_change_nothing(tmp_path):
    written(tmp_path / "one")
    written(tmp_path / "two", jobs=2)
    written(tmp_path / "part", first=2, stars=3)
    whole = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert whole == {path.name: path.read_bytes() for path in (tmp_path / "two").iterdir()}
    part = {path.name: path.read_bytes() for path in (tmp_path / "part").glob("*.fits")}
    assert len(part) == 3 and all(whole[name] == content for name, content in part.items())


def test_unlabelled_files_do_not_say_what_is_in_them(tmp_path):
    written(tmp_path / "out", unlabelled=True)
    assert "LABEL" not in fits.getdata(tmp_path / "out" / "s3-000000_01_lc.fits", 1).names
    assert not (tmp_path / "out" / "ephemerides.ecsv").exists() and (tmp_path / "out" / "truth.ecsv").exists()


def test_compressed_files_hold_the_same_table(tmp_path):
    written(tmp_path / "plain", stars=1)
    written(tmp_path / "small", stars=1, compress=True)
    plain, small = tmp_path / "plain" / "s3-000000_01_lc.fits", tmp_path / "small" / "s3-000000_01_lc.fits.gz"
    assert gzip.decompress(small.read_bytes()) == plain.read_bytes()
    assert fits.getdata(small, 1)["TIME"][0] == pytest.approx(900 / 86400)
    assert small.stat().st_size < 0.5 * plain.stat().st_size


def test_stars_without_bodies_leave_an_empty_table_that_is_read(tmp_path):
    kinds, *_ = written(tmp_path / "out", stars=2, planet_free=1.0, binaries=0.0)
    table = Table.read(tmp_path / "out" / "ephemerides.ecsv")
    assert len(table) == 0 and "t0" in table.colnames and kinds == {"planet": 0, "binary": 0, "none": 2}


@pytest.mark.parametrize("preset, keyword, magnitude, offset", [("kepler", "QUARTER", "KEPMAG", 2454833),
                                                                ("tess", "SECTOR", "TESSMAG", 2457000)])
def test_headers_speak_as_the_archive_of_the_mission(tmp_path, preset, keyword, magnitude, offset):
    written(tmp_path / "out", preset=preset, cadence=None, stars=1, quarters=2)
    with fits.open(tmp_path / "out" / "s3-000000_02_lc.fits") as hdus:
        assert hdus[0].header[keyword] == 2 and 5 < hdus[0].header[magnitude] < 16
        assert hdus[1].header["BJDREFI"] == offset and "SEGMENT" not in hdus[1].data.names


@pytest.mark.parametrize("options", [{"stars": 0}, {"first": -1}, {"seed": -1}, {"preset": "corot"}])
def test_wrong_requests_are_refused(options):
    with pytest.raises(UsageError):
        check(**options)


def test_simulator_of_the_catalogue_is_this_one():
    assert SIMULATORS.load("lightcurves").simulate is simulate_star
