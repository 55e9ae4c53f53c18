import json
import subprocess
import sys

import numpy as np
import pytest

from otrain.data.results.calibration import ScoreSettings
from otrain.errors import IntegrityError, OutputError, UsageError

keras = pytest.importorskip("keras")
from keras import layers, ops  # noqa: E402

from otrain.bundle import export  # noqa: E402
from otrain.bundle.bundle import Bundle  # noqa: E402
from otrain.bundle.export import export_bundle, logit_model  # noqa: E402
from otrain.bundle.session import Session  # noqa: E402
from otrain.models.allowed import ACTIVATIONS  # noqa: E402

pytestmark = pytest.mark.slow
META = {"channels": ["difference"], "classes": ["bogus", "real"], "domain": "transients",
        "recipe": {"kind": "cutout", "size": 12, "channels": ["difference"], "pad": False, "nonfinite": "fill"},
        "task": "classification"}


def network(*, units=1, dropout=0.3, masked=True, seed=0, activation=None):
    """A convolution and two dense layers, with or without a mask for pixels without a value."""
    keras.utils.set_random_seed(seed)
    cutout = keras.Input((12, 12, 1), name="cutout")
    x = cutout
    if masked:
        x = ops.where(ops.isnan(cutout), 0.0, cutout)
        x = ops.clip(ops.where(ops.isinf(x), 0.0, x), -1e15, 1e15)
        x = ops.concatenate([ops.arcsinh(x), ops.cast(ops.isfinite(cutout), "float32")], axis=-1)
    x = layers.Flatten()(layers.Conv2D(3, 3, activation="relu")(x))
    if dropout is not None:
        x = layers.Dropout(dropout)(x)
    x = layers.Dense(4, activation="relu")(x)
    x = layers.Dense(units, name="logits")(x)
    activation = activation or ("sigmoid" if units == 1 else "softmax")
    return keras.Model(cutout, layers.Activation(activation, name="score")(x))


def images(n=40):
    return np.random.default_rng(0).normal(size=(n, 12, 12, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    model = network()
    return model, export_bundle(model, tmp_path_factory.mktemp("export") / "bundle", cube_meta=META,
                                golden_images=images(), settings=ScoreSettings(train_prior=0.5))


def test_bundle_scores_as_the_network_does(exported):
    model, bundle = exported
    x = images() * 3
    np.testing.assert_allclose(bundle.scores(x), model.predict(x, verbose=0)[:, 0], atol=2e-6)


@pytest.mark.parametrize("name", sorted(filter(None, ACTIVATIONS)))
def test_every_activation_that_a_network_may_have_is_exported(name):
    cutout = keras.Input((12, 12, 1), name="cutout")
    x = layers.Conv2D(3, 3, activation=name)(cutout)
    score = layers.Activation("sigmoid", name="score")(layers.Dense(1, name="logits")(layers.Flatten()(x)))
    whole = logit_model(keras.Model(cutout, score))
    x = images() * 3
    received = Session(export._to_onnx(whole), x.shape[1:], len(x), "model.onnx").run(x)[0]
    np.testing.assert_allclose(received, np.asarray(whole(x)[0]), atol=1e-5)


def test_same_network_gives_the_same_bundle_twice(exported, tmp_path):
    again = export_bundle(network(), tmp_path / "b", cube_meta=META, golden_images=images(), settings=ScoreSettings(train_prior=0.5))
    assert again.identity == exported[1].identity
    assert again.manifest["files"] == exported[1].manifest["files"] | {
        "card.md": again.manifest["files"]["card.md"]}  # the card says when it was made


def test_head_without_dropout_continues_the_graph(exported):
    _, bundle = exported
    x = images()
    features = bundle.features(x).astype(float)
    full = bundle._head._forward(features)
    np.testing.assert_allclose(full, bundle.logits(x), atol=2e-6)


def test_uncertainty_equals_that_of_keras_with_dropout(exported):
    model, bundle = exported
    x = images(8)
    drawn = np.stack([np.asarray(model(x, training=True))[:, 0] for _ in range(200)])
    # A standard deviation from 200 draws is known to 5 %; three sigma and both sides: 0.3.
    np.testing.assert_allclose(bundle.uncertainty(x, 200), drawn.std(axis=0), rtol=0.3)


@pytest.mark.parametrize("dropout, words", [(None, "no dropout in front"), (0.0, "trained without dropout")])
def test_network_without_dropout_has_no_uncertainty_and_says_why(tmp_path, dropout, words):
    bundle = export_bundle(network(dropout=dropout), tmp_path / "b", cube_meta=META, golden_images=images(4))
    assert words in bundle.manifest["head_note"]
    assert not (bundle.path / "head.npz").exists()


def test_two_units_give_the_log_odds_of_real(tmp_path):
    model = network(units=2)
    bundle = export_bundle(model, tmp_path / "b", cube_meta=META, golden_images=images(4))
    x = images()
    np.testing.assert_allclose(bundle.scores(x), model.predict(x, verbose=0)[:, 1], atol=2e-6)


def test_three_units_give_one_logit_per_class(tmp_path):
    model = network(units=3)
    bundle = export_bundle(model, tmp_path / "b", cube_meta=META | {"classes": ["a", "b", "c"]},
                           golden_images=images(4))
    x = images()
    np.testing.assert_allclose(bundle.scores(x), model.predict(x, verbose=0), atol=2e-6)


@pytest.mark.parametrize("units", [1, 2, 3])
def test_numbers_leave_the_network_as_they_are(units):
    model = network(units=units, activation="linear")
    numbers, _ = logit_model(model)(images(4))
    np.testing.assert_allclose(numbers, model.predict(images(4), verbose=0), rtol=1e-5, atol=1e-6)
    assert numbers.shape == (4, units)


def test_sigmoid_of_several_units_is_refused():
    with pytest.raises(UsageError, match="Received: 2 with sigmoid"):
        logit_model(network(units=2, activation="sigmoid"))


def test_network_without_mask_takes_pixels_without_a_value_as_zero(tmp_path):
    bundle = export_bundle(network(masked=False), tmp_path / "b", cube_meta=META, golden_images=images(4))
    holes = images()
    holes[:, 3, 3] = np.nan
    zeros = np.nan_to_num(holes)
    assert np.array_equal(bundle.logits(holes), bundle.logits(zeros))


def test_network_that_differs_from_keras_is_not_shipped(tmp_path, monkeypatch):
    converted = export._to_onnx(logit_model(network(seed=1)))
    monkeypatch.setattr(export, "_to_onnx", lambda cut: converted)
    with pytest.raises(IntegrityError, match="differs from Keras by more than rounding on golden"):
        export_bundle(network(), tmp_path / "b", cube_meta=META, golden_images=images(4))
    assert not (tmp_path / "b").exists()


def test_network_whose_large_terms_cancel_is_shipped_with_a_warning(tmp_path):
    """Weights of a million that cancel: no two programs agree on such scores to 1e-5."""
    model = network(dropout=0.0)
    hidden, last = model.layers[-3], model.layers[-2]
    kernel, bias = hidden.get_weights()
    kernel[:, 1] = 3 * kernel[:, 0]
    hidden.set_weights([kernel, bias])
    last.set_weights([np.array([[3e6], [-1e6], [0], [0]], "f4"), last.get_weights()[1]])
    bundle = export_bundle(model, tmp_path / "b", cube_meta=META, golden_images=images())
    assert "Mind: that is more than 1e-05" in (bundle.path / "card.md").read_text()


def test_network_whose_logits_are_not_finite_is_not_shipped(tmp_path):
    model = network()
    kernel, bias = model.get_layer("logits").get_weights()
    model.get_layer("logits").set_weights([kernel, bias * np.nan])
    with pytest.raises(IntegrityError, match="not finite"):
        export_bundle(model, tmp_path / "b", cube_meta=META, golden_images=images(4))


def test_network_must_end_in_score(tmp_path):
    cutout = keras.Input((12, 12, 1))
    model = keras.Model(cutout, layers.Dense(1, activation="sigmoid")(layers.Flatten()(cutout)))
    with pytest.raises(UsageError, match="must end in an Activation named 'score'"):
        export_bundle(model, tmp_path / "b", cube_meta=META, golden_images=images(4))


def test_existing_bundle_is_refused_before_the_work(exported):
    with pytest.raises(OutputError, match="exists already"):
        export_bundle(None, exported[1].path, cube_meta=META, golden_images=images(4))


def test_description_holds_what_scoring_elsewhere_needs(exported):
    manifest = json.loads((exported[1].path / "bundle.json").read_text())
    assert manifest["input"] == {"name": "cutout", "shape": [12, 12, 1], "dtype": "float32"}
    assert manifest["outputs"] == {"logits": [], "features": [300]}
    assert manifest["head"] == {"rate": 0.3, "activations": ["relu", "linear"]}
    assert isinstance(exported[1], Bundle)


@pytest.mark.slow
def test_network_that_a_fresh_process_has_only_loaded_gets_its_logits(tmp_path):
    # Keras names operations by counting, and a process that built nothing counts from the start.
    from otrain.models.compact import build_compact
    from otrain.models.ports import InputSpec, OutputSpec

    path = tmp_path / "alone.keras"
    build_compact([InputSpec("cutout", (16, 16, 1))], OutputSpec(1, "sigmoid"), seed=0).save(path)
    code = ("import sys, numpy as np; from otrain.bundle.export import logit_model; "
            "from otrain.models.load import load_network; "
            "print(logit_model(load_network(sys.argv[1]))(np.ones((2, 16, 16, 1), 'f4'))[0].shape)")
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True)
    assert done.stdout.strip() == "(2,)", done.stderr[-2000:]
