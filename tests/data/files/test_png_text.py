import io

import matplotlib.image
import numpy as np

from otrain.data.files.png_text import png_chunk, with_text


def test_chunk_is_that_of_the_specification():
    # reference: the end of every PNG file
    assert png_chunk(b"IEND", b"") == bytes.fromhex("00000000 49454e44 ae426082")


def test_picture_with_a_text_is_the_same_picture():
    from PIL import Image

    buffer, pixels = io.BytesIO(), np.linspace(0, 1, 12).reshape(3, 4)
    matplotlib.image.imsave(buffer, pixels, format="png")
    content = buffer.getvalue()
    marked = with_text(content, b"otrain-test", b"caf\xe9")
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(marked)) as after:
        assert after.text["otrain-test"] == "caf\xe9"
        assert np.array_equal(np.asarray(before), np.asarray(after))
