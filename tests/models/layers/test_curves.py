import keras
import numpy as np
import pytest

from otrain.errors import DataError, UsageError
from otrain.models.layers.curves import CurveBlocks, curve_input, upsampled
from otrain.models.ports import InputSpec


def blocks(**options):
    return CurveBlocks(**{"kernel": 3, "dilation": 1, "dropout": 0.0, "seed": 1} | options)


def run(function, values):
    x = keras.Input(values.shape[1:])
    return keras.Model(x, function(x))(values).numpy()


@pytest.mark.parametrize("factor", [2, 4, 16])
def test_upsampled_curve_is_linear_between_the_middles(factor):
    values = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("f4")
    middles = (np.arange(6) + 0.5) * factor - 0.5
    expected = np.stack([[np.interp(np.arange(6 * factor), middles, values[n, :, c]) for c in range(3)]
                         for n in range(2)]).transpose(0, 2, 1)
    np.testing.assert_allclose(run(lambda x: upsampled(x, factor), values), expected, atol=1e-6)


def test_upsampled_curve_is_that_of_keras_bilinear_images():
    values = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("f4")
    expected = keras.ops.image.resize(values[:, :, None], (24, 1), interpolation="bilinear")[:, :, 0]
    np.testing.assert_allclose(run(lambda x: upsampled(x, 4), values), expected, atol=1e-6)


def test_convolution_goes_on_by_reflection_at_both_ends():
    kernel = np.array([1.0, 2.0, 4.0, 8.0, 16.0], "f4")
    values = np.arange(1.0, 9.0, dtype="f4").reshape(1, 8, 1)
    x = keras.Input((8, 1))
    network = keras.Model(x, blocks(kernel=5).convolution(x, 1))
    network.layers[-3].set_weights([kernel.reshape(5, 1, 1)])
    expected = np.correlate(np.pad(values[0, :, 0], 2, mode="reflect"), kernel, "valid")
    np.testing.assert_allclose(network(values)[0, :, 0], expected / np.sqrt(1 + 1e-3), rtol=1e-6)


def test_dilated_kernel_reaches_further():
    assert blocks(kernel=7, dilation=4).reach == 12
    assert run(lambda x: blocks(kernel=7, dilation=4).convolution(x, 2), np.zeros((1, 40, 1), "f4")).shape == (1, 40, 2)


@pytest.mark.parametrize("factor", [2, 3])
def test_spreading_is_a_transposed_convolution(factor):
    values = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("f4")
    x = keras.Input((5, 3))
    ours = keras.Model(x, blocks().spread(x, 4, factor))
    kernel, _ = ours.layers[1].get_weights()
    transposed = keras.layers.Conv1DTranspose(4, factor, strides=factor, use_bias=False)
    keras.Model(x, transposed(x))
    transposed.set_weights([kernel.reshape(3, factor, 4).transpose(1, 2, 0)])
    np.testing.assert_allclose(ours(values), transposed(values), atol=1e-6)


def test_length_is_continued_by_reflection_to_one_that_can_be_halved():
    curve, x = curve_input(InputSpec("curve", (37, 1)), blocks(), normalise="none", depth=4)
    values = np.arange(37.0, dtype="f4").reshape(1, 37, 1)
    values[0, 35] = np.nan
    got = keras.Model(curve, x)(values).numpy()[0]
    assert got.shape == (40, 2)
    assert got[36:, 0].tolist() == [36, 0, 34, 33] and got[34:, 1].tolist() == [1, 0, 1, 0, 1, 1]


def test_stride_puts_neighbours_side_by_side():
    curve, x = curve_input(InputSpec("curve", (38, 1)), blocks(), normalise="none", depth=3, stride=2)
    values = np.arange(38.0, dtype="f4").reshape(1, 38, 1)
    got = keras.Model(curve, x)(values).numpy()[0]
    assert got.shape == (20, 4) and got[:2].tolist() == [[0, 1, 1, 1], [2, 1, 3, 1]]


def test_dropout_takes_whole_channels():
    x = keras.Input((30, 64))
    got = keras.Model(x, blocks(dropout=0.5).drop(x))(np.ones((1, 30, 64), "f4"), training=True).numpy()[0]
    assert 10 < (got == 0).all(axis=0).sum() < 54
    assert ((got == 0).all(axis=0) | (got != 0).all(axis=0)).all()


@pytest.mark.parametrize(("options", "words"), [
    ({"kernel": 4}, "`kernel` must be odd, so that it has a middle. Received: 4"),
    ({"kernel": -1}, "`kernel` must be odd"),
    ({"dilation": 0}, "`dilation` must be at least 1. Received: 0"),
    ({"dropout": 1.0}, r"`dropout` must lie in \[0, 1\). Received: 1.0"),
])
def test_impossible_blocks_are_refused(options, words):
    with pytest.raises(UsageError, match=words):
        blocks(**options)


def test_impossible_curves_are_refused():
    def opened(shape, depth=5):
        return curve_input(InputSpec("curve", shape), blocks(kernel=7), normalise="log", depth=depth)

    assert opened((64, 2))
    with pytest.raises(DataError, match=r"curves of 63 points are too short .* look 3 points .* at least 64 points"):
        opened((63, 2))
    for shape in ((63, 63, 3), (None, 2)):
        with pytest.raises(DataError, match=r"takes examples \(L, C\) of one length"):
            opened(shape)
    with pytest.raises(UsageError, match=r"`depth` must be at least 1. Received: 0"):
        opened((64, 2), depth=0)
    with pytest.raises(UsageError, match=r"`stride` must be at least 1. Received: 0"):
        curve_input(InputSpec("curve", (64, 2)), blocks(), normalise="log", depth=2, stride=0)
