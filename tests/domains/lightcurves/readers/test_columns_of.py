from types import SimpleNamespace

import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.columns_of import from_columns, star_of

TIME = np.arange(3) * 0.02


def probe(**options):
    return SimpleNamespace(path="/a/star.csv.gz", options=options)


def one_of(*args, **options):
    [example] = from_columns(*args, **options)
    return example


def test_star_is_that_of_a_column_else_of_the_file():
    columns = {"time": TIME, "flux": TIME + 1}
    assert one_of(columns, {}, probe()).columns["object_id"] == "star"
    named = columns | {"object_id": np.array(["HD 1"] * 3)}
    assert one_of(named, {}, probe()).columns["object_id"] == "HD 1"
    assert one_of(named, {}, probe(), about={"object_id": "told"}).columns["object_id"] == "told"


@pytest.mark.parametrize("name, channel", [("flux_error", "flux_err"), ("e_flux", "flux_err"), ("SAP_QUALITY", "quality"),
                                           ("label", "label"), ("segment", "segment")])
def test_further_columns_are_known_by_their_usual_names(name, channel):
    assert channel in one_of({"time": TIME, "flux": TIME + 1, name: TIME + 2}, {}, probe()).channels


def test_own_error_of_the_chosen_flux_is_taken():
    columns = {"time": TIME, "sap_flux": TIME + 1, "sap_flux_err": TIME + 5, "flux_err": TIME + 9}
    assert one_of(columns, {}, probe(flux="sap")).image[0].tolist() == [0, 1, 5]


def test_named_units_prevail_over_guesses():
    example = one_of({"time": TIME * 1e5, "flux": TIME}, {"time": "s", "flux": "ppt"}, probe())
    np.testing.assert_allclose(example.image, np.column_stack([TIME * 1e5 / 86400, 1 + TIME / 1000]))


def test_texts_are_no_flux():
    with pytest.raises(InputRejected, match="column 'flux' does not hold numbers"):
        one_of({"time": TIME, "flux": np.array(["a", "b", "c"])}, {}, probe())


def test_every_ending_is_taken_off_the_name_of_a_star():
    assert [star_of(name) for name in ("x/a.csv.gz", "b_60s.npz", "sim1_Q2.ftr")] == ["a", "b_60s", "sim1_Q2"]


LONG = np.arange(40) * 0.02 + 2459040
BRIGHT = 100 + np.random.default_rng(1).normal(0, 0.1, 40)


def parts_of(columns, **options):
    return list(from_columns(columns, {}, probe(**options)))


def test_every_band_is_a_light_curve():
    columns = {"hjd": LONG, "mag": 12 + BRIGHT / 1e3, "filtercode": np.array(["zg", "zr"] * 20)}
    first, second = parts_of(columns)
    assert (first.columns["band"], second.columns["band"]) == ("zg", "zr") and len(first.image) == 20
    np.testing.assert_array_equal(second.image[:, 0], LONG[1::2])


def test_sectors_one_after_the_other_are_pieces_of_one_curve():
    one, = parts_of({"time": LONG, "flux": BRIGHT, "sector": np.repeat([27, 28], 20)})
    segment = one.image[:, one.channels.index("segment")]
    assert np.flatnonzero(np.diff(segment)).tolist() == [19] and "band" not in one.columns


def test_cameras_at_the_same_times_are_light_curves_of_their_own():
    found = parts_of({"time": np.repeat(LONG[::2], 2), "flux": BRIGHT, "camera": np.tile([1, 2], 20)})
    assert [example.columns["band"] for example in found] == ["camera 1", "camera 2"]


def test_every_star_is_a_light_curve():
    found = parts_of({"tic_id": np.repeat([1000, 2000], 20), "time": np.tile(LONG[:20], 2), "flux": BRIGHT})
    assert [example.columns["object_id"] for example in found] == ["TIC 1000", "TIC 2000"]
    with pytest.raises(InputRejected, match="'star' names 40 stars in 40 rows"):
        parts_of({"star": np.arange(40).astype(str), "time": LONG, "flux": BRIGHT})


def test_band_that_cannot_be_read_does_not_cost_the_others():
    flux = np.where(np.arange(40) % 2, BRIGHT, BRIGHT - 100)
    bad, good = parts_of({"time": LONG, "flux": flux, "band": np.array(["g", "r"] * 20)})
    assert isinstance(bad, InputRejected) and bad.words.startswith("g: the median flux is") and good.columns["band"] == "r"


def test_options_choose_columns_mission_and_magnitudes():
    columns = {"t_obs": LONG, "clock": LONG - 2457000, "light": 12 + BRIGHT / 1e3, "sig": BRIGHT / 1e4, "good": np.arange(40)}
    one, = parts_of(columns, time="clock", flux="light", error="sig", quality_column="good", magnitudes=True, mission="tess")
    assert one.channels == ("time", "flux", "flux_err", "quality")
    assert one.columns["time_scale"] == "BTJD" and one.columns["mission"] == "TESS"
    assert np.median(one.image[:, 1]) == pytest.approx(1)
    one, = parts_of(columns, time="clock [BJD - 2450000]", flux="light [ppm]")
    assert one.columns["time_scale"] == "BJD-2450000" and one.image[0, 1] == pytest.approx(1 + columns["light"][0] * 1e-6)


def test_flux_without_a_value_names_those_that_have_some():
    columns = {"TIME": LONG, "PDCSAP_FLUX": np.full(40, np.nan), "SAP_FLUX": BRIGHT}
    with pytest.raises(InputRejected, match=r"PDCSAP_FLUX has no value in 40 rows\. SAP_FLUX has 40\. .*--flux SAP_FLUX"):
        parts_of(columns)


def test_limits_are_missing_and_counted():
    columns = {"hjd": LONG, "mag": np.array([">16.1", "99.99", *(f"{12 + value / 1e3:.4f}" for value in BRIGHT[2:])])}
    one, = parts_of(columns)
    assert one.columns["limits"] == 2 and np.isnan(one.image[:2, 1]).all()


def test_flags_written_as_words_and_of_a_second_column_count():
    one, = parts_of({"time": LONG, "TFA1": 12 + BRIGHT / 1e3, "IRQ1": np.array(["G"] * 39 + ["X"])})
    quality = one.image[:, one.channels.index("quality")]
    assert quality[:39].tolist() == [0] * 39 and quality[39] > 0
    one, = parts_of({"time": LONG, "flux": BRIGHT, "TESS_flags": np.zeros(40), "TGLC_flags": np.eye(40)[3]})
    assert np.flatnonzero(one.image[:, one.channels.index("quality")]).tolist() == [3]


def test_three_colours_make_white_light():
    colours = {"REDFLUX": BRIGHT, "GREENFLUX": BRIGHT / 4, "BLUEFLUX": BRIGHT / 2}
    one, = parts_of({"DATEBARTT": LONG - 2451545} | colours)
    np.testing.assert_allclose(one.image[:, 1], 1.75 * BRIGHT)
    assert one.columns["time_scale"] == "BJD-2451545"


def test_unnamed_column_that_looks_like_magnitudes_is_noted():
    columns = {"time": LONG, "flux": 12 + BRIGHT / 1e3}
    words, = next(from_columns(columns, {}, probe(), named=False)).remarks
    assert "add --magnitudes" in words
    assert next(from_columns(columns, {}, probe())).remarks is None
    assert next(from_columns(columns, {}, probe(magnitudes=True), named=False)).remarks is None


def test_rows_that_were_not_read_are_told():
    assert next(from_columns({"time": LONG, "flux": BRIGHT}, {}, probe(), unread=2)).columns["unread"] == 2


def test_words_under_label_are_no_classes():
    columns = {"Label": np.array(["img.fits"] * 40), "BJD_TDB": LONG, "rel_flux_T1": BRIGHT, "rel_flux_err_T1": BRIGHT / 1e3}
    one, = parts_of(columns)
    assert one.channels == ("time", "flux", "flux_err") and one.columns["flux_column"] == "rel_flux_T1"
