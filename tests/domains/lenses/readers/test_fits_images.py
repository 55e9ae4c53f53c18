from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lenses.readers.fits_images import READER

EUCLID = Path(__file__).parents[5] / "shared" / "data" / "lenses" / "euclid"
WCS = {"CTYPE1": "RA---TAN", "CD1_1": -0.1 / 3600, "CD2_2": 0.1 / 3600}
IMAGE = np.arange(400.0, dtype="f4").reshape(20, 20)


def gaussian(sigma=1.5, side=15):
    y, x = np.indices((side, side)) - side // 2
    return np.exp(-(x**2 + y**2) / (2 * sigma**2)).astype("f4")


def write(folder, *planes, primary=None):
    hdus = [fits.PrimaryHDU(header=fits.Header(primary or {}))]
    hdus += [fits.ImageHDU(pixels, fits.Header(WCS), name) for name, pixels in planes]
    fits.HDUList(hdus).writeto(folder / "a.fits", overwrite=True)
    return folder / "a.fits"


def read(path, **options):
    example, = READER.read(Probe(str(path), options=options))
    return example


def test_the_first_row_of_fits_is_the_bottom(tmp_path):
    example = read(write(tmp_path, ("SCI", IMAGE)))
    assert (example.image[..., 0] == IMAGE[::-1]).all() and example.channels == ("image",)


def test_noise_and_psf_go_with_the_image(tmp_path):
    example = read(write(tmp_path, ("SCI", IMAGE), ("ERR", np.full((20, 20), 0.5, "f4")), ("PSF", gaussian()),
                         primary={"EXPTIME": 2200.0}))
    assert example.channels == ("image", "noise") and (example.image[..., 1] == 0.5).all()
    assert example.columns["psf_fwhm"] == pytest.approx(0.353, rel=0.03)
    assert (example.columns["background_rms"], example.columns["exposure_time"]) == (0.5, 2200.0)
    assert example.columns["pixel_scale"] == pytest.approx(0.1)


@pytest.mark.parametrize(("name", "values"), [("VAR", 0.25), ("IVAR", 4.0), ("NOISE_MAP", 0.5), ("RMS", 0.5)])
def test_noise_may_be_given_as_variance_or_its_inverse(tmp_path, name, values):
    plane = np.full((20, 20), values, "f4")
    plane[0, 0] = 0.0
    found = read(write(tmp_path, ("SCI", IMAGE), (name, plane))).image[..., 1]
    assert np.isnan(found[19, 0]) and np.nanmin(found) == np.nanmax(found) == 0.5


def test_a_weight_of_unknown_meaning_is_not_used_and_said(tmp_path):
    example = read(write(tmp_path, ("SCI", IMAGE), ("WHT", IMAGE)))
    assert example.channels == ("image",) and "weight map is not used" in next(iter(example.remarks))


def test_without_a_noise_map_the_border_tells_the_noise(tmp_path):
    noise = np.random.default_rng(0).normal(5, 0.3, (60, 60)).astype("f4")
    noise[10:50, 10:50] += 100
    assert read(write(tmp_path, ("SCI", noise))).columns["background_rms"] == pytest.approx(0.3, rel=0.1)


def test_a_band_is_chosen_by_the_beginning_of_its_name(tmp_path):
    path = write(tmp_path, ("VIS_FLUX", IMAGE), ("NIR_H_FLUX", IMAGE + 1), ("VIS_RMS", IMAGE + 2), ("NIR_Y_FLUX", IMAGE + 3))
    assert read(path, band="vis").columns["band"] == "VIS" and read(path, band="VIS").channels == ("image", "noise")
    assert read(path, band="NIR_H").image[19, 0, 0] == 1
    for band, words in ((None, "several bands: VIS, NIR_H, NIR_Y. Choose one with --band"), ("NIR", "several images of the band 'NIR'"),
                        ("g", "no image of the band 'g'. Present: VIS")):
        with pytest.raises(InputRejected) as raised:
            read(path, band=band)
        assert raised.value.reason == "missing-channel" and words in raised.value.words


@pytest.mark.parametrize(("planes", "reason"), [
    ([("PSF", gaussian())], "no-image"), ([], "no-image"), ([("SCI", IMAGE), ("ERR", IMAGE[:5])], "bad-shape"),
    ([("SCI", np.zeros((3, 20, 20), "f4"))], "bad-shape")])
def test_what_cannot_be_one_lens_is_refused(tmp_path, planes, reason):
    with pytest.raises(InputRejected) as raised:
        read(write(tmp_path, *planes))
    assert raised.value.reason == reason


def test_an_unreadable_wcs_is_a_reason(tmp_path):
    path = write(tmp_path, ("SCI", IMAGE))
    with fits.open(path, mode="update") as hdus:
        hdus[1].header["CD1_1"] = "about 3e-5"
    with pytest.raises(InputRejected, match="CD1_1"):
        read(path)


def test_a_psf_without_a_peak_is_said(tmp_path):
    example = read(write(tmp_path, ("SCI", IMAGE), ("PSF", np.zeros((9, 9), "f4"))))
    assert "psf_fwhm" not in example.columns and "no peak" in next(iter(example.remarks))


@pytest.mark.skipif(not EUCLID.is_dir(), reason="the real lens of Euclid is not here")
def test_the_real_lens_of_euclid_is_read_with_noise_and_psf():
    example = read(EUCLID / "euclid_q1_102020532.fits", band="VIS")
    assert example.image.shape == (300, 300, 2) and example.columns["pixel_scale"] == pytest.approx(0.1, rel=1e-6)
    assert 0.12 < example.columns["psf_fwhm"] < 0.25  # VIS: 0.16 arcsec before its pixels of 0.1
    assert np.unravel_index(np.nanargmax(example.image[100:200, 100:200, 0]), (100, 100)) == pytest.approx((50, 50), abs=3)
