import keras
import numpy as np
import pytest

from otrain.errors import UsageError
from otrain.models.ports import InputSpec, OutputSpec
from otrain.models.unet3p_1d import build_unet3p


def network(shape=(96, 2), units=1, **options):
    head = OutputSpec(units, "sigmoid" if units == 1 else "softmax")
    return build_unet3p([InputSpec("cutout", shape)], head, **{"seed": 1, "depth": 3} | options)


def curves(shape, n=2):
    return np.random.default_rng(0).normal(size=(n, *shape)).astype("f4")


def reach(length=1601, **options):
    """Return how many points away a point can change a score."""
    net = network((length, 1), **options)
    logits = keras.Model(net.inputs[0], net.get_layer("score").input)
    first, second = curves((length, 1), 1), curves((length, 1), 1)
    second[0, length // 2] += 1e4
    seen = np.flatnonzero(np.abs(logits(first) - logits(second))[0, :, 0] > 1e-5)
    return max(length // 2 - seen[0], seen[-1] - length // 2)


@pytest.mark.parametrize(("features", "published"), [(4, 129_537), (8, 516_385)])
@pytest.mark.parametrize("upsample", ["last", "first"])
def test_number_of_parameters_is_the_published_one(features, published, upsample):
    """Weights A and B of Panopticon; theirs see the flux alone, ours a mask too."""
    trained = network((96, 1), depth=5, features=features, kernel=11, upsample=upsample).trainable_weights
    mask = 11 * features
    assert sum(int(np.prod(w.shape)) for w in trained) - mask == published


@pytest.mark.parametrize("length", [16, 17, 18, 19, 101])
def test_any_length_is_taken(length):
    assert network((length, 2))(curves((length, 2))).shape == (2, length, 1)


@pytest.mark.parametrize("options", [{"depth": 1}, {"depth": 2, "kernel": 31}, {"kernel": 3, "dilation": 2},
                                     {"features": 4}, {"dropout": 0.0}, {"normalise": "none"}, {"stride": 4},
                                     {"upsample": "first"}])
def test_options_are_free(options):
    assert network((120, 2), units=3, **options)(curves((120, 2))).shape == (2, 120, 3)


def test_convolution_after_upsampling_sees_less_of_the_curve():
    """As published: a kernel of seven on the finest scale spans half a point of the coarsest."""
    assert reach(upsample="first") < reach(upsample="last")


def test_unknown_order_of_upsampling_is_refused():
    with pytest.raises(UsageError, match=r"`upsample` must be one of last, first. Received: 'never'"):
        network(upsample="never")


def test_score_depends_on_days_to_each_side():
    assert 4 * 48 < reach(depth=5) < 12 * 48  # of 1800 s


def test_bfloat16_gives_nearly_the_same_scores_and_float32_at_the_end():
    single = network((96, 2))
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    try:
        half = network((96, 2))
    finally:
        keras.mixed_precision.set_dtype_policy("float32")
    half.set_weights(single.get_weights())
    assert half.get_layer("logits").compute_dtype == "float32"
    # Between the layers too: an operation with an array of float32 would make all behind it float32.
    assert {layer.output.dtype for layer in half.layers if isinstance(layer, keras.layers.ReLU)} == {"bfloat16"}
    assert {layer.output.dtype for layer in half.layers if isinstance(layer, keras.layers.SpatialDropout1D)} == {
        "bfloat16"}
    np.testing.assert_allclose(half(curves((96, 2))), single(curves((96, 2))), atol=0.05)


def test_what_a_gap_holds_in_one_channel_or_all_changes_nothing():
    first, second = curves((96, 2)), curves((96, 2))
    first[:, 40:50], second[:, 40:50] = np.nan, np.inf
    np.testing.assert_array_equal(network()(first), network()(second))


def test_gap_is_not_the_same_as_zero_flux():
    first, second = curves((96, 2)), curves((96, 2))
    first[:, 40:50], second[:, 40:50] = np.nan, 0
    assert np.abs(network()(first) - network()(second)).max() > 1e-4


def test_same_seed_gives_the_same_weights():
    first, second, other = (network(seed=seed).get_weights() for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
