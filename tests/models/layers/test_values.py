import keras
import numpy as np
import pytest

from otrain.bundle.export import export_bundle
from otrain.bundle.parity import encoded_replies
from otrain.data.results.value_encoding import ValueEncoding
from otrain.models.layers.head import score_head
from otrain.models.layers.normalise import normalise
from otrain.models.load import load_network
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.value_losses import split_answers

ENCODING = ValueEncoding(("theta_e", "flux", "beta[1][0]"), ("arcsec", "", "pix"), ("linear", "asinh", "asinh"),
                         (1.0, 20.0, 1e-7), (1.2, 2.5, 0.0), (0.3, 1.5, 2.0))
UNITS = {"": 3, "each": 6, "joint": 9}


def network(errors, answers_alone=False):
    """Return the ending of a network on answers, or a small network of cutouts with it."""
    outputs = OutputSpec(UNITS[errors], "linear", ENCODING.to_dict(), errors)
    if answers_alone:
        answers = keras.Input((UNITS[errors],))
        head = keras.Model(answers, score_head(answers, outputs))
        head.get_layer("logits").set_weights([np.eye(UNITS[errors]), np.zeros(UNITS[errors])])
        return head
    cutout = keras.Input((8, 8, 1), name="cutout")
    x = keras.layers.Flatten()(normalise(cutout, "robust"))
    x = keras.layers.Dropout(0.2)(keras.layers.Dense(16, activation="relu")(x))
    return keras.Model(cutout, score_head(x, outputs))


def answers(errors, n=40, seed=0):
    return np.random.default_rng(seed).normal(size=(n, UNITS[errors])).astype("f4")


@pytest.mark.parametrize("errors", UNITS)
def test_values_leave_the_network_in_their_own_units(errors):
    said = answers(errors)
    given = network(errors, answers_alone=True).predict(said, verbose=0)
    np.testing.assert_allclose(given[:, :3], ENCODING.decode(said[:, :3]), rtol=1e-5, atol=1e-12)


def test_standard_deviation_is_the_encoded_one_over_the_slope():
    said = answers("each")
    given = network("each", answers_alone=True).predict(said, verbose=0).astype(float)
    np.testing.assert_allclose(given[:, 3:] * ENCODING.slope(given[:, :3]), np.exp(0.5 * said[:, 3:]), rtol=1e-4)


def test_joint_errors_are_those_of_the_triangle():
    said = answers("joint", 5)
    given = network("joint", answers_alone=True).predict(said, verbose=0).astype(float)
    for one, reply in zip(said.astype(float), given, strict=True):
        unit = np.array([[1, 0, 0], [one[6], 1, 0], [one[7], one[8], 1]])
        lower = np.diag(np.exp(0.5 * one[3:6])) @ unit
        covariance = lower @ lower.T
        errors = np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(reply[3:6] * ENCODING.slope(reply[:3]), errors, rtol=1e-4)
        correlations = covariance / np.outer(errors, errors)
        np.testing.assert_allclose(reply[6:], [correlations[1, 0], correlations[2, 0], correlations[2, 1]], atol=1e-5)


@pytest.mark.parametrize("errors", UNITS)
@pytest.mark.parametrize("size", [1e3, 1e30, -1e30])
def test_nothing_that_a_network_says_overflows(errors, size):
    given = network(errors, answers_alone=True).predict(np.full((2, UNITS[errors]), size, "f4"), verbose=0)
    assert np.isfinite(given).all()
    assert (given[:, 3:6] > 0).all()


@pytest.mark.parametrize("errors", UNITS)
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_saved_network_decodes_as_before(errors, ending, tmp_path):
    made = network(errors)
    made.save(tmp_path / f"n.{ending}")
    images = np.random.default_rng(0).normal(size=(5, 8, 8, 1)).astype("f4")
    np.testing.assert_array_equal(load_network(tmp_path / f"n.{ending}").predict(images, verbose=0),
                                  made.predict(images, verbose=0))


@pytest.mark.parametrize("errors", UNITS)
def test_exported_network_decodes_as_keras_does(errors, tmp_path):
    images = np.random.default_rng(0).normal(size=(20, 8, 8, 1)).astype("f4")
    meta = {"channels": ["image"], "classes": [], "domain": "toy", "recipe": {}, "task": "regression"}
    made = network(errors)
    bundle = export_bundle(made, tmp_path / "b", cube_meta=meta, golden_images=images, encoding=ENCODING.to_dict(),
                           settings=Settings())
    assert bundle.manifest["encoding"] == ENCODING.to_dict()
    given, expected = bundle.logits(images), made.predict(images, verbose=0)
    assert bundle.features(images).shape == (20, 16)
    np.testing.assert_allclose(encoded_replies(given, ENCODING), encoded_replies(expected.astype(float), ENCODING),
                               atol=1e-5)


class Settings:
    """Those of an answer of another package."""

    def to_dict(self):
        return {"kind": "numbers"}


def test_log_variances_are_bounded_where_they_are_split():
    said = np.array([[0.0, 0.0, 50.0, -50.0, 3.0]], "f4")
    means, log_variances, triangle = split_answers(said, 2)
    np.testing.assert_array_equal(means, [[0, 0]])
    np.testing.assert_array_equal(log_variances, [[20, -20]])
    np.testing.assert_array_equal(triangle, [[3]])


def test_input_of_toy_network_is_named():
    assert InputSpec("cutout", (8, 8, 1)).name == network("").inputs[0].name
