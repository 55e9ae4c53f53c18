"""What a network says of lenses, refined: intervals, what is flagged, what is taken for granted."""

import numpy as np
import pytest

from otrain.domains.lenses.refinement.forward import LensForward
from otrain.domains.lenses.refinement.numbers import TARGETS, fit_draws, target_samples
from otrain.domains.lenses.refinement.prior import Prior
from otrain.domains.lenses.refinement.prove import DISAGREEMENT, OUTSIDE, prove

NAMES = ("theta_e", "e1", "e2", "x_source", "y_source", "source_size", "alpha[0][1]")
SCALE, RMS, COUNT = 0.1, 2.0, 3
TRUTH = np.array([0.7, 0.1, -0.15, 0.1, 0.2, 0.2])
VECTOR = [np.log(7.0), 0.1, -0.15, 0, 0, 1.0, 2.0, np.log(2.0)]
SD = np.array([0.03, 0.05, 0.05, 0.05, 0.05, 0.02, 1.0])
SEEN = {"theta_e": {"low": 0.4, "high": 1.2}, "source_size": {"low": 0.1, "high": 0.4}, "ellipseratio": {"low": 0.4, "high": 1.0},
        "x_source": {"low": -0.8, "high": 0.8}, "source": {"values": ["s"]}, "lens": {"values": ["SIE"]}}


def images(*, noise=RMS, exposure=None):
    rng = np.random.default_rng(0)
    light = np.repeat(100 * LensForward(32, psf=2.5).images([VECTOR]), COUNT, axis=0)
    light = light if exposure is None else rng.poisson(light * exposure) / exposure
    return (light + noise * rng.normal(size=light.shape)).astype(np.float32)[..., None]


def columns(**changed):
    known = {"pixel_scale": SCALE, "psf_fwhm": 2.5 * SCALE, "background_rms": RMS, "exposure_time": np.nan} | changed
    return {name: [value] * COUNT for name, value in known.items()}


def told(shift=0.0):
    value = np.tile([*TRUTH, 3.0], (COUNT, 1)) + SD * np.random.default_rng(1).normal(size=(COUNT, 7))
    value[:, 0] += shift
    return {"value": value, "sd": np.tile(SD, (COUNT, 1)), "correlations": np.tile(np.eye(7), (COUNT, 1, 1))}


def proved(pictures=None, given=None, *, channels=("image",), seen=SEEN, **changed):
    return prove(images() if pictures is None else pictures, channels, columns(**changed), given or told(), {}, names=NAMES,
                 seen=seen, draws=300)


def test_intervals_hold_the_truth_and_are_narrower_than_those_of_the_network():
    found = proved()
    assert not any(found["flag"]), found["flag_reason"]
    assert "alpha[0][1]" not in found and found["assumed"] == [""] * COUNT
    for name, truth, sd in zip(NAMES, TRUTH, SD):
        assert np.abs((np.array(found[name]) - truth) / found[f"{name}_std"]).max() < 4
        assert np.mean(found[f"{name}_std"]) < sd
        order = [found[f"{name}_{ending}"] for ending in ("p2_5", "p16", "p84", "p97_5")]
        assert (np.diff(order, axis=0) > 0).all()
    assert min(found["ess"]) > 0.1 and np.mean(found["chi2"]) == pytest.approx(1, abs=0.1)


def test_a_lens_has_the_same_proof_alone_in_another_place_and_in_a_worker():
    every, given = proved(), told()
    one = prove(images()[2:], ("image",), columns(), {name: value[2:] for name, value in given.items()}, {}, names=NAMES,
                seen=SEEN, draws=300, jobs=1)
    assert {name: values[0] for name, values in one.items()} == {name: values[2] for name, values in every.items()}


def test_network_that_is_far_off_is_mended_and_the_disagreement_said():
    found = proved(given=told(shift=0.35))
    assert np.allclose(found["theta_e"], 0.7, rtol=0.03)
    assert all(f"{DISAGREEMENT} (theta_e)" in words for words in found["flag_reason"])


def test_value_of_which_few_draws_count_has_no_interval():
    x, y = np.meshgrid(np.arange(32), np.arange(32))
    stripes = np.where((x // 4 + y // 4) % 2, 3000.0, 0.0).astype("f4")  # no lens looks so
    found = proved(np.repeat(images()[:1] * 0 + stripes[None, ..., None], COUNT, axis=0))
    few = np.array(found["ess"]) * 300 < 10
    assert all(found["flag"]) and few.any()
    assert np.isnan(np.array(found["theta_e_std"])[few]).all() and np.isnan(np.array(found["theta_e_p16"])[few]).all()


def test_what_the_training_never_had_is_said():
    found = proved(seen=SEEN | {"psf_fwhm": {"low": 0.05, "high": 0.15}})
    assert all(f"{OUTSIDE} (psf_fwhm)" in words for words in found["flag_reason"])


def test_missing_noise_is_measured_and_said():
    found = proved(background_rms=np.nan, pixel_scale=np.nan, seen=SEEN | {"pixel_scale": {"low": SCALE, "high": SCALE}})
    assert sum(found["flag"]) <= 1, found["flag_reason"]  # noise known to 10 % raises false alarms
    assert all(words.startswith("pixel_scale of the training, 0.1; noise measured at the border, ") for words in found["assumed"])
    assert np.abs((np.array(found["theta_e"]) - 0.7) / found["theta_e_std"]).max() < 4


def test_noise_map_counts_and_wrong_noise_is_flagged():
    noise = np.full((COUNT, 32, 32, 1), RMS, np.float32)
    found = proved(np.concatenate([images(), noise], axis=-1), channels=("image", "noise"), background_rms=50.0)
    assert not any(found["flag"]), found["flag_reason"]
    assert all(proved(images(noise=1.5 * RMS))["flag"])


def test_photons_are_counted_in_the_noise():
    pictures = images(exposure=1.0)
    assert not any(proved(pictures, exposure_time=1.0)["flag"])
    assert all(proved(pictures)["flag"])


def test_image_that_cannot_be_proved_is_flagged_in_words():
    found = proved(images()[:, :20])
    assert found["flag_reason"] == ["the image is not square"] * COUNT and np.isnan(found["theta_e"]).all()
    assert proved(np.full_like(images(), np.nan))["flag_reason"] == ["too few pixels have a value"] * COUNT


def test_numbers_of_the_fit_and_back():
    prior = Prior(("log_theta_e", "e1", "e2", "x_lens", "y_lens", "x_source", "y_source", "log_size", "s1", "s2"))
    rng = np.random.default_rng(0)
    names = ("einsteinradius", "ellipseratio", "orientation", "x", "y", "sigma", "sigma2")
    found = fit_draws(np.tile([7, 0.5, 30, 1, -2, 2, 3], (5, 1)), names, prior, SCALE, rng)
    one = dict(zip(prior.names, found.T))
    assert np.allclose(np.exp(one["log_theta_e"]), 7) and np.allclose(one["x_source"], 1) and np.allclose(one["y_source"], -2)
    assert np.allclose(one["e1"], np.cos(np.radians(60)) / 3) and np.allclose(np.exp(one["log_size"]), 3)  # the longer axis
    forward = LensForward(32, elliptical=True)
    found[:, -2:] = [1 / 3, 0]
    sizes, weight = target_samples("source_size", found, np.full(5, 0.2), forward, SCALE)
    assert np.allclose(np.unique(np.round(sizes, 9)), [0.15, 0.3]) and weight.sum() == pytest.approx(1)
    assert target_samples("n_sersic", found, np.full(5, 0.2), forward, SCALE) == (None, None)
    assert set(NAMES[:6]) < set(TARGETS)
