import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.missions import bad_samples
from otrain.domains.lightcurves.preparation import make_recipe, prepare
from otrain.domains.lightcurves.readers.fits_curve import READER
from otrain.domains.lightcurves.truth.ephemerides import Body

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
    (("MOMENT", "FLUX"), "no-image", "none of 1 binary tables has columns of time and flux"),
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


DAYS = np.arange(60) * 0.02
BRIGHT = 1000 + np.random.default_rng(2).normal(0, 1, 60)


def write_tables(tmp_path, tables, primary=None, name="a.fits"):
    """Write tables ``(name, header, columns)``; a column is ``(name, values)`` or ``(name, values, unit)``."""
    hdus = [fits.PrimaryHDU(header=fits.Header(list((primary or {}).items())))]
    for extname, header, columns in tables:
        made = []
        for column, values, *unit in columns:
            values = np.asarray(values)
            form = f"{values.dtype.itemsize // 4}A" if values.dtype.kind == "U" else {"i": "J", "b": "L"}.get(
                values.dtype.kind, "D")
            made.append(fits.Column(column, form, array=values, unit=unit[0] if unit else None))
        hdus.append(fits.BinTableHDU.from_columns(made, name=extname, header=fits.Header(list(header.items()))))
    path = tmp_path / name
    fits.HDUList(hdus).writeto(path)
    return path


def curves(path, **options):
    return list(READER.read(Probe(str(path), options=options)))


FLAGS = np.where(np.arange(60) == 7, 1, 0)
LOW = np.where(np.arange(60) == 7, 4096, 0)
PIPELINES = {
    "qlp-old": ({"ORIGIN": "MIT/QLP", "TELESCOP": "TESS", "TICID": 1000, "SECTOR": 3, "BJDREFI": 2457000},
                [("TIME", DAYS + 1400, "BJD - 2457000, days"), ("SAP_FLUX", BRIGHT * 2), ("KSPSAP_FLUX", BRIGHT),
                 ("KSPSAP_FLUX_ERR", BRIGHT / 1e3), ("QUALITY", LOW)], "KSPSAP_FLUX", "TIC 1000", "BTJD", "TESS"),
    "qlp-new": ({"ORIGIN": "MIT/QLP", "TELESCOP": "TESS", "TICID": 1000, "SECTOR": 56, "BJDREFI": 2457000},
                [("TIME", DAYS + 2800), ("SAP_FLUX", BRIGHT * 2), ("DET_FLUX", BRIGHT), ("DET_FLUX_ERR", BRIGHT / 1e3),
                 ("QUALITY", LOW), ("DET_FLUX_SML", BRIGHT)], "DET_FLUX", "TIC 1000", "BTJD", "TESS"),
    "tglc": ({"ORIGIN": "UCSB/TGLC", "TELESCOP": "TESS", "TICID": "1000", "OBJECT": "Gaia DR3 46", "SECTOR": 27},
             [("time", DAYS + 2040), ("psf_flux", BRIGHT), ("aperture_flux", BRIGHT), ("cal_psf_flux", BRIGHT),
              ("cal_aper_flux", BRIGHT), ("background", BRIGHT), ("TESS_flags", 0 * FLAGS), ("TGLC_flags", FLAGS)],
             "cal_aper_flux", "TIC 1000", "BTJD", "TESS"),
    "eleanor": ({"TIC_ID": 1000, "TELESCOP": "TESS", "SECTOR": 2},
                [("TIME", DAYS + 1360), ("BARYCORR", DAYS), ("QUALITY", FLAGS), ("RAW_FLUX", BRIGHT * 3),
                 ("FLUX_ERR", BRIGHT / 1e3), ("CORR_FLUX", BRIGHT), ("PCA_FLUX", BRIGHT), ("FLUX_BKG", BRIGHT)],
                "CORR_FLUX", "TIC 1000", "BTJD", "TESS"),
    "cdips": ({"TICID": "1000", "TELESCOP": "TESS", "SECTOR": 6},
              [("TMID_UTC", DAYS + 2458500), ("TMID_BJD", DAYS + 2458500), ("BGV", BRIGHT), ("IFL1", BRIGHT),
               ("IFE1", BRIGHT / 1e3), ("IRM1", BRIGHT / 100), ("IRE1", BRIGHT / 1e6), ("TFA1", BRIGHT / 100),
               ("IRQ1", np.where(FLAGS, "X", "G"))], "TFA1", "TIC 1000", "BJD", "TESS"),
    "tasoc": ({"ORIGIN": "TASOC/Aarhus", "TELESCOP": "TESS", "TICID": 1000, "SECTOR": 1, "BJDREFI": 2457000},
              [("TIME", DAYS + 1330, "BJD - 2457000, days"), ("TIMECORR", DAYS), ("FLUX_RAW", BRIGHT * 2, "e-/s"),
               ("FLUX_RAW_ERR", BRIGHT, "e-/s"), ("FLUX_CORR", BRIGHT - 1000, "ppm"), ("FLUX_CORR_ERR", BRIGHT, "ppm"),
               ("QUALITY", FLAGS), ("PIXEL_QUALITY", FLAGS)], "FLUX_CORR", "TIC 1000", "BTJD", "TESS"),
    "everest": ({"TELESCOP": "Kepler", "MISSION": "K2", "KEPLERID": 201000001, "CAMPAIGN": 8},
                [("CADN", FLAGS), ("FLUX", BRIGHT), ("FRAW", BRIGHT * 2), ("FRAW_ERR", BRIGHT / 1e3), ("QUALITY", FLAGS),
                 ("TIME", DAYS + 2560, "BJD - 2454833")], "FLUX", "EPIC 201000001", "BKJD", "K2"),
    "pathos": ({"TELESCOP": "TESS", "TICID": 1000, "SECTOR": 5},
               [("TIME", DAYS + 1440), ("PSF_FLUX_RAW", BRIGHT * 2), ("PSF_FLUX_COR", BRIGHT), ("AP1_FLUX_COR", BRIGHT),
                ("SKY_LOCAL", BRIGHT), ("DQUALITY", FLAGS)], "PSF_FLUX_COR", "TIC 1000", "BTJD", "TESS"),
    "cheops": ({"TELESCOP": "CHEOPS", "TARGNAME": "HD 1"},
               [("UTC_TIME", np.array(["2020-07-09T12:00:00"] * 60)), ("MJD_TIME", DAYS + 59040, "d"),
                ("BJD_TIME", DAYS + 2459040.5, "d"), ("FLUX", BRIGHT), ("FLUXERR", BRIGHT / 1e3), ("STATUS", 0 * FLAGS),
                ("EVENT", FLAGS), ("BACKGROUND", BRIGHT)], "FLUX", "HD 1", "BJD", "CHEOPS"),
    "superwasp": ({"OBJNAME": "1SWASP J0001+02", "JD_REF": 2453005.5},
                  [("TMID", (DAYS + 1500) * 86400, "s"), ("FLUX2", BRIGHT * 2), ("FLUX2_ERR", BRIGHT),
                   ("TAMFLUX2", BRIGHT), ("TAMFLUX2_ERR", BRIGHT / 1e3), ("FLAG", FLAGS)], "TAMFLUX2", "1SWASP J0001+02",
                  "BJD-2453005.5", "SuperWASP"),
    "corot": ({"TELESCOP": "COROT", "COROTID": 102890318},
              [("DATEBARTT", DAYS + 2600, "d"), ("REDFLUX", BRIGHT / 2), ("GREENFLUX", BRIGHT / 4), ("BLUEFLUX", BRIGHT / 4),
               ("STATUS", FLAGS)], "WHITEFLUX", "CoRoT 102890318", "BJD-2451545", "CoRoT"),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_light_curves_of_pipelines_are_known_by_their_own_columns(tmp_path, name):
    primary, columns, flux, star, scale, mission = PIPELINES[name]
    one, = curves(write_tables(tmp_path, [("LIGHTCURVE", {}, columns)], primary))
    told = one.columns
    assert (told["flux_column"], told["object_id"], told["time_scale"], told["mission"]) == (flux, star, scale, mission)
    bad = bad_samples(one.image[:, one.channels.index("quality")], mission, "default")
    assert np.flatnonzero(bad).tolist() == [7]
    step = np.median(np.diff(one.image[:, 0]))
    assert step == pytest.approx(0.02)
    if name == "cdips":
        assert one.image[0, 1] == pytest.approx(10 ** (-0.004 * (BRIGHT[0] - np.median(BRIGHT))))


def test_best_aperture_of_k2sff_is_taken_and_the_others_are_told(tmp_path):
    columns = [("T", DAYS + 2560, "BJD - 2454833"), ("FRAW", BRIGHT), ("FCOR", BRIGHT / 1e3), ("MOVING", FLAGS > 0)]
    path = write_tables(tmp_path, [(name, {}, columns) for name in ("BESTAPER", "CIRC_APER0", "CIRC_APER1")],
                 {"TELESCOP": "Kepler", "MISSION": "K2", "KEPLERID": 201000001})
    one, = curves(path)
    assert one.columns["flux_column"] == "FCOR" and one.columns["object_id"] == "EPIC 201000001"
    assert list(one.remarks.values()) == ["CIRC_APER0, CIRC_APER1"] and "band" not in one.columns
    assert one.image[:, one.channels.index("quality")].tolist() == FLAGS.tolist()


def test_corrected_table_of_corot_is_taken_before_raw_ones(tmp_path):
    tables = [(name, {}, [("DATEBARTT", DAYS + 54200), (column, BRIGHT), (flag, FLAGS)]) for name, column, flag in (
        ("BAR", "WHITEFLUX", "STATUS"), ("BARFILL", "WHITEFLUXFIL", "STATUSFIL"), ("SYSTEMATIC", "WHITEFLUXSYS", "STATUSSYS"))]
    one, = curves(write_tables(tmp_path, tables, {"COROTID": 5}))
    assert one.columns["flux_column"] == "WHITEFLUXSYS" and one.columns["time_scale"] == "BJD-2400000"


def test_every_sector_of_a_file_is_a_light_curve(tmp_path):
    tables = [(f"SECTOR{sector}", {"SECTOR": sector}, [("TIME", DAYS + 2000 + 30 * sector, "BJD - 2457000"),
                                                      ("PDCSAP_FLUX", BRIGHT)]) for sector in (27, 28)]
    first, second = curves(write_tables(tmp_path, tables, {"TICID": 5}))
    assert (first.columns["quarter"], second.columns["quarter"]) == (27, 28)
    assert (first.columns["band"], second.columns["band"]) == ("SECTOR27", "SECTOR28")


def test_number_of_k2_is_no_number_of_kepler(tmp_path):
    columns = [("TIME", DAYS + 2560, "BJD - 2454833"), ("FLUX", BRIGHT)]
    one, = curves(write_tables(tmp_path, [("L", {}, columns)], {"TELESCOP": "Kepler", "KEPLERID": 211000001}))
    assert (one.columns["object_id"], one.columns["mission"]) == ("EPIC 211000001", "K2")


def test_bzip2_is_read_as_well(tmp_path):
    path = write_tables(tmp_path, [("L", {}, [("TIME", DAYS), ("FLUX", BRIGHT)])])
    (tmp_path / "a.fits.bz2").write_bytes(bz2.compress(path.read_bytes()))
    probe = Probe(str(tmp_path / "a.fits.bz2"))
    assert READER.recognises(probe)
    one, = READER.read(probe)
    np.testing.assert_array_equal(one.image[:, 1], BRIGHT)
