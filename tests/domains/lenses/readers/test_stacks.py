import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lenses.readers.stacks import READER, look_into

IMAGES = np.arange(3 * 20.0, dtype=np.float32).reshape(3, 4, 5)


def save(folder, compressed=False, **arrays):
    (np.savez_compressed if compressed else np.savez)(folder / "a.npz", **arrays)
    return Probe(str(folder / "a.npz"))


@pytest.mark.parametrize("compressed", [False, True])
def test_rows_have_their_image_and_columns(tmp_path, compressed):
    probe = save(tmp_path, compressed, images=IMAGES, filename=["x/a.png", "b.png", "c.png"], xiX=[1, 2, 3], lens=["SIE", "", "SIS"],
                 odd=[1, 2, 3])
    assert look_into(probe.path) == (3, ["x/a.png", "b.png", "c.png"])
    probe.rows = (1, 3)
    second, third = READER.read(probe)
    assert (second.image[..., 0] == IMAGES[1]).all() and second.position == 1
    assert second.columns == {"xiX": 2.0, "file": "b.png", "candid": "b"} and third.columns["lens"] == "SIS"


def test_a_noise_map_is_the_second_channel(tmp_path):
    example, *_ = READER.read(save(tmp_path, images=np.stack([IMAGES, IMAGES + 1], axis=-1)))
    assert example.channels == ("image", "noise") and example.image[0, 0].tolist() == [0, 1]


def test_columns_of_another_length_are_not_taken(tmp_path):
    example, *_ = READER.read(save(tmp_path, images=IMAGES, xiX=[1.0], sigma=[[1], [2], [3]], theta=[np.nan] * 3))
    assert example.columns == {}


@pytest.mark.parametrize(("arrays", "reason"), [({"images": IMAGES[0]}, "bad-shape"), ({"images": np.zeros((2, 3, 3, 3))}, "bad-shape"),
                                                ({"images": np.array(["a"])}, "no-image"), ({"pictures": IMAGES}, "no-image")])
def test_what_is_no_stack_of_images_is_refused(tmp_path, arrays, reason):
    with pytest.raises(InputRejected) as raised:
        list(READER.read(save(tmp_path, **arrays)))
    assert raised.value.reason == reason


def test_only_archives_with_images_are_recognised(tmp_path):
    assert READER.recognises(save(tmp_path, images=IMAGES)) and not READER.recognises(save(tmp_path, cube=IMAGES))


def test_a_stack_that_cannot_be_opened_has_no_images_and_no_names(tmp_path):
    (tmp_path / "b.npz").write_bytes(b"PK\3\4broken")
    assert look_into(tmp_path / "b.npz") == (0, []) and look_into(save(tmp_path, images=IMAGES, filename=["a"]).path) == (3, [])
