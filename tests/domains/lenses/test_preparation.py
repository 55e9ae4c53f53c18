import numpy as np
import pytest

from otrain.data.inputs.example import Example
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lenses.preparation import check_recipe, make_recipe, prepare, prepare_rows
from otrain.errors import UsageError

RAMP = np.arange(36.0, dtype=np.float32).reshape(6, 6, 1)


def example(image, channels=("image",)):
    return Example(image, channels, {"x": 1.0}, -1)


def test_the_middle_stays_the_middle_when_an_image_is_cut_or_padded():
    assert prepare(example(RAMP), make_recipe(size=4)).image[2, 2, 0] == RAMP[3, 3, 0]
    padded = prepare(example(RAMP), make_recipe(size=8, pad=True)).image
    assert padded[4, 4, 0] == RAMP[3, 3, 0] and np.isnan(padded[0]).all() and np.isfinite(padded).sum() == 36


def test_one_side_may_be_cut_while_the_other_is_padded():
    wide = np.arange(24.0, dtype=np.float32).reshape(3, 8, 1)
    found = prepare(example(wide), make_recipe(size=6, pad=True)).image
    assert found.shape == (6, 6, 1) and found[3, 3, 0] == wide[1, 4, 0] and np.isfinite(found).sum() == 18


def test_small_images_are_refused_with_the_remedy():
    with pytest.raises(InputRejected, match=r"6x6 pixel and 7x7 are asked for.*--pad"):
        prepare(example(RAMP), make_recipe(size=7))


def test_values_beyond_float32_become_nan_and_the_rest_stays():
    wide = RAMP.astype(np.float64)
    wide[0, 0], wide[0, 1], wide[0, 2] = 1e39, np.inf, np.nan
    found = prepare(example(wide), make_recipe()).image
    assert found.dtype == np.float32 and np.isnan(found[0, :3]).all() and np.isfinite(found).sum() == 33
    assert wide[0, 0] == 1e39


@pytest.mark.parametrize(("image", "reason"), [(np.full((3, 3, 1), 7.0), "no-variation"), (np.full((3, 3, 1), np.nan), "no-finite-pixel")])
def test_images_that_show_nothing_are_refused(image, reason):
    with pytest.raises(InputRejected) as raised:
        prepare(example(image), make_recipe())
    assert raised.value.reason == reason


def test_channels_are_chosen_by_name():
    both = np.concatenate([RAMP, RAMP + 100], axis=-1)
    found = prepare(example(both, ("image", "noise")), make_recipe(channels=["noise"]))
    assert found.channels == ("noise",) and found.image[0, 0, 0] == 100
    with pytest.raises(InputRejected, match=r"no channel 'psf'. Present: image, noise"):
        prepare(example(both, ("image", "noise")), make_recipe(channels=["psf"]))


def test_rows_of_a_cube_are_prepared_as_files_are():
    images = np.stack([RAMP, RAMP * 0, RAMP + 1])
    prepared, usable, faults = prepare_rows(images, ("image",), make_recipe(size=4))
    assert usable.tolist() == [0, 2] and faults[1].reason == "no-variation"
    assert (prepared[1] == prepare(example(RAMP + 1), make_recipe(size=4)).image).all()
    nothing, usable, _ = prepare_rows(images * 0, ("image",), make_recipe(size=4))
    assert nothing.shape == (0, 4, 4, 1) and not len(usable)


@pytest.mark.parametrize(("options", "words"), [
    ({"size": 0}, "1 to 4096"), ({"size": 3.0}, "Received: 3.0"), ({"pad": 1}, "true or false"), ({"pixel_scale": -1}, "positive"),
    ({"pixel_scale": float("nan")}, "positive"), ({"variables": ["sigmo"]}, "Did you mean 'sigma"), ({"variables": ["lens"]}, "no number 'lens'"),
    ({"variables": ["x", "x"]}, "different names"), ({"nterms": 11}, "0 to 10"), ({"nterms": True}, "0 to 10"), ({"band": 3}, "name of a band"),
    ({"channels": []}, "`channels`")])
def test_recipes_that_cannot_be_met_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        make_recipe(**options)


def test_recipes_of_files_are_checked():
    with pytest.raises(UsageError, match=r"unknown key 'sizes'. Did you mean 'size'"):
        check_recipe(make_recipe() | {"sizes": 3})
    with pytest.raises(UsageError, match=r"'kind' is missing|key 'nterms' is missing"):
        check_recipe({name: value for name, value in make_recipe().items() if name != "nterms"})
    with pytest.raises(UsageError, match="must be 'lens'"):
        check_recipe(make_recipe() | {"kind": "cutout"})
