import numpy as np
import pytest

from otrain.plots.contact_sheet import contact_sheet, write_contact_sheet


def flat(count, channels=1):
    return np.zeros((count, 21, 21, channels), np.float32)


def test_every_line_of_a_title_has_its_strip():
    one = contact_sheet([("heading", flat(2), ["a", "b"])])
    three = contact_sheet([("heading", flat(2), [("a", "b", "c"), ("d",)])])
    assert three.shape[0] - one.shape[0] == 2 * 15  # a strip is 15 pixel high
    assert three.shape[1] == one.shape[1]


def test_tile_sets_the_side_of_a_channel():
    small, large = (contact_sheet([("", flat(1, 3), ["a"])], tile=side) for side in (72, 100))
    assert large.shape[0] - small.shape[0] == 28


def test_letters_that_the_font_lacks_are_written_otherwise():
    sheet = contact_sheet([("± 1", flat(1), ["19.20 ± 0.05"])], tile=150)
    assert np.array_equal(sheet, contact_sheet([("+/- 1", flat(1), ["19.20 +/- 0.05"])], tile=150))


def test_each_image_needs_a_title(tmp_path):
    with pytest.raises(ValueError):
        write_contact_sheet(tmp_path / "sheet.png", [("", flat(2), ["only one"])])
    assert not list(tmp_path.iterdir())
