import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.probe import Probe
from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.ephemerides import Body
from otrain.domains.lightcurves.preparation import make_recipe, prepare
from otrain.domains.lightcurves.readers.fits_curve import READER

REAL = Path(__file__).parents[5] / "shared" / "data" / "lightcurves"
TIME = 352.4 + np.arange(6) * 0.02


def write(path, columns, primary=(), table=()):
    made = fits.BinTableHDU.from_columns([fits.Column(*args, array=values) for *args, values in columns])
    made.header.update(table)
    fits.HDUList([fits.PrimaryHDU(header=fits.Header(dict(primary))), made]).writeto(path)
    return path


def read(path, **options):
    example, = READER.read(Probe(str(path), options=options))
    return example


KEPLER = [("TIME", "D", "", "BJD - 2454833", TIME), ("SAP_FLUX", "E", "", "e-/s", TIME * 2),
          ("SAP_FLUX_ERR", "E", "", "e-/s", TIME / 9), ("PDCSAP_FLUX", "E", "", "e-/s", TIME * 3),
          ("PDCSAP_FLUX_ERR", "E", "", "e-/s", TIME / 8), ("SAP_QUALITY", "J", [0, 0, 16, 0, 32, 0])]


@pytest.fixture
def kepler(tmp_path):
    columns = [fits.Column(one[0], one[1], unit=one[3] if len(one) > 3 else None, array=one[-1]) for one in KEPLER]
    table = fits.BinTableHDU.from_columns(columns)
    table.header["BJDREFI"], table.header["BJDREFF"] = 2454833, 0.0
    header = fits.Header({"KEPLERID": 11442793, "QUARTER": 4, "MISSION": "Kepler", "KEPMAG": 13.8, "TEFF": 5970,
                          "RADIUS": 1.2, "OBJECT": "KIC 11442793"})
    fits.HDUList([fits.PrimaryHDU(header=header), table]).writeto(tmp_path / "k_llc.fits")
    return tmp_path / "k_llc.fits"


def test_corrected_flux_and_its_error_are_taken_and_recorded(kepler):
    example = read(kepler)
    assert example.channels == ("time", "flux", "flux_err", "quality")
    np.testing.assert_allclose(example.image[:, 1:3], np.column_stack([TIME * 3, TIME / 8]), rtol=1e-6)
    assert example.columns["flux_column"] == "PDCSAP_FLUX"


@pytest.mark.parametrize("wish, column", [("sap", "SAP_FLUX"), ("SAP_FLUX", "SAP_FLUX"), ("pdcsap", "PDCSAP_FLUX")])
def test_flux_can_be_chosen(kepler, wish, column):
    assert read(kepler, flux=wish).columns["flux_column"] == column


def test_absent_flux_names_what_there_is(kepler):
    with pytest.raises(InputRejected, match=r"there is no column 'psf'\. Present: TIME, SAP_FLUX") as caught:
        read(kepler, flux="psf")
    assert caught.value.reason == "missing-channel"


def test_star_quarter_and_time_scale_are_those_of_the_header(kepler):
    columns = read(kepler).columns
    assert columns["object_id"] == "KIC 11442793" and columns["quarter"] == 4 and columns["mission"] == "Kepler"
    assert (columns["time_scale"], columns["mag"], columns["teff"], columns["radius"]) == ("BKJD", 13.8, 5970, 1.2)


def test_gzip_is_read_as_well(kepler):
    packed = kepler.with_name("k.fits.gz")
    packed.write_bytes(gzip.compress(kepler.read_bytes()))
    assert READER.recognises(Probe(str(packed)))
    np.testing.assert_array_equal(read(packed).image, read(kepler).image)


def test_light_curve_of_lightkurve_has_the_unit_of_its_time(tmp_path):
    columns = [fits.Column("TIME", "D", unit="btjd", array=TIME), fits.Column("FLUX", "E", unit="electron / s", array=TIME),
               fits.Column("FLUX_ERR", "E", array=TIME)]
    header = fits.Header({"CREATOR": "lightkurve.LightCurve.to_fits()", "OBJECT": "TIC 5", "TELESCOP": "TESS"})
    fits.HDUList([fits.PrimaryHDU(header=header), fits.BinTableHDU.from_columns(columns)]).writeto(tmp_path / "l.fits")
    columns = read(tmp_path / "l.fits").columns
    assert (columns["time_scale"], columns["object_id"], columns["mission"]) == ("BTJD", "TIC 5", "TESS")


def test_time_that_astropy_writes_as_two_numbers_is_a_julian_date(tmp_path):
    from astropy.table import Table
    from astropy.time import Time

    table = Table({"time": Time(2457000 + TIME, format="jd", scale="tdb"), "flux": TIME, "pdcsap_flux": TIME * 2},
                  meta={"BJDREFI": 2457000, "OBJECT": "TIC 5"})
    table.write(tmp_path / "table.fits")
    example = read(tmp_path / "table.fits")
    np.testing.assert_allclose(example.image, np.column_stack([2457000 + TIME, TIME]), rtol=1e-14)
    assert example.columns["time_scale"] == "BJD" and example.columns["flux_column"] == "flux"


def test_file_without_a_name_of_its_star_is_named_after_itself(tmp_path):
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=TIME), fits.Column("FLUX", "E", array=TIME)])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "mystar_lc.fits")
    assert read(tmp_path / "mystar_lc.fits").columns["object_id"] == "mystar"


@pytest.mark.parametrize("names, reason, words", [
    (("TIMES", "FLUX"), "no-image", "none of 1 binary tables has a column TIME"),
    (("TIME", "LIGHT"), "missing-channel", "no column of flux. Present: TIME, LIGHT")])
def test_table_of_something_else_is_rejected(tmp_path, names, reason, words):
    table = fits.BinTableHDU.from_columns([fits.Column(name, "D", array=TIME) for name in names])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "x.fits")
    with pytest.raises(InputRejected, match=words) as caught:
        read(tmp_path / "x.fits")
    assert caught.value.reason == reason


def test_empty_table_is_rejected(tmp_path):
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=[]), fits.Column("FLUX", "E", array=[])])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "x.fits")
    with pytest.raises(InputRejected, match="the table has no row"):
        read(tmp_path / "x.fits")


@pytest.mark.skipif(not REAL.is_dir(), reason="the real light curves are not here")
def test_transit_of_kepler_90_g_is_where_it_was_published():
    example = read(REAL / "kplr011442793-2010009091648_llc.fits")
    planet = Body("planet", t0=357.64, duration=12.0, depth=4.159e-3)
    window, = prepare(example, make_recipe(), [planet])
    inside = window.image[:, 5] == 1
    depth = -np.nanmedian(window.image[inside, 1]) * window.columns["scale"]
    assert depth == pytest.approx(4.1e-3, rel=0.1)
    assert window.columns["noise"] < 200, "CDPP of 6 h is 66 ppm"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real light curves are not here")
def test_transits_of_wasp_4_repeat_in_tess_data():
    example = read(REAL / "tess2018234235059-s0002-0000000402026209-0121-s_lc.fits")
    assert example.columns["object_id"] == "TIC 402026209" and example.columns["time_scale"] == "BTJD"
    window, = prepare(example, make_recipe(cadence=600, length=4320))
    flux = window.image[:, 1] * window.columns["scale"]
    phase = (window.image[:, 3] / 1.33823) % 1
    profile = np.array([np.nanmedian(flux[(phase >= low) & (phase < low + 0.02)]) for low in np.arange(0, 1, 0.02)])
    assert profile.min() == pytest.approx(-0.025, abs=0.005) and np.median(profile) == pytest.approx(0, abs=1e-3)
