import io

import numpy as np
import pytest
from astropy.io import fits

from otrain.domains.transients.simulators.fits_writer import fits_bytes

COLUMNS = {"candid": "c1", "mag": 18.5, "mag_err": 0.1, "band": "r", "fwhm": 2.5, "edge": False, "ra": 1e-5,
           "dec": -3.25, "x": 10.0, "y": 20.0, "original_file": "it's.fits", "fwhm_psf": 2.4, "kind": "dipole"}
IMAGE = np.arange(20 * 21 * 3, dtype=np.float32).reshape(20, 21, 3)


def opened(*args, **options):
    hdus = fits.open(io.BytesIO(fits_bytes(*args, **options)), checksum=True)
    hdus.verify("exception")
    return hdus


def test_one_channel_is_the_primary_image():
    (hdu,) = opened(IMAGE[..., :1], ("difference",), COLUMNS)
    assert np.array_equal(hdu.data, IMAGE[..., 0])
    assert hdu.data.dtype == ">f4"


def test_triplet_is_three_named_extensions():
    hdus = opened(IMAGE, ("science", "template", "difference"), COLUMNS)
    assert [hdu.name for hdu in hdus] == ["PRIMARY", "SCIENCE", "TEMPLATE", "DIFFERENCE"]
    assert all(np.array_equal(hdus[i + 1].data, IMAGE[..., i]) for i in range(3))
    assert hdus[0].data is None and hdus[0].header["CANDID"] == "c1"


def test_header_has_every_keyword_that_readers_need():
    header = opened(IMAGE[..., :1], ("difference",), COLUMNS)[0].header
    expected = {"CANDID": "c1", "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 2.5, "EDGE": "False",
                "RA": 1e-5, "DEC": -3.25, "XPOS": 10.0, "YPOS": 20.0, "FILE": "it's.fits", "FWHMPSF": 2.4,
                "KIND": "dipole"}
    assert {keyword: header[keyword] for keyword in expected} == expected


def test_edge_is_text_as_otrain_writes_it():
    header = opened(IMAGE[..., :1], ("difference",), COLUMNS | {"edge": True})[0].header
    assert header["EDGE"] == "True"


def test_missing_pixels_are_nan():
    image = IMAGE[..., :1].copy()
    image[3, 4] = np.nan
    data = opened(image, ("difference",), COLUMNS)[0].data
    assert np.isnan(data[3, 4]) and np.isnan(data).sum() == 1


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("channels", [("difference",), ("science", "template", "difference")])
def test_checksums_are_right_and_the_same_every_time(channels):
    image = IMAGE[..., :len(channels)]
    hdus = opened(image, channels, COLUMNS, checksum=True)  # a wrong checksum is a warning
    assert all("CHECKSUM" in hdu.header and "DATASUM" in hdu.header for hdu in hdus)
    assert fits_bytes(image, channels, COLUMNS, checksum=True) == fits_bytes(image, channels, COLUMNS, checksum=True)


def test_without_checksum_there_is_none():
    assert "CHECKSUM" not in opened(IMAGE[..., :1], ("difference",), COLUMNS)[0].header
