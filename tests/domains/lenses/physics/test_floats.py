import numpy as np

from otrain.domains.lenses.physics.floats import float_arrays, parameter


def test_float32_stays_float32():
    x, y = float_arrays(np.float32(1.5), np.zeros(3, np.float32))
    assert x.dtype == y.dtype == np.float32


def test_integers_become_float64():
    x, y = float_arrays([1, 2], 3)
    assert x.dtype == y.dtype == np.float64


def test_one_float64_decides():
    x, y = float_arrays(np.zeros((1, 2), np.float32), np.zeros((3, 1)))
    assert (x.dtype, y.dtype) == (np.float64, np.float64)
    assert (x.shape, y.shape) == ((1, 2), (3, 1))


def test_parameter_does_not_widen_an_image():
    image = np.ones(2, np.float32)
    assert (image * parameter(np.float64(0.1), image.dtype)).dtype == np.float32
