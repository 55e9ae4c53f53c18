"""The tiles of a Q-transform at one Q, and the matrices that lay them on a regular grid; numpy alone.

A single-Q transform looks at each of its frequencies through a window in the frequency
domain whose width grows with the frequency (constant Q), and samples the result as often
as that width asks for. Rows and numbers of tiles follow from a largest mismatch between
a sine-Gaussian and the nearest tile (Chatterji et al. 2004, CQG 21, S1809; Chatterji 2005,
PhD thesis, MIT, chapter 5). The numpy transform of the glitches and the Keras layer
share this module.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from otrain.errors import UsageError
from otrain.registry import nearest

__all__ = ["REDUCTIONS", "QGrid", "QTiling", "grid_frequencies"]

REDUCTIONS = ("sample", "max", "mean")
MOST_SAMPLES = 1 << 22  # of one series
MOST_TILES = 1 << 24  # of one map
LARGEST_MATRIX = 1 << 26  # numbers
NEGLIGIBLE = 1e-8  # of an element of a spline's matrix, below the rounding of float32


@dataclass(frozen=True)
class QTiling:
    """Frequencies, windows and numbers of tiles of a transform at one Q.

    Parameters
    ----------
    sample_rate : float
        Of the series [Hz].
    samples : int
        Length of the series.
    q : float
        Quality factor: about pi times the cycles of a sine-Gaussian within its width; at least sqrt(11).
    frequency_range : (float, float)
        Lowest and highest frequency of the map [Hz].
    mismatch : float
        Largest share of a sine-Gaussian's energy that falls between tiles, 0 to 1.
    offset : int
        Bins by which every window lies above its frequency. 0 is right; 1 is what gwpy does, after the
        indices of the Omega pipeline that began at 1. It moves a map by 1 / duration.

    Raises
    ------
    UsageError
        If the range does not lie between 0 and the highest frequency at which the window ends below half
        the sample rate, or another value is impossible.
    """

    sample_rate: float
    samples: int
    q: float = 12.0
    frequency_range: tuple = (8.0, 500.0)
    mismatch: float = 0.2
    offset: int = 0

    def __post_init__(self):
        low, high = self.frequency_range
        if not (0 < self.sample_rate < math.inf and 16 <= self.samples <= MOST_SAMPLES):
            raise UsageError("a Q-transform needs a positive sample rate and 16 to "
                             f"{MOST_SAMPLES} samples. Received: {self.samples} samples at "
                             f"{self.sample_rate!r} Hz.")
        if not (math.sqrt(11) <= self.q <= 1000 and 0.001 <= self.mismatch < 1):
            raise UsageError("a Q-transform needs a q from 3.32 to 1000 and a mismatch from 0.001 to below "
                             f"1. Received: q={self.q!r}, mismatch={self.mismatch!r}.")
        if self.offset not in (0, 1):
            raise UsageError(f"`offset` must be 0, or 1 as in gwpy. Received: {self.offset!r}.")
        if not self.lowest_frequency * (1 - 1e-9) <= low < high <= self.highest_frequency * (1 + 1e-9):
            raise UsageError(
                f"`frequency_range` must lie within {self.lowest_frequency:.4g} and "
                f"{self.highest_frequency:.4g} Hz for {self.duration:.4g} s at {self.sample_rate:g} Hz and "
                f"q={self.q:g}. Received: {self.frequency_range!r}. Lower q, give a longer series or one "
                "with a higher sample rate, or narrow the range.")
        if self.tiles.sum() > MOST_TILES:
            raise UsageError(f"a map of {len(self.frequencies)} rows and {self.tiles.sum()} tiles is too "
                             f"large; at most {MOST_TILES} tiles are made. Raise the mismatch or narrow "
                             "the range.")

    @property
    def duration(self):
        """Length of the series [s]."""
        return self.samples / self.sample_rate

    @property
    def lowest_frequency(self):
        """Lowest frequency [Hz] of a map: the distance of two bins of the spectrum."""
        return 1 / self.duration

    @property
    def highest_frequency(self):
        """Highest frequency [Hz] whose window ends below half the sample rate."""
        return self.sample_rate / 2 / (1 + math.sqrt(11) / self.q)

    @cached_property
    def frequencies(self):
        """Frequencies of the rows [Hz], ascending: multiples of 1 / duration."""
        low, high = self.frequency_range
        width = math.log(high / low) * math.sqrt(2 + self.q**2) / 2
        count = max(1, math.ceil(width / self._spacing))
        rows = low * np.exp(2 / math.sqrt(2 + self.q**2) * (np.arange(count) + 0.5) * width / count)
        # The tiny push keeps a row that is a multiple already from falling to the one below.
        return np.unique(np.maximum(np.floor(rows * self.duration * (1 + 1e-12)), 1)) / self.duration

    @cached_property
    def tiles(self):
        """Numbers of tiles of the rows, powers of two: as many as the mismatch asks for."""
        wanted = self.duration * 2 * math.pi * self.frequencies / self.q / self._spacing
        wanted = np.maximum(wanted, 2 * self.half_widths + 1)
        return (2 ** np.ceil(np.log2(wanted))).astype(int)

    @cached_property
    def half_widths(self):
        """Half widths of the windows [bins of 1 / duration]."""
        return np.floor(self.frequencies * math.sqrt(11) / self.q * self.duration * (1 + 1e-12)).astype(int)

    @property
    def _spacing(self):
        """Distance of two tiles in the metric of the mismatch."""
        return 2 * math.sqrt(self.mismatch / 3)

    def groups(self):
        """Return the rows that have equally many tiles, as a list of (tiles, rows)."""
        return [(int(count), np.flatnonzero(self.tiles == count)) for count in np.unique(self.tiles)]

    def bins(self, row):
        """Return which bins of the spectrum a row looks at, and how much of each.

        Parameters
        ----------
        row : int

        Returns
        -------
        bins : (tiles,) int ndarray
            Bin of ``numpy.fft.rfft`` for each element of the row's own spectrum, in the order of
            ``numpy.fft.ifft``; 0 where the weight is 0.
        weights : (tiles,) float64 ndarray
            The bisquare window; its squares add up to 1 over the samples, so that white noise of variance
            1 has a mean energy of 1 in every tile.
        """
        frequency, half, count = self.frequencies[row], int(self.half_widths[row]), int(self.tiles[row])
        offsets = np.arange(-half, half + 1)
        window = (1 - (offsets / self.duration * self.q / math.sqrt(11) / frequency) ** 2).clip(0) ** 2
        window /= math.sqrt(np.sum(window**2) * self.samples)
        found = np.rint(frequency * self.duration).astype(int) + self.offset + offsets
        inside = (found >= 0) & (found <= self.samples // 2)
        bins, weights = np.zeros(count, int), np.zeros(count)
        bins[offsets[inside] % count], weights[offsets[inside] % count] = found[inside], window[inside]
        return bins, weights


def grid_frequencies(frequency_range, bins, *, log=True):
    """Return frequencies of a regular grid, both ends included.

    Parameters
    ----------
    frequency_range : (float, float)
        Lowest and highest [Hz].
    bins : int
    log : bool
        Whether their ratios are equal, else their differences.

    Returns
    -------
    (bins,) float64 ndarray

    Examples
    --------
    >>> grid_frequencies((8, 128), 5)
    array([  8.,  16.,  32.,  64., 128.])
    >>> grid_frequencies((10, 50), 3, log=False)
    array([10., 30., 50.])
    """
    low, high = frequency_range
    return (np.geomspace if log else np.linspace)(low, high, bins)


@dataclass(frozen=True, eq=False)
class QGrid:
    """A regular grid in time and frequency, and the matrices that bring the tiles onto it.

    Parameters
    ----------
    tiling : QTiling
    time_bins : int
        Bin ``i`` begins ``i * duration / time_bins`` after the first sample.
    frequencies : (F,) array_like
        Of the grid [Hz]; outside the rows of the tiling the nearest row counts.
    time_reduce : {"sample", "max", "mean"}
        What a bin says of its tiles. ``sample``: the cubic spline through the tiles at the beginning of
        the bin, as gwpy does, which misses a short glitch between two bins. ``max`` and ``mean``: of the
        spline, sampled within the bin at least as densely as the tiles lie.

    Raises
    ------
    UsageError
        If there is no such reduction, or the grid is empty or too large.
    """

    tiling: QTiling
    time_bins: int
    frequencies: np.ndarray
    time_reduce: str = "sample"

    def __post_init__(self):
        if self.time_reduce not in REDUCTIONS:
            raise UsageError(f"unknown time reduction {self.time_reduce!r}."
                             f"{nearest(self.time_reduce, REDUCTIONS)} Known: {', '.join(REDUCTIONS)}.")
        object.__setattr__(self, "frequencies", np.asarray(self.frequencies, float))
        size = self.time_bins * len(self.frequencies)
        if self.time_bins < 1 or not 1 <= size <= MOST_TILES or not np.isfinite(self.frequencies).all():
            raise UsageError("a grid needs time bins and finite frequencies, together at most "
                             f"{MOST_TILES}. Received: {self.time_bins} and {len(self.frequencies)}.")
        tiles, rows = int(self.tiling.tiles.max()), len(self.tiling.frequencies)
        if max(tiles * self.time_bins, rows * len(self.frequencies)) > LARGEST_MATRIX:
            raise UsageError(f"{tiles} tiles cannot be brought onto {self.time_bins} time bins, or {rows} "
                             f"rows onto {len(self.frequencies)} frequencies: the matrix would be too large. "
                             "Ask for fewer.")

    @property
    def times(self):
        """Beginning of the bins after the first sample [s]."""
        return np.arange(self.time_bins) * self.tiling.duration / self.time_bins

    def points_per_bin(self, tiles):
        """Return at how many points of a time bin the spline through so many tiles is taken."""
        return 1 if self.time_reduce == "sample" else max(1, -(-tiles // self.time_bins))

    def on_time(self, tiles, *, sparse=False):
        """Return how the tiles of a row become the points within the time bins.

        Parameters
        ----------
        tiles : int
        sparse : bool
            Whether the matrix is wanted without its tiny elements, points before tiles: what is far from a
            point hardly counts, so that nearly all of them are.

        Returns
        -------
        int, (tiles, time_bins * points_per_bin(tiles)) float32 ndarray, or scipy.sparse.csr_array
            A number: every so many-th tile is a point itself. Else the matrix of the spline.
        """
        points = self.time_bins * self.points_per_bin(tiles)
        if tiles % points == 0:
            return tiles // points
        if (tiles, sparse) not in self._matrices:
            matrix = spline_matrix(np.arange(tiles) / tiles, np.arange(points) / points)
            self._matrices[tiles, sparse] = (_sparse(matrix.T) if sparse
                                             else np.ascontiguousarray(matrix, np.float32))
        return self._matrices[tiles, sparse]

    @cached_property
    def _matrices(self):
        return {}

    @cached_property
    def frequency_matrix(self):
        """The (rows, F) float32 matrix from the rows of the tiling to the frequencies of the grid."""
        return np.ascontiguousarray(spline_matrix(self.tiling.frequencies, self.frequencies), np.float32)


def _sparse(matrix):
    from scipy.sparse import csr_array

    return csr_array(np.where(np.abs(matrix) > NEGLIGIBLE, matrix, 0).astype(np.float32))


def spline_matrix(x, wanted):
    """Return the matrix that applies cubic-spline interpolation (not-a-knot) from some places to others.

    Parameters
    ----------
    x : (n,) ndarray
        Ascending; fewer than four are joined by straight lines.
    wanted : (m,) ndarray
        Beyond the ends of `x` the value at the end counts.

    Returns
    -------
    (n, m) float64 ndarray
        ``values @ matrix`` are the values at the wanted places.
    """
    from scipy.interpolate import make_interp_spline

    if len(x) == 1:
        return np.ones((1, len(wanted)))
    spline = make_interp_spline(x, np.eye(len(x)), k=3 if len(x) > 3 else 1)
    return spline(np.clip(wanted, x[0], x[-1])).T
