import numpy as np
import pytest

from otrain.domains.lightcurves.augmentation import AUGMENTATIONS, WHOLE, add_gaps, reverse_time, shift


def batch(n=64, length=40):
    """Every point of a curve holds its own number, so that it can be found again."""
    number = np.arange(n * length, dtype="f4").reshape(n, length)
    curves = np.stack([number, -number], -1)
    targets = np.stack([number, number + 0.5], -1)
    weights = (number % 7 != 0).astype("f4")
    return curves, targets, weights


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_points_keep_their_class_and_weight(name):
    curves, targets, weights = AUGMENTATIONS[name](*batch(), np.random.default_rng(0))
    seen = np.isfinite(curves[..., 0])
    assert seen.mean() > 0.8
    np.testing.assert_array_equal(targets[..., 0][seen], curves[..., 0][seen])
    np.testing.assert_array_equal(weights[seen], (curves[..., 0][seen] % 7 != 0))
    assert not weights[~seen].any()


@pytest.mark.parametrize("name", AUGMENTATIONS)
def test_augmentation_is_repeatable_and_leaves_its_input_alone(name):
    given = batch()
    first = AUGMENTATIONS[name](*given, np.random.default_rng(3))
    again = AUGMENTATIONS[name](*batch(), np.random.default_rng(3))
    for a, b, c, d in zip(first, again, given, batch(), strict=True):
        np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(c, d)


def test_about_half_of_the_curves_are_turned_around():
    curves, _, _ = reverse_time(*batch(), np.random.default_rng(0))
    turned = curves[:, 0, 0] > curves[:, -1, 0]
    assert 0.25 < turned.mean() < 0.75
    np.testing.assert_array_equal(curves[turned], batch()[0][turned][:, ::-1])


def test_moved_curve_has_all_of_its_points_but_the_seam():
    curves, _, _ = shift(*batch(), np.random.default_rng(0))
    assert (np.isnan(curves[..., 0]).sum(axis=1) == 1).all()
    assert len(np.unique(curves[:, 0, 0])) > 32


def test_gaps_are_of_both_channels():
    curves, _, _ = add_gaps(*batch(length=400), np.random.default_rng(0))
    assert np.isnan(curves).any()
    np.testing.assert_array_equal(np.isnan(curves[..., 0]), np.isnan(curves[..., 1]))


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_curve_keeps_its_class_when_its_points_change(name):
    curves, _, _ = batch()
    changed, targets, weights = WHOLE[name](curves, "targets", "weights", np.random.default_rng(0))
    assert changed.shape == curves.shape and (targets, weights) == ("targets", "weights")
    assert (np.isnan(changed) | (changed != curves)).any()
