"""The Q-transform at one Q as a Keras layer, made of real matrix products that export to ONNX.

Complex Fourier operations do not export. A transform of ``n = a * b`` points is
therefore done in two steps of ``a`` and ``b`` points (Cooley and Tukey 1965), each a
product with a constant matrix of cosines and sines, with a rotation in between. Only
the bins of the spectrum that some window looks at are computed.
"""

import math

import keras
import numpy as np
from keras import ops

from otrain.errors import UsageError
from otrain.models.layers.q_tiling import QGrid, QTiling, grid_frequencies

__all__ = ["QTransform"]

LARGEST_FACTOR = 4096  # of the length of a series; one that is larger makes a matrix of 10^8 numbers
HALVINGS = 20
SMALLEST, LARGEST = 1e-30, 3e38  # energies in float32


@keras.saving.register_keras_serializable(package="otrain")
class QTransform(keras.layers.Layer):
    """Map whitened series to energies over time and frequency, every row divided by its median.

    Parameters
    ----------
    sample_rate : float
        Of the series [Hz].
    q, frequency_range, mismatch, offset
        As for `otrain.models.layers.q_tiling.QTiling`.
    time_bins, frequency_bins : int
        Of the map.
    log : bool
        Whether the frequencies are equally spaced in their logarithm.
    time_reduce : {"sample", "max", "mean"}
        As for `otrain.models.layers.q_tiling.QGrid`.
    **options
        Of every Keras layer: name, trainable, dtype.

    Raises
    ------
    UsageError
        When it is built, if the transform is impossible or the length has too large a prime factor.

    Notes
    -----
    Input shape: (N, samples, channels), finite, with a standard deviation of about 1 (raw strain of 1e-21
    underflows in float32). Output shape: (N, time_bins, frequency_bins, channels).
    """

    def __init__(self, sample_rate, *, q=12.0, frequency_range=(8.0, 500.0), time_bins=256,
                 frequency_bins=64, log=True, time_reduce="sample", mismatch=0.2, offset=0, **options):
        super().__init__(**options)
        self.settings = {
            "sample_rate": float(sample_rate), "q": float(q),
            "frequency_range": [float(edge) for edge in frequency_range], "time_bins": int(time_bins),
            "frequency_bins": int(frequency_bins), "log": bool(log), "time_reduce": str(time_reduce),
            "mismatch": float(mismatch), "offset": int(offset)}

    def build(self, input_shape):
        """Prepare the matrices for series of one length."""
        settings = self.settings
        if len(input_shape) != 3 or input_shape[1] is None:
            raise UsageError("a Q-transform needs series of a known length, (N, samples, channels). "
                             f"Received: {tuple(input_shape)}.")
        tiling = QTiling(settings["sample_rate"], int(input_shape[1]), settings["q"],
                         tuple(settings["frequency_range"]), settings["mismatch"], settings["offset"])
        frequencies = grid_frequencies(settings["frequency_range"], settings["frequency_bins"],
                                       log=settings["log"])
        self._grid = QGrid(tiling, settings["time_bins"], frequencies, settings["time_reduce"])
        looked_at = [(tiles, [tiling.bins(row) for row in rows]) for tiles, rows in tiling.groups()]
        last = max(int(bins.max()) for _, group in looked_at for bins, _ in group)
        self._spectrum = _Spectrum(tiling.samples, last + 1)
        self._groups = [_Rows(tiles, group, self._spectrum) for tiles, group in looked_at]
        super().build(input_shape)

    def call(self, strain):
        """Return the energies of a batch of series."""
        grid, (samples, channels) = self._grid, strain.shape[1:]
        series = ops.reshape(ops.transpose(strain, (0, 2, 1)), (-1, samples))
        spectrum = self._spectrum(series)
        maps = [self._on_time(rows(spectrum)) for rows in self._groups]
        maps = maps[0] if len(maps) == 1 else ops.concatenate(maps, axis=1)
        maps = ops.matmul(ops.transpose(maps, (0, 2, 1)), grid.frequency_matrix)
        maps = ops.reshape(maps, (-1, channels, grid.time_bins, len(grid.frequencies)))
        return ops.transpose(maps, (0, 2, 3, 1))

    def _on_time(self, energies):
        """Bring the tiles of some rows, (N, r, tiles), onto the time bins."""
        grid, tiles = self._grid, energies.shape[-1]
        medians = _medians(energies)
        energies = energies / ops.where(medians > 0.0, medians, 1.0)
        way, points = grid.on_time(tiles), grid.points_per_bin(tiles)
        energies = energies[..., ::way] if isinstance(way, int) else ops.matmul(energies, way)
        if points == 1:
            return energies
        energies = ops.reshape(energies, (-1, energies.shape[1], grid.time_bins, points))
        return (ops.max if grid.time_reduce == "max" else ops.mean)(energies, axis=-1)

    def compute_output_shape(self, input_shape):
        """Return the shape of the maps."""
        return (input_shape[0], self.settings["time_bins"], self.settings["frequency_bins"], input_shape[2])

    def get_config(self):
        """Return what makes the layer again."""
        return {**super().get_config(), **self.settings}


class _Spectrum:
    """The first bins of the Fourier transform of real series, flat: real parts, then imaginary ones."""

    def __init__(self, samples, bins):
        first = min(_factors(samples), key=lambda a: 2 * a + 4 * (samples // a) * _whole(bins, a) / a)
        self.first, self.second, self.columns = first, samples // first, _whole(bins, first)
        k1 = np.arange(self.first)
        self.cosines, self.sines = (_constant(part) for part in _wave(np.outer(k1, k1) / self.first))
        turn = np.outer(k1, np.arange(self.second)) / samples
        self.turn = [_constant(part) for part in _wave(turn)]
        turn = np.outer(np.arange(self.second), np.arange(self.columns)) / self.second
        self.last = _constant(_complex_matrix(*_wave(turn)))
        self.size = self.first * self.columns  # of the real parts

    def __call__(self, series):
        series = ops.reshape(series, (-1, self.first, self.second))
        real, imaginary = ops.matmul(self.cosines, series), ops.matmul(self.sines, series)
        real, imaginary = _turned(real, imaginary, *self.turn)
        both = ops.matmul(ops.concatenate([real, imaginary], axis=-1), self.last)
        # (N, first, real columns and imaginary columns); `where` knows the order.
        return ops.reshape(both, (-1, 2 * self.size))

    def where(self, bins):
        """Return where the real and the imaginary parts of some bins lie in the flat spectrum."""
        second, first = np.divmod(bins, self.first)
        real = first * 2 * self.columns + second
        return real, real + self.columns


class _Rows:
    """Energies of the tiles of rows that have equally many: windows, then a transform back to time."""

    def __init__(self, tiles, looked_at, spectrum):
        self.rows, self.tiles = len(looked_at), tiles
        # a: about the root, so that both steps are cheap.
        self.a = 1 << (tiles.bit_length() // 2)
        self.b = tiles // self.a
        # Element b * j1 + j2 of a row stands at (j2, j1): the first step goes over j1.
        bins, weights = (np.stack(part).reshape(-1, self.a, self.b).swapaxes(1, 2)
                         for part in zip(*looked_at))
        self.index = np.concatenate(spectrum.where(bins), axis=-1).astype(np.int32).ravel()
        self.weights = _constant(np.concatenate([weights, weights], axis=-1))
        j1, j2 = np.arange(self.a), np.arange(self.b)
        cosines, sines = _wave(-np.outer(j1, j1) / self.a)
        self.inner = _constant(_complex_matrix(cosines, sines))
        self.turn = [_constant(part) for part in _wave(-np.outer(j2, j1) / tiles)]
        cosines, sines = _wave(-np.outer(j2, j2) / self.b)
        # From the left: rows are real and imaginary output, columns real and imaginary input.
        self.outer = _constant(_complex_matrix(cosines, sines).T)

    def __call__(self, spectrum):
        pieces = ops.take(spectrum, self.index, axis=-1)
        pieces = ops.reshape(pieces, (-1, self.rows, self.b, 2 * self.a)) * self.weights
        pieces = ops.matmul(pieces, self.inner)
        real, imaginary = _turned(pieces[..., :self.a], pieces[..., self.a:], *self.turn)
        pieces = ops.square(ops.matmul(self.outer, ops.concatenate([real, imaginary], axis=-2)))
        energies = pieces[..., :self.b, :] + pieces[..., self.b:, :]
        return ops.reshape(energies, (-1, self.rows, self.tiles))


def _medians(energies):
    """Return the medians over the last axis, of even length, kept; positive numbers.

    Halving a bracket of logarithms takes a third of the time of sorting. What is left between the two
    middle values, or 2^-20 of the logarithms' range, does not count.
    """
    half, logs = energies.shape[-1] / 2, ops.log(energies + SMALLEST)
    low, high = ops.min(logs, axis=-1, keepdims=True), ops.max(logs, axis=-1, keepdims=True)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = ops.sum(ops.cast(logs > middle, "float32"), axis=-1, keepdims=True) > half
        low, high = ops.where(above, middle, low), ops.where(above, high, middle)
    below = ops.max(ops.where(logs <= high, energies, 0.0), axis=-1, keepdims=True)
    above = ops.min(ops.where(logs > high, energies, LARGEST), axis=-1, keepdims=True)
    return 0.5 * (below + ops.where(above < LARGEST, above, below))


def _turned(real, imaginary, cosines, sines):
    return real * cosines - imaginary * sines, real * sines + imaginary * cosines


def _wave(turns):
    """Return real and imaginary part of exp(-2 pi i turns)."""
    # The fraction first: sines of large arguments lose digits.
    turns = 2 * np.pi * (turns % 1.0)
    return np.cos(turns), -np.sin(turns)


def _complex_matrix(real, imaginary):
    """Return the real matrix M with [re, im] @ M = [re, im] of the complex product."""
    return np.block([[real, imaginary], [-imaginary, real]])


def _constant(values):
    return np.ascontiguousarray(values, np.float32)


def _whole(bins, first):
    return -(-bins // first)


def _factors(samples):
    """Return the divisors of a length of which neither they nor their partners are too large."""
    found = [a for a in range(1, math.isqrt(samples) + 1) if samples % a == 0]
    found = [a for a in {*found, *(samples // a for a in found)}
             if a <= LARGEST_FACTOR and samples // a <= LARGEST_FACTOR]
    if not found:
        raise UsageError(f"a series of {samples} samples cannot be transformed by small matrices: the number "
                         "has too large a prime factor. Crop it, for example to a power of two.")
    return sorted(found)
