import numpy as np
from PIL import Image

from otrain.domains.lenses.sheet import draw_sheet


def test_sheet_shows_each_channel_of_each_image(tmp_path):
    images = np.random.default_rng(0).normal(size=(2, 16, 16, 2)).astype(np.float32)
    (tmp_path / "a.png").write_bytes(draw_sheet([("all (2 of 2)", images, ["a", "b"])], ("image", "noise")))
    drawn = np.asarray(Image.open(tmp_path / "a.png").convert("L"))
    assert drawn.shape[1] >= 2 * 2 * 116 and (drawn[60:140, 8:240] < 200).mean() > 0.3
