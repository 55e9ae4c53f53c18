import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.listing import Input
from otrain.data.inputs.outcomes import Kept, Quarantined
from otrain.domains.lightcurves.door import NO_ROW, Door
from otrain.domains.lightcurves.preparation import make_recipe
from otrain.domains.lightcurves.truth.ephemerides import Body, Ephemerides
from otrain.errors import UsageError

STEP = 1 / 48


@pytest.fixture
def file(tmp_path):
    time = np.arange(300) * STEP
    flux = 1 + np.random.default_rng(0).normal(0, 1e-3, 300)
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=time), fits.Column("FLUX", "E", array=flux)])
    fits.HDUList([fits.PrimaryHDU(header=fits.Header({"OBJECT": "s1"})), table]).writeto(tmp_path / "s1_lc.fits")
    return Input(str(tmp_path / "s1_lc.fits"), "night/s1_lc.fits")


def test_every_window_of_a_file_is_kept_with_its_name(file):
    outcomes = Door(make_recipe(length=100))(file)
    assert [type(one) for one in outcomes] == [Kept] * 3
    assert {one.example.columns["file"] for one in outcomes} == {"night/s1_lc.fits"}
    assert [one.example.columns["candid"] for one in outcomes] == ["s1_0", "s1_1", "s1_2"]
    assert [one.example.position for one in outcomes] == [0, 1, 2]


def test_star_that_the_table_does_not_name_has_nothing(file):
    known = Ephemerides("t", [("s1", Body("planet", 1.0, duration=6.0))])
    assert Door(make_recipe(), labels=known)(file)[0].example.label == 1
    assert Door(make_recipe(), labels=Ephemerides("t", []))(file)[0].example.label == 0
    assert Door(make_recipe())(file)[0].example.label == -1


def test_labels_of_a_file_hold_where_the_table_does_not_name_its_star(tmp_path):
    (tmp_path / "s.csv").write_text("time,flux,label\n" + "".join(
        f"{i * STEP},{1 + i % 3 / 100},{int(10 < i < 20)}\n" for i in range(60)))
    for star, label in (("other", 1), ("s", 0)):
        known = Ephemerides("t", [(star, Body("none", float("nan")))])
        outcome, = Door(make_recipe(), labels=known)(Input(str(tmp_path / "s.csv"), "s"))
        assert outcome.example.label == label


def test_ephemeris_in_a_foreign_time_scale_rejects_the_star_alone(file):
    outcome, = Door(make_recipe(), labels=Ephemerides("t", [("s1", Body("planet", 2455000.0, duration=6.0))]))(file)
    assert isinstance(outcome, Quarantined) and "t0 of s1 is in BJD, its light curve in d" in outcome.words


def test_garbled_files_never_raise(file, tmp_path):
    rng = np.random.default_rng(1)
    whole = np.fromfile(file.path, np.uint8)
    door, fates = Door(make_recipe(length=100)), set()
    for case in range(150):
        data = whole.copy()
        place = rng.integers(0, 2880 * 3 if case % 2 else len(data), 12)
        data[place] = rng.integers(0, 256, 12)
        path = tmp_path / "g_lc.fits"
        path.write_bytes(data[:rng.integers(1, len(data))].tobytes() if case % 3 == 0 else data.tobytes())
        outcomes = door(Input(str(path), "g"))
        assert outcomes and all(isinstance(one, Kept | Quarantined) for one in outcomes)
        fates |= {one.reason for one in outcomes if isinstance(one, Quarantined)} | {type(outcomes[0]).__name__}
    assert {"Kept", "truncated"} <= fates


def test_chosen_reader_must_know_the_file(file):
    outcome, = Door(make_recipe(), reader="csv-curve")(file)
    assert outcome.reason == "unknown-format"
    with pytest.raises(UsageError, match="the reader 'alert' reads no lightcurves"):
        Door(make_recipe(), reader="alert")


def test_mapping_of_keywords_does_not_concern_light_curves():
    with pytest.raises(UsageError, match="--mapping describes the headers of cutouts"):
        Door(make_recipe(), mapping="x.toml")


def test_light_curves_of_one_file_have_places_of_their_own(tmp_path):
    rows = "".join(f"{2459000 + row * STEP / 2},{100 + row % 7},{'gr'[row % 2]}\n" for row in range(400))
    (tmp_path / "a.csv").write_text("bjd,flux,band\n" + rows)
    outcomes = Door(make_recipe(length=100))(Input(str(tmp_path / "a.csv"), "a.csv"))
    assert [one.example.position for one in outcomes] == [0, 1, 2, 3]
    assert [one.example.columns["candid"] for one in outcomes] == ["a_g_0", "a_g_1", "a_r_0", "a_r_1"]


def test_star_without_a_row_is_said_once_for_each_light_curve(file):
    outcomes = Door(make_recipe(length=100), labels=Ephemerides("t", [("s2", Body("planet", 1.0))]))(file)
    assert [one.example.remarks for one in outcomes] == [{NO_ROW: "s1"}, None, None]
    assert Door(make_recipe(), labels=Ephemerides("t", [("s1", Body("none", 1.0))]))(file)[0].example.remarks is None
