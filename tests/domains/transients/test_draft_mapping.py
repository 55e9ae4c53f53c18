import tomllib

import numpy as np
import pytest
from astropy.io import fits

from otrain.domains.transients.door import Door
from otrain.domains.transients.draft_mapping import draft_mapping
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe
from otrain.errors import DataError

HEADER = {"INSTRUME": "FarSight-2", "SRCNAME": "s1", "MAG_AUTO": 19.5, "MAGZP": 25.0, "MMAGERR": 50, "FILTID": 3,
          "BORDER": "far", "JD": 2459000.5, "VERDICT": "SN", "OBJ_RA": "10:12:00", "OBJ_DEC": "-01:30:00",
          "SEEING": 1.5, "WEATHER": "clear"}
PIXELS = np.arange(49, dtype="f4").reshape(7, 7)


@pytest.fixture
def night(tmp_path):
    folder = tmp_path / "night"
    folder.mkdir()
    for number in range(3):
        header = fits.Header(HEADER | {"SRCNAME": f"s{number}", "VERDICT": ("SN", "junk")[number % 2]})
        images = [fits.ImageHDU(PIXELS + place, name=name) for place, name in enumerate(("RESULT", "NEWIMG", "STACK"))]
        fits.HDUList([fits.PrimaryHDU(header=header), *images]).writeto(folder / f"c{number}.fits")
    (folder / "notes.fits").write_bytes(b"no FITS at all")
    return folder


def test_draft_guesses_images_and_columns(night):
    table = tomllib.loads(draft_mapping(night))
    assert table["match"] == {"INSTRUME": "FarSight-2"}
    assert table["images"] == {"science": "NEWIMG", "template": "STACK", "difference": "RESULT"}
    assert table["columns"] == {
        "candid": "SRCNAME", "mag": "MAG_AUTO", "mag_err": {"keyword": "MMAGERR", "scale": 0.001}, "band": "FILTID",
        "fwhm": "SEEING", "ra": "OBJ_RA", "dec": "OBJ_DEC", "mjd": {"keyword": "JD", "offset": -2400000.5}}


def test_draft_shows_what_it_did_not_use_and_what_may_be_the_class(night):
    text = draft_mapping(night)
    assert '#   WEATHER = "clear"' in text
    assert '# keyword = "VERDICT"' in text and '# real = ["SN"]' in text and '# bogus = ["junk"]' in text
    assert '# edge = {keyword = "BORDER", true = ["far"]}' in text
    assert '# x = "?"' in text


def test_draft_is_a_mapping_that_reads_the_files(night, tmp_path):
    path = tmp_path / "draft.toml"
    path.write_text(draft_mapping(night))
    (outcome,) = Door(make_recipe(), mapping=path)(list_inputs(night).inputs[0])
    assert outcome.example.channels == ("science", "template", "difference")
    assert outcome.example.columns["candid"] == "s0" and outcome.example.columns["ra"] == 153.0


def test_magnitude_of_a_zero_point_or_a_limit_is_no_guess(tmp_path):
    fits.PrimaryHDU(PIXELS, fits.Header({"MAGZP": 25.0, "MAGLIM": 21.0})).writeto(tmp_path / "c.fits")
    assert "mag" not in tomllib.loads(draft_mapping(tmp_path)).get("columns", {})


def test_folder_without_fits_has_no_draft(tmp_path):
    (tmp_path / "c.fits").write_bytes(b"no FITS at all")
    with pytest.raises(DataError, match="no FITS file"):
        draft_mapping(tmp_path)
