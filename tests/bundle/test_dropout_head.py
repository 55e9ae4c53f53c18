import io

import numpy as np
import pytest

from otrain.bundle.dropout_head import DropoutHead, read_arrays
from otrain.errors import IntegrityError


def head(rate=0.25):
    rng = np.random.default_rng(0)
    return DropoutHead(rate, ("relu", "linear"), [(rng.normal(size=(6, 4)), rng.normal(size=4)),
                                                  (rng.normal(size=(4, 2)), rng.normal(size=2))])


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def test_mean_over_masks_of_a_linear_head_is_the_logit_without_dropout():
    kernel = np.random.default_rng(0).normal(size=(50, 1))
    linear = DropoutHead(0.3, ("linear",), [(kernel, np.zeros(1))])
    features = np.random.default_rng(1).random((3, 50))
    drawn = linear.logits(features, 4000, seed=0)
    # Standard error: sqrt(sum (k f)^2 x 0.3 / 0.7 / 4000), about 0.045.
    np.testing.assert_allclose(drawn.mean(axis=0), (features @ kernel)[:, 0], atol=0.2)


def test_two_units_give_the_log_odds():
    logits = head().logits(np.ones((5, 6)), 3, seed=0)
    assert logits.shape == (3, 5)


def test_head_survives_its_file():
    before = head()
    arrays = read_arrays(npz(**before.to_arrays()), "head.npz", limit=10_000)
    after = DropoutHead.from_arrays({"rate": 0.25, "activations": ["relu", "linear"]}, arrays, "head.npz")
    features = np.random.default_rng(2).random((4, 6))
    np.testing.assert_array_equal(before.logits(features, 5, 1), after.logits(features, 5, 1))


@pytest.mark.parametrize("description", [
    {}, {"rate": 1.0, "activations": ["linear"]}, {"rate": 0.5, "activations": []},
    {"rate": 0.5, "activations": ["system"]}, {"rate": 0.5, "activations": [["relu"]]},
    {"rate": 0.5, "activations": ["linear"], "code": ""},
])
def test_impossible_head_is_refused(description):
    with pytest.raises(IntegrityError, match="impossible"):
        DropoutHead.from_arrays(description, head().to_arrays(), "head.npz")


def test_head_with_a_missing_layer_is_refused():
    with pytest.raises(IntegrityError, match="lacks 'kernel_2'"):
        DropoutHead.from_arrays({"rate": 0.5, "activations": ["relu"] * 3}, head().to_arrays(), "head.npz")


def test_layers_that_do_not_fit_are_refused():
    arrays = head().to_arrays() | {"kernel_1": np.zeros((9, 2))}
    with pytest.raises(IntegrityError, match="do not fit"):
        DropoutHead.from_arrays({"rate": 0.5, "activations": ["relu", "linear"]}, arrays, "head.npz")


@pytest.mark.parametrize("content, words", [
    (b"", "cannot be read"), (b"PK\x03\x04nonsense", "cannot be read"),
    (npz(a=np.array([{}], object)), "cannot be read"), (npz(a=np.array(["text"])), "floating-point"),
    (npz(a=np.zeros(10_000)), "unpacks to more"),
])
def test_arrays_that_are_no_numbers_are_refused(content, words):
    with pytest.raises(IntegrityError, match=words):
        read_arrays(content, "head.npz", limit=50_000)
