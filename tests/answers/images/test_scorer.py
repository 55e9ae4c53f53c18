from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.answer import Request
from otrain.answers.images.scorer import ImageScorer, images_path
from otrain.catalogue import DOMAINS
from otrain.data.results.calibration import softmax
from otrain.data.results.image_settings import ImageSettings
from otrain.errors import IntegrityError

CLASSES = ("quiet", "glitch", "line")


def make(raw, **asked):
    network = SimpleNamespace(name="net", identity="m", calibration_id="c", threshold=0.5, classes=CLASSES,
                              settings=ImageSettings(), logits=lambda images: raw)
    return ImageScorer(network, DOMAINS.load("transients"), Request("ecsv", **asked))


@pytest.fixture
def images():
    found = np.zeros((2, 2, 2, 1), "f4")
    found[0, 1, 1] = np.nan
    return found


@pytest.fixture
def raw():
    """The first image: quiet, glitch, line, glitch without a value; the second is quiet."""
    classes = np.array([[[0, 1], [2, 1]], [[0, 0], [0, 0]]])
    return 4.0 * np.eye(3)[classes]


def windows(images):
    columns = {name: [column.missing] * 2 for name, column in DOMAINS.load("transients").columns.items()}
    columns |= {"file": ["a.fits", "b.fits"], "position": [0, 0], "candid": ["a", "b"]}
    return SimpleNamespace(windows=lambda *asked: iter([(images, columns)]))


def test_pixels_of_each_class_are_counted_without_those_that_have_no_value(images, raw):
    ((part, _, counts),) = make(raw).parts(windows(images), None, None)
    assert part["pixels_glitch"].tolist() == [1, 0] and part["pixels_line"].tolist() == [1, 0]
    assert counts == {"glitch": 1, "line": 1}
    sure = softmax(raw)[0, 0, 1, 1]
    np.testing.assert_allclose(part["highest_glitch"], [sure, softmax(raw)[1, 0, 0, 1]])
    assert part["model_id"].tolist() == ["m", "m"] and part["calibration_id"].tolist() == ["c", "c"]
    np.testing.assert_allclose(part["image_probability"][0, 0, 1, 0], sure, rtol=1e-6)
    assert np.isnan(part["image_probability"][0, 1, 1]).all()


def test_pixel_of_exactly_the_threshold_is_called(images, raw):
    sure = float(softmax(raw)[0, 0, 1, 1])
    ((part, _, _),) = make(raw, threshold=sure).parts(windows(images), None, None)
    assert part["pixels_glitch"].tolist() == [1, 0] and part["threshold"].tolist() == [sure, sure]


def test_maps_are_left_out_when_nobody_wants_them(images, raw):
    scorer = make(raw, options={"maps": False})
    ((part, _, _),) = scorer.parts(windows(images), None, None)
    assert "image_probability" not in part and scorer.request() == {"threshold": 0.5, "maps": False}


def test_reply_that_is_not_finite_is_refused(images, raw):
    raw[1, 0, 0, 0] = np.inf
    with pytest.raises(IntegrityError, match="not finite"):
        make(raw).score(images)


def test_probabilities_lie_beside_their_table():
    assert images_path("night/t.ecsv").as_posix() == "night/t.maps.h5"
