"""A mapping goes from convert into the cube, and with the recipe of a network to the files of another night."""

import numpy as np
from astropy.io import fits

from otrain.data.cubes.datacube import open_cube
from otrain.data.inputs.listing import Input
from otrain.domains.transients.door import Door
from otrain.workflows.convert import convert

MAPPING = '[images]\ndifference = "RESULT"\n[columns]\ncandid = "SRCNAME"\nmag = "M"\n'


def write(path, name):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(len(name)).normal(size=(9, 9)).astype("f4")
    header = fits.Header({"SRCNAME": name, "M": 18.5})
    fits.HDUList([fits.PrimaryHDU(header=header), fits.ImageHDU(pixels + 1, name="OTHER"),
                  fits.ImageHDU(pixels, name="RESULT")]).writeto(path)
    return path


def test_cube_carries_the_mapping_that_its_files_were_read_by(tmp_path):
    for label, name in (("true", "a"), ("false", "bb")):
        write(tmp_path / "in" / label / f"{name}.fits", name)
    mapping = tmp_path / "m.toml"
    mapping.write_text(MAPPING)
    done = convert(tmp_path / "in", path_datacube=tmp_path, mapping=mapping, jobs=0, contact_sheet=False)
    with open_cube(done.path) as cube:
        recipe = cube.meta["recipe"]
    assert recipe["mapping"] == MAPPING
    later = write(tmp_path / "later" / "ccc.fits", "ccc")
    (outcome,) = Door(recipe)(Input(str(later), later.name))
    assert outcome.example.columns["candid"] == "ccc" and outcome.example.columns["mag"] == 18.5


def test_foreign_headers_are_named_with_their_keywords_in_the_summary(tmp_path):
    for label, name in (("true", "a"), ("false", "bb")):
        pixels = np.random.default_rng(len(name)).normal(size=(9, 9)).astype("f4")
        (tmp_path / "in" / label).mkdir(parents=True)
        fits.PrimaryHDU(pixels, fits.Header({"SRCNAME": name, "M": 18.5})).writeto(
            tmp_path / "in" / label / f"{name}.fits")
    done = convert(tmp_path / "in", path_datacube=tmp_path, jobs=0, contact_sheet=False)
    (note,) = done.summary["notes"]
    assert "candid, mag, mag_err, band, fwhm" in note and "--draft-mapping" in note
    assert "(2 inputs, e.g. a header with SRCNAME, M)" in note and note in done.text
    with open_cube(done.path) as cube:
        assert sorted(cube.columns["candid"].tolist()) == ["a", "bb"]
