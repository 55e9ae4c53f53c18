"""Maps of energy over time and frequency: the Q-transform at one Q, of many series at once."""

import numpy as np

from otrain.errors import DataError, UsageError
from otrain.models.layers.q_tiling import QGrid, QTiling, grid_frequencies
from otrain.registry import nearest

__all__ = ["NORMALISATIONS", "q_transform", "row_energies", "transform_on_grid"]

NORMALISATIONS = ("median", "none")


def q_transform(strain, sample_rate, *, q=12.0, frequency_range=(8.0, 500.0), time_bins=256,
                frequency_bins=64, log=True, time_reduce="sample", mismatch=0.2, offset=0,
                normalisation="median"):
    """Return maps of energy over time and frequency.

    Parameters
    ----------
    strain : (..., n) array_like
        Whitened series, without gaps: any level, for rows are divided by their medians.
    sample_rate : float
        [Hz].
    q : float
        Quality factor.
    frequency_range : (float, float)
        Lowest and highest frequency [Hz].
    time_bins, frequency_bins : int
        Of the map. Bins that divide the powers of two of the tiles keep the tiles themselves.
    log : bool
        Whether the frequencies are equally spaced in their logarithm.
    time_reduce : {"sample", "max", "mean"}
        What a time bin says of the tiles within it; see `otrain.models.layers.q_tiling.QGrid`.
    mismatch, offset : float, int
        Of the tiling, see `otrain.models.layers.q_tiling.QTiling`; ``offset=1`` repeats gwpy's maps.
    normalisation : {"median", "none"}
        ``median``: every row is divided by its median over time, so that 1 is the noise's median and the
        energy of a glitch is called SNR2. ``none``: white noise of variance 1 has a mean energy of 1.

    Returns
    -------
    energies : (..., time_bins, frequency_bins) float32 ndarray
    times : (time_bins,) float64 ndarray
        Beginning of the bins after the first sample [s].
    frequencies : (frequency_bins,) float64 ndarray
        [Hz].

    Raises
    ------
    UsageError
        If the transform is impossible.
    DataError
        If the series have gaps or infinite values.

    Examples
    --------
    >>> t = np.arange(8192) / 1024
    >>> glitch = np.exp(-((t - 5) / 0.05) ** 2) * np.sin(2 * np.pi * 100 * t)
    >>> noise = np.random.default_rng(0).normal(size=8192)
    >>> energies, times, frequencies = q_transform(noise + 5 * glitch, 1024, frequency_range=(20, 300))
    >>> time, frequency = np.unravel_index(energies.argmax(), energies.shape)
    >>> bool(abs(times[time] - 5) < 0.04), bool(abs(frequencies[frequency] / 100 - 1) < 0.05)
    (True, True)
    """
    strain = np.asarray(strain)
    tiling = QTiling(sample_rate, strain.shape[-1], q, tuple(frequency_range), mismatch, offset)
    grid = QGrid(tiling, time_bins, grid_frequencies(frequency_range, frequency_bins, log=log), time_reduce)
    return transform_on_grid(strain, grid, normalisation=normalisation), grid.times, grid.frequencies


def transform_on_grid(strain, grid, *, normalisation="median"):
    """Return the energies of series on a grid that has been prepared, which serves many of them.

    Parameters
    ----------
    strain : (..., n) array_like
        As for `q_transform`.
    grid : QGrid
    normalisation : {"median", "none"}

    Returns
    -------
    (..., T, F) float32 ndarray

    Raises
    ------
    UsageError
        If there is no such normalisation.
    DataError
        If the length is not that of the grid's tiling, or the series have gaps or infinite values.
    """
    if normalisation not in NORMALISATIONS:
        raise UsageError(f"unknown normalisation {normalisation!r} of energies."
                         f"{nearest(normalisation, NORMALISATIONS)} Known: {', '.join(NORMALISATIONS)}.")
    strain = np.asarray(strain)
    shape, tiling = strain.shape[:-1], grid.tiling
    on_time = np.empty((*shape, grid.time_bins, len(tiling.frequencies)), np.float32)
    for rows, energies in row_energies(strain, tiling):
        tiles = energies.shape[-1]
        if normalisation == "median":
            energies /= _medians(energies)
        way, points = grid.on_time(tiles, sparse=True), grid.points_per_bin(tiles)
        energies = energies[..., ::way] if isinstance(way, int) else _along_last(way, energies)
        if points > 1:
            reduce = np.max if grid.time_reduce == "max" else np.mean
            energies = reduce(energies.reshape(*energies.shape[:-1], grid.time_bins, points), axis=-1)
        on_time[..., rows] = np.swapaxes(energies, -1, -2)
    return on_time @ grid.frequency_matrix


def row_energies(strain, tiling):
    """Give the energies of the tiles themselves, group by group of rows with equally many.

    Parameters
    ----------
    strain : (..., n) array_like
        Whitened series without gaps.
    tiling : QTiling

    Yields
    ------
    rows : (r,) int ndarray
        Which rows of the tiling.
    energies : (..., r, tiles) float32 ndarray
        Tile ``i`` lies ``i * duration / tiles`` after the first sample. White noise of variance 1 has a
        mean of 1.

    Raises
    ------
    DataError
        If the length is not that of the tiling, or the series have gaps or infinite values.
    """
    import scipy.fft

    strain = np.asarray(strain, np.float32)
    if strain.shape[-1] != tiling.samples:
        raise DataError(f"the tiling is for {tiling.samples} samples. Received: {strain.shape[-1]}.")
    if not np.isfinite(strain).all():
        raise DataError("`strain` has NaN or infinite values, which a Fourier transform spreads over "
                        "the whole map. Fill the gaps first and mask their time bins afterwards.")
    spectrum = scipy.fft.rfft(strain)
    for _, rows in tiling.groups():
        looked_at = [tiling.bins(row) for row in rows]
        bins = np.stack([bins for bins, _ in looked_at])
        weights = np.stack([weights for _, weights in looked_at]).astype(np.float32)
        tiles = weights.shape[-1]
        pieces = scipy.fft.ifft(spectrum[..., bins] * weights, overwrite_x=True)
        yield rows, np.float32(tiles) ** 2 * (pieces.real**2 + pieces.imag**2)


def _along_last(matrix, values):
    """Return a sparse matrix times each row of values."""
    rows = values.reshape(-1, values.shape[-1])
    return (matrix @ np.ascontiguousarray(rows.T)).T.reshape(*values.shape[:-1], -1)


def _medians(energies):
    """Return the medians over the last axis, 1 where they are 0: a series without any noise has no scale."""
    medians = np.median(energies, axis=-1, keepdims=True)
    return np.where(medians > 0, medians, 1)
