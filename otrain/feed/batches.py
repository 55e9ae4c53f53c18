"""A data cube as batches for a network, read while it trains.

The order of every epoch is drawn from ``[seed, epoch]`` alone and augmentation
from ``[seed, epoch, step]``, so that a run can be continued in the middle of an
epoch and is the same again.
"""

import functools

import numpy as np

from otrain.data.cubes.targets import targets_by_row
from otrain.errors import DataError

__all__ = ["evaluation_batches", "steps_per_epoch", "training_batches"]

_ORDER, _CHANGE = 0, 1  # two independent streams of random numbers
_EVALUATION_BYTES = 16 << 20  # of one batch that is only looked at


def steps_per_epoch(count, batch_size, accumulate=1):
    """Return how many batches of `batch_size` see each of `count` examples at least once.

    Where several batches make one update together, they are a multiple of their number.

    Examples
    --------
    >>> steps_per_epoch(100, 64)
    2
    >>> steps_per_epoch(100, 16, accumulate=4)
    8
    """
    return -(-count // (batch_size * accumulate)) * accumulate


def training_batches(cube, rows, targets, *, batch_size, epochs, seed, augment=(), channels=None,
                     start_step=0, share=(0, 1), accumulate=1):
    """Return shuffled, augmented batches of every epoch, one after the other.

    Parameters
    ----------
    cube : DataCube
        Read batch by batch; it is never in memory as a whole.
    rows : (n,) int ndarray
        Rows of the cube to train on.
    targets : Targets
        What the network should answer to each of `rows`.
    batch_size : int
        Every batch is full: the last one of an epoch is topped up from its beginning.
    epochs : int
        The data set ends after this many.
    seed : int
        Of order and augmentation.
    augment : sequence of callable
        ``(images, targets, weights, rng)`` to the first three, on whole batches, applied in this
        order; images ``(batch, ..., C)``, targets before they are encoded. One with an attribute
        ``for_targets`` is replaced by what ``for_targets(names)`` gives, names being those of the targets.
    channels : sequence of int, optional
        Which channels, in this order; all by default.
    start_step : int
        Number of batches to leave out, counted from the first epoch.
    share : (int, int)
        Which part of how many parts of every batch is read here, where several hosts train together;
        `batch_size` is that of the parts together.
    accumulate : int
        Batches that make one update together: an epoch has a multiple of it.

    Returns
    -------
    tf.data.Dataset
        Of ``(images, targets, weights)``; images ``(batch, ..., C)`` float32.
    """
    if not len(rows):
        raise DataError("there is no example to train on.")
    batch_size = min(batch_size, len(rows))
    steps = steps_per_epoch(len(rows), batch_size, accumulate)

    augment = [change.for_targets(targets.names) if hasattr(change, "for_targets") else change
               for change in augment]
    mine = _part(np.arange(batch_size), share)
    changed_by = share[:1] if share[0] else ()  # every host draws its own changes

    # Several epochs are under way at once where the next one is prefetched.
    @functools.lru_cache(maxsize=3)
    def order_of(epoch):
        order = np.arange(len(rows), dtype=np.int32 if len(rows) < 1 << 31 else np.int64)
        return np.random.default_rng([seed, epoch, _ORDER]).permutation(order)

    def batch(step):
        epoch, position = divmod(int(step), steps)
        chosen = np.take(order_of(epoch), mine + position * batch_size, mode="wrap")
        parts = _read(cube, rows[chosen], channels, targets, chosen)
        rng = np.random.default_rng([seed, epoch, _CHANGE, position, *changed_by])
        for change in augment:
            parts = change(*parts, rng)
        parts = _encoded(targets, *parts)
        return tuple(np.ascontiguousarray(part, np.float32) for part in parts)

    return _mapped(range(start_step, epochs * steps), batch, _shapes(cube, targets, channels, len(mine)))


def evaluation_batches(cube, rows, targets=None, *, batch_size=None, channels=None, share=(0, 1)):
    """Return the given rows in their order, unchanged; the last batch may be smaller.

    Parameters
    ----------
    cube, rows, channels
        As in `training_batches`.
    targets : Targets, optional
        Without them the data set yields images alone, for ``predict``.
    batch_size : int, optional
        By default 256, fewer where examples are large.
    share : (int, int)
        As in `training_batches`. Up to as many rows as there are parts, less one, are left out.

    Returns
    -------
    tf.data.Dataset
    """
    alone = targets is None
    targets = targets_by_row(np.zeros((len(rows), 1))) if alone else targets
    batch_size = batch_size or max(8, min(256, _EVALUATION_BYTES // (4 * int(np.prod(cube.shape)))))

    batch_size = max(1, batch_size // share[1]) * share[1]
    count = len(rows) // share[1] * share[1]

    def batch(step):
        some = _part(np.arange(int(step) * batch_size, min((int(step) + 1) * batch_size, count)), share)
        return _encoded(targets, *_read(cube, rows[some], channels, targets, some))

    numbers = range(steps_per_epoch(count, batch_size))
    batches = _mapped(numbers, batch, _shapes(cube, targets, channels, None))
    return batches.map(lambda images, *rest: images) if alone else batches


def _part(places, share):
    """Return one of equally long parts of a batch."""
    index, parts = share
    size = len(places) // parts
    return places[index * size:(index + 1) * size]


def _read(cube, rows, channels, targets, places):
    """Return the images of some rows, what the network should answer, and how much that counts."""
    images = cube.read(rows)
    answers, weights = targets.of(images, places)
    if channels is not None:
        images = np.ascontiguousarray(images[..., list(channels)])
    return images, answers, weights


def _encoded(targets, images, answers, weights):
    """Return a batch with its answers as the network is taught them."""
    if targets.encode is not None:
        answers = targets.encode(answers).astype(np.float32)
    return images, answers, weights


def _shapes(cube, targets, channels, batch_size):
    depth = cube.shape[-1] if channels is None else len(channels)
    return ((batch_size, *cube.shape[:-1], depth), (batch_size, *targets.shape),
            (batch_size, *targets.weight_shape))


def _mapped(numbers, batch, shapes):
    """Read one batch per number, some ahead of the network, in order."""
    import tensorflow as tf  # here: how many batches there are is asked before TensorFlow starts

    def read(step):
        parts = tf.numpy_function(batch, [step], (tf.float32,) * 3)
        return tuple(tf.ensure_shape(part, shape) for part, shape in zip(parts, shapes, strict=True))

    options = tf.data.Options()
    # A batch is one unit of work for any number of devices; rows were shuffled above.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    numbers = tf.data.Dataset.range(numbers.start, numbers.stop)
    return numbers.map(read, num_parallel_calls=2, deterministic=True).prefetch(4).with_options(options)
