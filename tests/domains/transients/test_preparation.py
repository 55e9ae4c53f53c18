import json

import numpy as np
import pytest

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.preparation import (
    check_recipe,
    crop_centre,
    make_recipe,
    prepare,
    prepare_rows,
)
from otrain.errors import DataError, UsageError


def example(image, channels=None):
    image = np.asarray(image, dtype=None)
    image = image[..., None] if image.ndim == 2 else image
    return Example(image, channels or ("difference",))


@pytest.mark.parametrize("before", [7, 8])
@pytest.mark.parametrize("after", [3, 4, 7])
def test_crop_keeps_the_pixel_of_the_candidate_at_the_centre(before, after):
    image = np.zeros((before, before))
    image[before // 2, before // 2] = 1
    assert crop_centre(image, after)[after // 2, after // 2] == 1


@pytest.mark.parametrize("before", [3, 4])
@pytest.mark.parametrize("after", [7, 8])
def test_padding_keeps_the_pixel_of_the_candidate_at_the_centre(before, after):
    image = np.zeros((before, before))
    image[before // 2, before // 2] = 1
    padded = prepare(example(image), make_recipe(size=after, pad=True)).image[..., 0]
    assert padded[after // 2, after // 2] == 1
    assert np.isnan(padded).sum() == after**2 - before**2


def test_crop_of_a_smaller_image_is_refused():
    with pytest.raises(DataError, match=r"at least 5x5 pixel. Received: 3x4"):
        crop_centre(np.zeros((3, 4)), 5)


@pytest.mark.parametrize("before", [7, 8])
@pytest.mark.parametrize("after", [3, 4, 7])
def test_prepared_image_has_the_candidate_in_its_middle(before, after):
    image = np.zeros((before, before), "f4")
    image[before // 2, before // 2] = 1
    prepared = prepare(example(image), make_recipe(size=after)).image
    assert prepared.shape == (after, after, 1) and prepared[after // 2, after // 2, 0] == 1


def test_prepared_image_is_contiguous_float32():
    prepared = prepare(example(np.arange(49, dtype="i2").reshape(7, 7)), make_recipe(size=3))
    assert prepared.image.dtype == np.float32
    assert prepared.image.flags.c_contiguous
    np.testing.assert_array_equal(prepared.image[..., 0], [[16, 17, 18], [23, 24, 25], [30, 31, 32]])


def test_small_image_is_rejected_with_its_size_unless_padding_is_allowed():
    small = example(np.ones((5, 9), "f4"))
    with pytest.raises(InputRejected, match=r"too-small.*5x9"):
        prepare(small, make_recipe(size=7))
    padded = prepare(small, make_recipe(size=7, pad=True)).image
    assert padded.shape == (7, 7, 1)
    assert np.isfinite(padded).sum() == 5 * 7


def test_channels_are_taken_by_name_in_the_order_asked_for():
    triplet = example(np.arange(12).reshape(2, 2, 3), ("science", "template", "difference"))
    prepared = prepare(triplet, make_recipe(channels=["difference", "science"]))
    assert prepared.channels == ("difference", "science")
    np.testing.assert_array_equal(prepared.image[0, 0], [2, 0])


def test_absent_channel_is_named():
    with pytest.raises(InputRejected, match=r"missing-channel.*'template'.*Present: difference"):
        prepare(example(np.ones((2, 2))), make_recipe(channels=["template"]))


def test_infinite_pixels_are_masked_or_rejected():
    image = np.array([[1, np.nan], [np.inf, 4]], "f4")
    filled = prepare(example(image), make_recipe()).image[..., 0]
    np.testing.assert_array_equal(filled, [[1, np.nan], [np.nan, 4]])
    with pytest.raises(InputRejected, match=r"non-finite.*2 of 4"):
        prepare(example(image), make_recipe(nonfinite="reject"))


def test_a_border_by_padding_is_not_rejected():
    prepared = prepare(example(np.ones((2, 2), "f4")), make_recipe(size=4, pad=True, nonfinite="reject"))
    assert np.isnan(prepared.image).sum() == 12


def test_values_beyond_float32_count_as_not_finite():
    filled = prepare(example(np.array([[1e300, 2.0]])), make_recipe()).image
    np.testing.assert_array_equal(filled[0, :, 0], [np.nan, 2])


def test_words_of_surveys_for_no_value_are_masked():
    filled = prepare(example(np.array([[-3.4028235e38, 1e30, 2.0]], "f4")), make_recipe()).image
    np.testing.assert_array_equal(filled[0, :, 0], [np.nan, np.nan, 2])


def test_image_without_a_finite_pixel_is_rejected():
    with pytest.raises(InputRejected, match=r"no-finite-pixel"):
        prepare(example(np.full((2, 2), np.nan)), make_recipe())


def test_only_the_kept_pixels_are_judged():
    image = np.ones((5, 5), "f4")
    image[0, 0] = np.nan
    prepare(example(image), make_recipe(size=3, nonfinite="reject"))


def test_recipe_survives_json():
    recipe = make_recipe(size=31, channels=("science",), pad=True, nonfinite="reject")
    assert check_recipe(json.loads(json.dumps(recipe))) == recipe


@pytest.mark.parametrize(("change", "words"), [
    ({"szie": 3}, "Did you mean 'size'"), ({"size": 0}, "`size`"), ({"size": 2.5}, "`size`"),
    ({"pad": 1}, "`pad`"), ({"nonfinite": "zero"}, "`nonfinite`"), ({"channels": []}, "`channels`"),
    ({"channels": ["a", "a"]}, "`channels`"), ({"kind": "light-curve"}, "`kind`"),
])
def test_unusable_recipe_is_refused(change, words):
    with pytest.raises(UsageError, match=words):
        check_recipe(make_recipe() | change)


def test_incomplete_recipe_is_refused():
    with pytest.raises(UsageError, match=r"'pad' is missing"):
        check_recipe({key: value for key, value in make_recipe().items() if key != "pad"})


@pytest.mark.parametrize("change", [{}, {"size": 3}, {"size": 6}, {"size": 6, "pad": True}, {"nonfinite": "reject"},
                                    {"channels": ["difference", "science"]}, {"channels": ["template"]}])
def test_rows_of_a_cube_are_prepared_as_one_by_one(change):
    images = np.random.default_rng(0).normal(size=(4, 5, 5, 2)).astype(np.float32)
    images[1, 2, 2, 0], images[2], images[3, 0, 0] = 1e31, np.nan, np.inf
    channels, recipe = ("science", "difference"), make_recipe(**change)
    prepared, usable, faults = prepare_rows(images, channels, recipe)
    assert sorted([*usable.tolist(), *faults]) == list(range(4)) and len(prepared) == len(usable)
    for row, image in enumerate(images):
        try:
            wanted = prepare(example(image, channels), recipe).image
        except InputRejected as fault:
            assert faults[row].reason == fault.reason
        else:
            np.testing.assert_array_equal(prepared[usable.tolist().index(row)], wanted)


def cut(place, shape=(9, 6)):
    """Return an image that an edge has cut, with a source at a pixel that its headers tell."""
    image = np.arange(np.prod(shape), dtype="f4").reshape(*shape, 1)
    image[place] = 100
    return Example(image, ("difference",), where=lambda shape: place)


@pytest.mark.parametrize("place", [(4, 1), (4, 4), (4, 5)])
def test_source_of_a_cut_image_keeps_its_place_when_the_rest_is_padded(place):
    prepared = prepare(cut(place), make_recipe(size=9, pad=True)).image
    assert np.argwhere(prepared[..., 0] == 100).tolist() == [[4, 4]]
    assert np.isfinite(prepared).sum() == 9 * min(6, 9 - 4 + place[1], 6 + 4 - place[1])


def test_source_of_a_cut_image_is_the_middle_of_a_smaller_square():
    prepared = prepare(cut((4, 4)), make_recipe(size=3)).image
    assert prepared[1, 1, 0] == 100


def test_cut_image_without_enough_pixels_is_rejected_without_padding():
    with pytest.raises(InputRejected, match=r"too-small.*--pad"):
        prepare(cut((4, 5)), make_recipe(size=5))


def test_image_that_is_not_square_and_tells_nothing_is_put_into_the_middle_and_that_is_said():
    image = np.arange(54, dtype="f4").reshape(9, 6, 1)
    prepared = prepare(Example(image, ("difference",)), make_recipe(size=9, pad=True))
    assert np.isfinite(prepared.image).all(axis=(0, 2)).tolist() == [False] + 6 * [True] + 2 * [False]
    assert any("not square" in words for words in prepared.remarks)


def test_fill_values_become_nan_and_are_said():
    image = np.random.default_rng(0).normal(size=(9, 9, 1)).astype("f4")
    image[:2] = 0
    prepared = prepare(Example(image, ("difference",)), make_recipe())
    assert np.isnan(prepared.image[..., 0]).all(axis=1).tolist() == [True] * 2 + [False] * 7
    assert list(prepared.remarks) == ["pixels of exactly 0 were taken for pixels without a value (--blank none keeps them)"]
    kept = prepare(Example(image, ("difference",)), make_recipe(blank="none"))
    assert np.isfinite(kept.image).all() and kept.remarks is None


def test_named_blank_values_become_nan_without_a_word():
    image = np.arange(25, dtype="f4").reshape(5, 5, 1)
    prepared = prepare(Example(image, ("difference",)), make_recipe(blank=["7", "24"]))
    assert np.flatnonzero(np.isnan(prepared.image)).tolist() == [7, 24]
    assert prepared.remarks is None


def test_rows_of_a_cube_lose_their_fill_values_as_files_do():
    images = np.random.default_rng(0).normal(size=(3, 9, 9, 1)).astype("f4")
    images[1, :2] = 0
    prepared, usable, faults = prepare_rows(images, ("difference",), make_recipe())
    assert np.isnan(prepared).sum(axis=(1, 2, 3)).tolist() == [0, 18, 0] and len(usable) == 3 and not faults


@pytest.mark.parametrize("blank", ["zero", ["none", "1"], {}])
def test_blank_must_be_numbers(blank):
    with pytest.raises(UsageError, match="`blank` must be numbers"):
        make_recipe(blank=blank or [None])


def test_recipe_without_blank_is_that_of_older_cubes():
    assert "blank" not in make_recipe()
    assert check_recipe(make_recipe(blank=[0]))["blank"] == [0.0]


def test_mapping_of_a_recipe_is_its_text(tmp_path):
    (tmp_path / "m.toml").write_text('[columns]\ncandid = "ID"\n')
    assert make_recipe(mapping=tmp_path / "m.toml")["mapping"] == '[columns]\ncandid = "ID"\n'
    with pytest.raises(UsageError, match="`mapping` must be the text"):
        check_recipe(make_recipe() | {"mapping": {"columns": 1}})
