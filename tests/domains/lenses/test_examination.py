import numpy as np
import pytest

from otrain.domains.lenses.examination import CHECKS, EXAMINATION, find_faults, measure_images


def ring(side=40, radius=8.0):
    y, x = np.indices((side, side)) - side / 2
    return 200 * np.exp(-((np.hypot(x, y) - radius) / 2) ** 2)


def images():
    noise = np.random.default_rng(0).normal(0, 1, (5, 40, 40))
    stack = np.stack([ring(), ring(radius=20), ring() * 0, ring(), ring()]) + noise
    stack[2], stack[4, :10] = 7, np.nan
    return stack[..., None]


def found(columns=None, remarks=None, stack=None):
    measured = measure_images(images() if stack is None else stack, ("image",))
    return {one.code: one for one in find_faults(columns or {}, measured, np.full(len(measured["range"]), -1), remarks or {})}


def test_images_are_measured():
    measured = measure_images(images(), ("image",))
    assert measured["edge"][1] > 0.9 and measured["edge"][[0, 3]].tolist() == [0, 0]
    assert measured["range"][2] == 0 and measured["masked"][4] == 0.25


def test_blank_cut_off_and_masked_images_are_found():
    faults = found()
    assert set(faults) == {"blank-image", "cut-off", "pixel-without-value"} and set(faults) < set(CHECKS)
    assert list(faults["blank-image"].rows) == [2] and faults["blank-image"].level == "fault"
    assert list(faults["cut-off"].rows) == [1] and list(faults["pixel-without-value"].rows) == [4]


def test_the_image_is_looked_at_not_its_noise_map():
    both = np.concatenate([np.ones((5, 40, 40, 1)), images()], axis=-1)
    assert measure_images(both, ("noise", "image"))["range"] == pytest.approx(measure_images(images(), ("image",))["range"])


def test_saturated_images_are_found_the_worst_first():
    saturated = found({"saturation": np.array([0, 0.02, np.nan, 0.3, 0.01])})["saturated-lens"]
    assert list(saturated.rows) == [3, 1] and saturated.values == ["30.0 %", "2.0 %"]


def test_numbers_that_teach_nothing_are_named():
    rising = np.arange(5.0)
    columns = {"source": np.array(["s", "e", "s", "SersicSphere", "e"]), "sigma": np.ones(5), "theta": rising, "xiX": rising.copy(),
               "beta[1][0]": np.zeros(5), "beta[1][2]": rising, "lensX": np.full(5, np.nan)}
    columns["xiX"][3] = np.nan
    faults = found(columns)
    assert faults["number-missing"].words.startswith("xiX (1).") and list(faults["number-missing"].rows) == [3]
    assert faults["number-constant"].words.startswith("sigma. ") and faults["number-constant"].count == 1
    assert faults["number-hidden"].words.startswith("theta, beta[1][0]. ") and list(faults["number-hidden"].rows) == [0, 2, 3]


def test_a_lens_in_two_subsets_is_a_fault():
    columns = {"object_id": np.array(["a", "a", "b", "b", ""]), "subset": np.array(["training", "test", "test", "test", "training"])}
    assert list(found(columns)["subset-leak"].rows) == [0, 1]


def test_remarks_of_reading_are_said():
    assert "made grey (3)" in found(remarks={"made grey": (3, "")})["remarks"].words


def test_general_checks_of_sources_in_the_middle_are_left_out():
    assert {"off-centre", "constant"} <= set(EXAMINATION.skipped)
