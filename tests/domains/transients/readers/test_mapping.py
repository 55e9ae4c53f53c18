"""A telescope that otrain has never seen is added as a TOML file."""

import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.listing import Input
from otrain.data.inputs.outcomes import Kept, Quarantined, Skipped
from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe
from otrain.domains.transients.readers.mapping import load_mapping
from otrain.errors import UsageError

PIXELS = np.arange(20, dtype="f4").reshape(4, 5)

MAPPING = """
name = "farsight"

[match]
INSTRUME = "FarSight-2"

[images]
science = "NEWIMG"
template = {hdu = "STACK", plane = 1}
difference = 1

[columns]
candid = "SRCNAME"
mag = ["MAG_BEST", "MAG_AUTO"]
mag_err = {keyword = "MMAGERR", scale = 0.001}
fwhm = {keyword = "SEEING", hdu = "NEWIMG", scale = 2.0}
band = {keyword = "FILTID", words = {"3" = "r", "4" = "i"}}
edge = {keyword = "BORDER", true = ["near", "on"]}
mjd = {keyword = "JD", offset = -2400000.5}
original_file = {value = "unknown.fits"}

[label]
keyword = "VERDICT"
real = ["SN", "AGN"]
bogus = "junk"
"""


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "farsight.toml"
    path.write_text(MAPPING)
    return path


def cutout(path, **header):
    primary = {"INSTRUME": "FarSight-2", "SRCNAME": "s1", "MAG_AUTO": 19.5, "MMAGERR": 50, "FILTID": "3",
               "BORDER": "far", "JD": 2459000.5, "VERDICT": "SN"} | header
    fits.HDUList([
        fits.PrimaryHDU(header=fits.Header(primary)),
        fits.ImageHDU(PIXELS + 2, name="RESULT"),
        fits.ImageHDU(np.stack([PIXELS * 0, PIXELS + 1]), name="STACK"),
        fits.ImageHDU(PIXELS, fits.Header({"SEEING": 1.5}), name="NEWIMG"),
    ]).writeto(path)
    return path


def outcome(path, mapping, **options):
    (item,) = list_inputs(path).inputs
    (found,) = Door(make_recipe(), mapping=mapping, **options)(item)
    return found


def test_unknown_telescope_is_read_by_its_mapping(tmp_path, mapping):
    found = outcome(cutout(tmp_path / "c.fits"), mapping)
    assert isinstance(found, Kept)
    assert found.example.channels == ("science", "template", "difference")
    np.testing.assert_array_equal(found.example.image, np.stack([PIXELS, PIXELS + 1, PIXELS + 2], -1))
    assert found.example.columns == pytest.approx({
        "candid": "s1", "mag": 19.5, "mag_err": 0.05, "fwhm": 3.0, "band": "r", "edge": False,
        "mjd": 59000.0, "original_file": "unknown.fits", "file": "c.fits"})
    assert found.example.label == 1


@pytest.mark.parametrize(("verdict", "label"), [("junk", 0), ("AGN", 1), ("unsure", None)])
def test_label_follows_the_words_of_the_mapping(tmp_path, mapping, verdict, label):
    assert outcome(cutout(tmp_path / "c.fits", VERDICT=verdict), mapping).example.label == label


def test_first_of_the_keywords_counts(tmp_path, mapping):
    assert outcome(cutout(tmp_path / "c.fits", MAG_BEST=18.0), mapping).example.columns["mag"] == 18.0


def test_edge_follows_the_words_of_the_mapping(tmp_path, mapping):
    assert isinstance(outcome(cutout(tmp_path / "c.fits", BORDER="near"), mapping), Skipped)


def test_file_of_another_instrument_is_quarantined(tmp_path, mapping):
    found = outcome(cutout(tmp_path / "c.fits", INSTRUME="Other"), mapping)
    assert isinstance(found, Quarantined)
    assert found.reason == "unknown-format"
    assert "INSTRUME = 'FarSight-2'" in found.words


def test_mapping_without_images_takes_the_first_one(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('[columns]\ncandid = "ID"\n')
    fits.PrimaryHDU(PIXELS, fits.Header({"ID": "x"})).writeto(tmp_path / "c.fits")
    found = outcome(tmp_path / "c.fits", path)
    assert found.example.channels == ("difference",)
    assert found.example.columns == {"candid": "x", "file": "c.fits"}


@pytest.mark.parametrize(("text", "words"), [
    ('[colums]\n', "unknown key 'colums'. Did you mean 'columns'"),
    ('[columns]\nmagg = "M"\n', "unknown key 'magg'. Did you mean 'mag'"),
    ('[columns]\nmag = {keywrd = "M"}\n', "Did you mean 'keyword'"),
    ('[columns]\nmag = {scale = 2}\n', "needs a `keyword` or a `value`"),
    ('[columns]\nmag = {keyword = "M", scale = "two"}\n', "`scale` must be a number"),
    ('[columns]\nmag = 3\n', "`keyword` must be"),
    ('[columns]\nmag = {keyword = "M", true = "T"}\n', "`true` is for logical columns only"),
    ('[images]\nscence = 0\n', "Did you mean 'science'"),
    ('[images]\nscience = 1.5\n', "`hdu` must be"),
    ('[label]\nkeyword = "V"\n', "the key 'real' is missing"),
    ('[match]\nINSTRUME = ["a"]\n', "a text or a number"),
    ('images = 3\n', "`images` must be a table"),
    ('not toml', "cannot be read"),
])
def test_mistake_in_a_mapping_is_named(tmp_path, text, words):
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        Door(make_recipe(), mapping=path)


def test_mapping_of_the_how_to_page_is_accepted(tmp_path):
    page = Path(__file__).parents[4] / "docs" / "how-to" / "add-a-reader.md"
    text, arrays = re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    (tmp_path / "m.toml").write_text(text)
    assert isinstance(outcome(cutout(tmp_path / "c.fits"), tmp_path / "m.toml"), Kept)
    (tmp_path / "a.toml").write_text(arrays)
    assert load_mapping(tmp_path / "a.toml").name == "stack"


@pytest.mark.parametrize("text, words", [
    ("images = 5", "`images` must be the name of an array"), ('axes = "HH"', "`axes` must name H, W"), ('image = "a"', "Did you mean 'images'"),
    ('[arrays.columns]\nmagg = "a"', "Did you mean 'mag'"),
])
def test_mistake_in_a_mapping_of_arrays_is_named(tmp_path, text, words):
    (tmp_path / "a.toml").write_text(f"[arrays]\n{text}\n")
    with pytest.raises(UsageError, match=words):
        load_mapping(tmp_path / "a.toml")


def test_file_that_is_not_fits_does_not_fit_a_mapping(tmp_path, mapping):
    (tmp_path / "c.fits").write_bytes(b"hello world")
    (found,) = Door(make_recipe(), mapping=mapping)(Input(str(tmp_path / "c.fits"), "c.fits"))
    assert found.reason == "unknown-format" and "describes FITS files" in found.words


def test_absent_mapping_is_a_wrong_request_without_numbers_of_errors(tmp_path):
    with pytest.raises(UsageError, match=r"none.toml: the mapping cannot be read: No such file or directory. Give a"):
        load_mapping(tmp_path / "none.toml")


@pytest.mark.parametrize(("value", "words"), [(3, '"3" = "r"'), (3.0, '"3" = "r"'), ("3", '"3" = "r"'), (True, '"T" = "r"')])
def test_words_match_numbers_and_logicals_as_well_as_text(tmp_path, value, words):
    path = tmp_path / "m.toml"
    path.write_text(f'[columns]\nband = {{keyword = "FILTID", words = {{{words}}}}}\n')
    fits.PrimaryHDU(PIXELS, fits.Header({"FILTID": value})).writeto(tmp_path / "c.fits")
    assert outcome(tmp_path / "c.fits", path).example.columns["band"] == "r"


def test_values_without_words_are_remarked_on(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('[columns]\nband = {keyword = "FILTID", words = {"3" = "r"}}\n')
    fits.PrimaryHDU(PIXELS, fits.Header({"FILTID": 7})).writeto(tmp_path / "c.fits")
    remarks = outcome(tmp_path / "c.fits", path).example.remarks
    assert remarks["`words` of columns.band has no entry for a value of FILTID"] == "7"


def test_blank_of_a_mapping_marks_pixels_of_all_images_or_of_one(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('blank = 0\n[images]\nscience = {hdu = 0, blank = [5, 7]}\n')
    fits.PrimaryHDU(PIXELS, fits.Header({"A": 1})).writeto(tmp_path / "c.fits")
    image = outcome(tmp_path / "c.fits", path).example.image[..., 0]
    np.testing.assert_array_equal(np.isnan(image), np.isin(PIXELS, [0, 5, 7]))


def test_blank_must_be_numbers(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('blank = "none"\n')
    with pytest.raises(UsageError, match="`blank` must be a number"):
        load_mapping(path)


def test_mapping_of_a_network_reads_files_that_suit_it_and_no_others(tmp_path, mapping):
    recipe = make_recipe(mapping=mapping)
    foreign, own = cutout(tmp_path / "c.fits"), tmp_path / "own.fits"
    fits.PrimaryHDU(PIXELS, fits.Header({"CANDID": "c1", "MAG": 18.0})).writeto(own)
    found = [Door(recipe)(item)[0].example for item in (*list_inputs(foreign).inputs, *list_inputs(own).inputs)]
    assert [example.columns["candid"] for example in found] == ["s1", "c1"]
    assert found[0].channels == ("science", "template", "difference")


def test_mapping_of_a_network_without_a_rule_gives_way_where_none_of_its_keywords_is_there(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text('[columns]\ncandid = "SRCNAME"\n')
    fits.PrimaryHDU(PIXELS, fits.Header({"CANDID": "c1"})).writeto(tmp_path / "c.fits")
    (found,) = Door(make_recipe(mapping=path))(list_inputs(tmp_path / "c.fits").inputs[0])
    assert found.example.columns["candid"] == "c1"
