import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from otrain.errors import DataError
from otrain.workflows.comparing.pictures import in_same_colours, list_pictures, read_picture, write_png

PIXELS = np.arange(12).reshape(3, 4)


@pytest.mark.parametrize(("name", "kind"), [("a.png", np.uint8), ("a.png", np.uint16), ("a.TIF", np.uint8)])
def test_picture_is_read_as_it_was_written(tmp_path, name, kind):
    Image.fromarray((PIXELS * (300 if kind is np.uint16 else 1)).astype(kind)).save(tmp_path / name)
    assert (read_picture(tmp_path / name) == PIXELS * (300 if kind is np.uint16 else 1)).all()


def test_array_and_fits_are_images(tmp_path):
    np.save(tmp_path / "a.npy", PIXELS)
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(PIXELS[None].astype("f4"))]).writeto(tmp_path / "a.fits")
    for name in ("a.npy", "a.fits"):
        assert (read_picture(tmp_path / name) == PIXELS).all()


def test_transparency_is_not_a_colour(tmp_path):
    Image.fromarray(np.full((2, 2, 4), 9, np.uint8)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").shape == (2, 2, 3)


@pytest.mark.parametrize(("name", "content"), [("a.png", b"no"), ("a.fits", b"SIMPLE  ="), ("a.npy", b"\x93NUMPY")])
def test_what_is_no_image_is_said(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name}: the image cannot be read"):
        read_picture(tmp_path / name)


def test_grey_image_is_laid_beside_a_coloured_one():
    grey, colour = in_same_colours(np.ones((2, 3)), np.zeros((2, 3, 3)))
    assert grey.shape == colour.shape == (2, 3, 3) and (grey == 1).all()


def test_table_of_strings_is_no_image(tmp_path):
    np.save(tmp_path / "a.npy", np.array([["a"]]))
    with pytest.raises(DataError, match="not an image of numbers"):
        read_picture(tmp_path / "a.npy")


def test_images_are_found_below_a_folder_too(tmp_path):
    (tmp_path / "deep").mkdir()
    write_png(tmp_path / "deep" / "b.png", np.zeros((2, 2), np.uint8))
    write_png(tmp_path / "a.png", np.zeros((2, 2), np.uint8))
    (tmp_path / "notes.txt").touch()
    assert list(list_pictures(tmp_path)) == ["a.png", "deep/b.png"]
