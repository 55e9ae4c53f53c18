import numpy as np
import pytest
from PIL import Image

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.pictures import READER

GREY = np.arange(20, dtype="u1").reshape(4, 5)


def read(path):
    (example,) = READER.read(Probe(str(path)))
    return example


@pytest.mark.parametrize("pixels", [GREY, GREY.astype("u2") * 1000, np.stack([GREY] * 3, -1)], ids=["8", "16", "rgb"])
def test_grey_picture_has_one_channel_with_its_own_values(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "cand 1.png")
    example = read(tmp_path / "cand 1.png")
    expected = pixels if pixels.ndim == 2 else pixels[..., 0]
    assert np.array_equal(example.image[..., 0], expected) and example.channels == ("difference",)
    assert example.columns == {"candid": "cand 1"}


def test_colours_have_their_own_names(tmp_path):
    Image.fromarray(np.stack([GREY, GREY + 1, GREY + 2], -1)).save(tmp_path / "c.png")
    example = read(tmp_path / "c.png")
    assert example.channels == ("red", "green", "blue") and (example.image[0, 0] == [0, 1, 2]).all()


def test_transparent_pixels_have_no_value(tmp_path):
    alpha = np.full_like(GREY, 255)
    alpha[1, 2] = 0
    Image.fromarray(np.stack([GREY, GREY, GREY, alpha], -1)).save(tmp_path / "c.png")
    assert np.argwhere(np.isnan(read(tmp_path / "c.png").image)).tolist() == [[1, 2, 0]]


def test_jpeg_is_read_about_as_it_was(tmp_path):
    Image.fromarray(np.full((16, 16), 77, "u1")).save(tmp_path / "c.jpg", quality=95)
    assert abs(read(tmp_path / "c.jpg").image - 77).max() <= 2


@pytest.mark.parametrize("change, reason", [(lambda data: data[:-30], "truncated|corrupt"), (lambda data: data[:60], "truncated|corrupt"),
                                            (lambda data: data[:16] + b"\x00\x01\x00\x00\x00\x01\x00\x00" + data[24:], "bad-checksum")])
def test_damaged_picture_is_refused(tmp_path, change, reason):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)).save(tmp_path / "c.png")
    (tmp_path / "d.png").write_bytes(change((tmp_path / "c.png").read_bytes()))
    with pytest.raises(InputRejected, match=reason):
        read(tmp_path / "d.png")
