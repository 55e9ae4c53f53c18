"""ONNX Runtime as we use it: one graph, batches of one size, each batch on one thread.

Several batches at once are faster than several threads within each operator, and
a score then has the same bits on any number of cores.
"""

import os

import numpy as np

from otrain.bundle.runtime import import_runtime
from otrain.errors import DataError, IntegrityError

__all__ = ["Session"]

MOST_THREADS = 16  # each needs memory for a batch of its own


class Session:
    """A network that turns images into logits and features, without Keras.

    Parameters
    ----------
    content : bytes
        An ONNX file that `onnx_graph.check_graph` has passed.
    shape : tuple of int
        Shape of one example.
    batch : int
        Examples per call; the last batch is padded.
    where : str
        Name of the file, for messages.
    threads : int
        Batches that are computed at once; 0: as many as there are cores.
    """

    def __init__(self, content, shape, batch, where, *, threads=0):
        onnxruntime = import_runtime()
        onnxruntime.set_default_logger_severity(3)  # errors only; its warnings speak to developers
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime raises a dozen types of its own
            raise IntegrityError(f"{where}: ONNX Runtime refuses it ({error!s:.200}).") from None
        self._ports = {port.name for port in self._session.get_outputs()}
        inputs = [port.name for port in self._session.get_inputs()]
        if inputs != ["cutout"] or self._ports != {"logits", "features"}:
            raise IntegrityError(f"{where}: a bundle's network has the input cutout and the outputs logits "
                                 f"and features. Received: {inputs} and {sorted(self._ports)}.")
        self.shape, self.batch, self._where = tuple(shape), batch, where
        self._threads = threads or min(_cores(), MOST_THREADS)

    def run(self, images, *, features=False, threads=None):
        """Return the logits of images, and their features if asked for.

        Parameters
        ----------
        images : (N, ..., C) float32 ndarray
            Prepared examples; NaN marks pixels without a value.
        features : bool
            Whether to return the second array.
        threads : int, optional
            Instead of that of the session.

        Returns
        -------
        logits : (N,) or (N, K) float64 ndarray
        features : (N, F) float32 ndarray or None
        """
        images = np.ascontiguousarray(images, np.float32)
        if images.shape[1:] != self.shape:
            raise DataError(f"{self._where}: the network takes examples of shape {self.shape}. "
                            f"Received: {images.shape[1:]}.")
        wanted = ["logits", "features"] if features else ["logits"]
        batches = [images[i:i + self.batch] for i in range(0, len(images), self.batch)]
        parts = self._all_batches(batches, wanted, threads or self._threads)
        if not parts:
            parts = [[part[:0] for part in self._one_batch(np.zeros((1, *self.shape), np.float32), wanted)]]
        joined = [np.concatenate(part) for part in zip(*parts)]
        return joined[0].astype(float), joined[1] if features else None

    def _all_batches(self, batches, wanted, threads):
        if min(threads, len(batches)) < 2:
            return [self._one_batch(batch, wanted) for batch in batches]
        from concurrent.futures import ThreadPoolExecutor

        # Not kept between calls: while other threads live, workers cannot be forked.
        with ThreadPoolExecutor(min(threads, len(batches))) as pool:
            return list(pool.map(lambda batch: self._one_batch(batch, wanted), batches))

    def _one_batch(self, images, wanted):
        n = len(images)
        if n < self.batch:
            padding = np.zeros((self.batch - n, *self.shape), np.float32)
            images = np.concatenate([images, padding])
        try:
            return [output[:n] for output in self._session.run(wanted, {"cutout": images})]
        except Exception as error:  # the runtime raises a dozen types of its own
            raise IntegrityError(f"{self._where}: ONNX Runtime cannot compute it ({error!s:.200}).") from None


def _cores():
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
