import gzip

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.fits.images import read_hdus
from otrain.data.fits.plain import Doubt
from otrain.data.inputs.probe import Probe, expand
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.fits import READER

PIXELS = np.arange(30, dtype="f4").reshape(5, 6)


def read(path, **options):
    (example,) = READER.read(Probe(str(path), **options))
    return example


def write(path, *hdus, **options):
    fits.HDUList(list(hdus)).writeto(path, **options)
    return path


def image(pixels, name=None, **header):
    return fits.ImageHDU(pixels, fits.Header(header), name=name)


def test_single_extension_gives_the_difference_and_its_columns(tmp_path):
    header = fits.Header({"CANDID": "c1", "MAG": 17.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0,
                          "EDGE": "False", "RA": 10.5, "DEC": -3.0, "XPOS": 4, "FILE": "im.fits"})
    example = read(write(tmp_path / "c1.fits", fits.PrimaryHDU(PIXELS, header)))
    np.testing.assert_array_equal(example.image, PIXELS[..., None])
    assert example.channels == ("difference",)
    assert example.columns == {"candid": "c1", "mag": 17.5, "mag_err": 0.1, "band": "r", "fwhm": 3.0,
                               "edge": False, "ra": 10.5, "dec": -3.0, "x": 4.0, "original_file": "im.fits"}


def test_diff_extension_is_taken_and_keywords_are_found_wherever_they_stand(tmp_path):
    primary = fits.PrimaryHDU(header=fits.Header({"NAME": "sn1", "FWHM": 2.5}))
    difference = image(PIXELS, "DIFF", MAGERR=0.2)
    difference.header["HIERARCH mag_calib"] = 18.25
    difference.header["MAG"] = 7.0
    example = read(write(tmp_path / "m.fits", primary, image(PIXELS + 1, "MASK"), difference))
    np.testing.assert_array_equal(example.image[..., 0], PIXELS)
    assert example.channels == ("difference",)
    assert example.columns == {"candid": "sn1", "mag": 18.25, "mag_err": 0.2, "fwhm": 2.5}


@pytest.mark.parametrize("names", [("SCI", "TEMPLATE", "DIFF"), ("science", "ref", "sub"),
                                   ("IMAGE", "TEMPLATE", "DIFFERENCE"), ("NEW", "TEMP", "DIFF")])
def test_triplet_is_found_by_the_names_of_its_extensions_in_any_order(tmp_path, names):
    planes = [image(PIXELS + index, name) for index, name in enumerate(names)]
    example = read(write(tmp_path / "t.fits", fits.PrimaryHDU(), *planes[::-1]))
    assert example.channels == ("science", "template", "difference")
    np.testing.assert_array_equal(example.image, np.stack([PIXELS, PIXELS + 1, PIXELS + 2], -1))


def test_triplet_of_different_shapes_is_refused(tmp_path):
    path = write(tmp_path / "t.fits", fits.PrimaryHDU(), image(PIXELS, "SCI"), image(PIXELS[1:], "DIFF"))
    with pytest.raises(InputRejected, match=r"science 5x6, difference 4x6"):
        read(path)


@pytest.mark.parametrize(("shape", "channels"), [
    ((3, 5, 6), ("science", "template", "difference")),
    ((1, 5, 6), ("difference",)),
    ((2, 5, 6), ("channel_0", "channel_1")),
    ((1, 1, 5, 6), ("difference",)),
])
def test_planes_of_a_3d_image_become_channels(tmp_path, shape, channels):
    pixels = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    example = read(write(tmp_path / "c.fits", fits.PrimaryHDU(pixels)))
    assert example.channels == channels
    np.testing.assert_array_equal(example.image, np.moveaxis(pixels.reshape(-1, 5, 6), 0, -1))


@pytest.mark.parametrize("compression", ["RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1"])
def test_tile_compressed_image_is_read(tmp_path, compression):
    pixels = np.arange(400, dtype="i2").reshape(20, 20)
    hdu = fits.CompImageHDU(pixels, fits.Header({"CANDID": "c1"}), compression_type=compression)
    example = read(write(tmp_path / "c.fits.fz", fits.PrimaryHDU(), hdu))
    np.testing.assert_array_equal(example.image[..., 0], pixels)
    assert example.columns == {"candid": "c1"}


def test_scaled_integers_are_read_in_their_unit(tmp_path):
    hdu = fits.PrimaryHDU(np.array([[1, 2], [3, 40000]], "u2"))
    example = read(write(tmp_path / "u.fits", hdu))
    np.testing.assert_array_equal(example.image[..., 0], [[1, 2], [3, 40000]])


def test_gzipped_file_gives_the_same_as_the_plain_one(tmp_path):
    plain = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS))
    packed = tmp_path / "c.fits.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    np.testing.assert_array_equal(read(packed).image, read(plain).image)


def test_wrong_gzip_checksum_is_refused():
    data = bytearray(gzip.compress(b"SIMPLE  =" + bytes(4000)))
    data[-6] ^= 1
    with pytest.raises(InputRejected, match=r"bad-compression"):
        expand(bytes(data))


def test_short_gzip_data_are_truncated():
    with pytest.raises(InputRejected, match=r"truncated"):
        expand(gzip.compress(np.random.default_rng(0).bytes(4000))[:-500])


def test_gzip_that_expands_beyond_the_limit_is_refused():
    with pytest.raises(InputRejected, match=r"too-large"):
        expand(gzip.compress(bytes(5000)), limit=4000)


@pytest.mark.parametrize("compressed", [False, True])
def test_wrong_checksum_is_refused(tmp_path, compressed):
    hdu = fits.ImageHDU(PIXELS, name="DIFF")
    if compressed:
        hdu = fits.CompImageHDU(np.arange(900, dtype="i4").reshape(30, 30), name="DIFF")
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(), hdu, checksum=True)
    read(path)
    data = bytearray(path.read_bytes())
    start = data.index(b"XTENSION")
    data_start = start + -(-(data.index(b"END" + 77 * b" ", start) + 80 - start) // 2880) * 2880
    data[data_start + 9] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputRejected, match=r"bad-checksum"):
        read(path)


@pytest.mark.parametrize("keyword", ["TFIELDS", "NAXIS"])
def test_number_of_columns_that_would_be_searched_for_hours_is_refused(tmp_path, keyword):
    hdu = fits.CompImageHDU(np.arange(900, dtype="i4").reshape(30, 30), name="DIFF")
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(), hdu)
    card = keyword.ljust(8).encode() + b"="
    data = path.read_bytes()
    at = data.index(card, data.index(b"XTENSION"))
    path.write_bytes(data[:at] + card + b"           2147483648" + data[at + 30:])
    with pytest.raises(InputRejected, match=rf"corrupt.*{keyword} = 2147483648"):
        read(path)


@pytest.mark.parametrize("card", ["NAXIS2  = -64", "PCOUNT  =          -   2147483648", "GCOUNT  = -1"])
def test_negative_size_that_would_be_read_for_ever_is_refused(tmp_path, card):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(), fits.ImageHDU(PIXELS, name="SCI"),
                 fits.ImageHDU(PIXELS, name="DIFF"))
    data = path.read_bytes()
    at = data.index(card[:9].encode(), data.index(b"XTENSION"))
    path.write_bytes(data[:at] + card.ljust(80).encode() + data[at + 80:])
    with pytest.raises(InputRejected, match=r"corrupt.*cannot be negative"):
        read(path)


def test_checksum_in_the_primary_header_is_verified(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS), checksum=True)
    read(path)
    data = bytearray(path.read_bytes())
    data[2880] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputRejected, match=r"bad-checksum"):
        read(path)


def test_missing_pixels_are_truncated_but_missing_padding_is_harmless(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS))
    data = path.read_bytes()
    path.write_bytes(data[:2880 + PIXELS.nbytes])
    np.testing.assert_array_equal(read(path).image[..., 0], PIXELS)
    path.write_bytes(data[:2880 + PIXELS.nbytes - 1])
    with pytest.raises(InputRejected, match=r"truncated"):
        read(path)


def test_file_that_goes_on_after_its_data_is_refused(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS))
    data = path.read_bytes()
    path.write_bytes(data + b"x" * 2880)
    with pytest.raises(OSError, match=r"END"):
        read(path)


def test_empty_blocks_after_the_data_are_harmless(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS))
    path.write_bytes(path.read_bytes() + bytes(2880))
    np.testing.assert_array_equal(read(path).image[..., 0], PIXELS)


def test_several_unnamed_images_ask_for_a_mapping(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(), image(PIXELS, "A"), image(PIXELS, "B"))
    with pytest.raises(InputRejected, match=r"'A', 'B'.*--mapping"):
        read(path)


def test_huge_axes_are_refused_before_they_are_decoded(tmp_path):
    data = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS)).read_bytes()
    for lie in (b"1099511627776", b"5000"):
        path = tmp_path / "lie.fits"
        path.write_bytes(data.replace(b"6".rjust(20), lie.rjust(20), 1))
        with pytest.raises(InputRejected, match=r"truncated|too-large"):
            read(path)


def test_label_keyword_is_read(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS, fits.Header({"TRUTH": "real"})))
    assert read(path, label_keyword="TRUTH").label == "real"


def test_values_beyond_float32_become_infinite(tmp_path):
    example = read(write(tmp_path / "c.fits", fits.PrimaryHDU(np.array([[1e300, 1.0]] * 2))))
    np.testing.assert_array_equal(example.image[0, :, 0], [np.inf, 1])


@pytest.mark.parametrize("shape", [(5, 6), (3, 5, 6), (2, 5, 6), (1, 5, 6)])
@pytest.mark.parametrize("extra", [{}, {"EXTNAME": "SCI"}, {"MAG": 17.5, "EDGE": True, "CANDID": 12}])
def test_fast_and_thorough_reading_give_the_same_example(tmp_path, monkeypatch, shape, extra):
    pixels = np.arange(np.prod(shape), dtype="i2").reshape(shape)
    if "EXTNAME" in extra and len(shape) == 3 and shape[0] > 1:
        pytest.skip("the image of one role has one plane")
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(pixels, fits.Header(extra)))
    fast = read(path)

    def doubt(data):
        raise Doubt

    monkeypatch.setattr("otrain.domains.transients.readers.fits.read_plain", doubt)
    thorough = read(path)
    np.testing.assert_array_equal(fast.image, thorough.image)
    assert (fast.channels, fast.columns) == (thorough.channels, thorough.columns)


def test_odd_card_of_a_plain_file_is_read_by_astropy(tmp_path):
    path = write(tmp_path / "c.fits", fits.PrimaryHDU(PIXELS, fits.Header({"MAG": 17.5})))
    path.write_bytes(path.read_bytes().replace(b"MAG     =                 17.5", b"MAG     = 1.75e1              "))
    (hdu,) = read_hdus(path.read_bytes())
    assert hdu.header.get("MAG") == 17.5
    assert read(path).columns == {"mag": 17.5}
