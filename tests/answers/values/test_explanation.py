"""On what a number rests: which examples are chosen, what is written, what is refused."""

import keras
import numpy as np
import pytest
from made_values import SIDE, made_values

from otrain.answers.values.explanation import explain_values
from otrain.data.results.heat_maps import HeatMapDirectory, read_heat_maps
from otrain.data.results.value_encoding import ValueEncoding
from otrain.data.results.value_settings import ValueSettings
from otrain.errors import IntegrityError, UsageError


def disc_network():
    """Two numbers of an image of a disc: the mean of the middle, and 5 x the mean of the corner."""
    image = keras.Input((SIDE, SIDE, 1), name="cutout")
    x = keras.layers.Conv2D(2, 1, use_bias=False, name="copies")(image)
    kernel = np.zeros((SIDE, SIDE, 2, 2))
    kernel[4:9, 4:9, 0, 0], kernel[:3, :3, 0, 1] = 1 / 25, 5 / 9
    raw = keras.layers.Dense(2, name="logits")(keras.layers.Flatten()(x))
    network = keras.Model(image, keras.layers.Activation("linear", name="score")(raw))
    network.get_layer("copies").set_weights([np.ones((1, 1, 1, 2))])
    network.get_layer("logits").set_weights([kernel.reshape(-1, 2), np.zeros(2)])
    return network


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    made = made_values(tmp_path_factory.mktemp("asked"), count=2, tells="values", examples=60)
    made.model = disc_network()
    made.replies.predictions.logits = np.asarray(made.model.predict(made.replies.read_images(np.arange(60)), verbose=0), float)
    encoding = ValueEncoding(made.names, ("arcsec", ""), ("linear",) * 2, (1.0,) * 2, (1.0, 0.0), (0.5, 0.2))
    made.settings = ValueSettings(encoding, (0.1, 0.1))
    return made


def explained(asked, folder, **changed):
    folder.mkdir()
    how = {"count": 5, "threshold": 0.5, "method": "saliency", "seed": 0, "layer": None, "towards": None} | changed
    return explain_values(HeatMapDirectory(folder), asked.model, asked.replies, asked.settings, **how)


def test_worst_errors_of_the_number_and_some_others_are_drawn(asked, tmp_path):
    told = explained(asked, tmp_path / "out", towards="e1").content
    stored = read_heat_maps(tmp_path / "out" / "heat_maps.npz")
    error = np.abs(asked.replies.raw[:, 1] - asked.truth[:, 1])
    assert told["counts"] == {"worst": 5, "random": 5} and told["target"] == "e1"
    assert stored["row"][:5].tolist() == np.argsort(-error)[:5].tolist() and stored["group"].tolist() == ["worst"] * 5 + ["random"] * 5
    assert len(set(stored["row"].tolist())) == 10
    np.testing.assert_allclose(stored["value"], asked.replies.raw[stored["row"], 1])
    for group in ("worst", "random"):
        assert len(list((tmp_path / "out" / group).glob("cutout_CAM_*.png"))) == 5
    # The number comes from a corner, in which alone a map is hot.
    assert stored["maps"][:, :3, :3].sum() > 0.99 * stored["maps"].sum()


def test_hottest_pixels_move_the_number_and_random_ones_hardly(asked, tmp_path):
    told = explained(asked, tmp_path / "out", method="saliency", count=20).content
    assert told["target"] == "theta_e" and told["moved"]["heat"] > 3 * told["moved"]["random"]
    assert told["moved"]["better_than_random"] > 0.9 and "theta_e moves by" in told["words"][0]
    assert not any("do not trust" in words for words in told["words"])
    again = explained(asked, tmp_path / "again", method="saliency", count=20).content
    assert again == told


def test_other_network_or_number_is_refused(asked, tmp_path):
    with pytest.raises(UsageError, match="gives no number 'theta'"):
        explained(asked, tmp_path / "no", towards="theta")
    weights = asked.model.get_weights()
    try:
        asked.model.set_weights([weight + 0.1 for weight in weights])
        with pytest.raises(IntegrityError, match="not the same network"):
            explained(asked, tmp_path / "other")
    finally:
        asked.model.set_weights(weights)
