"""Start TensorFlow without its chatter; what goes wrong is raised as an exception anyway."""

import logging
import multiprocessing
import os
import re
import sys
import tempfile
from contextlib import contextmanager

from otrain.data.inputs.address_space import require_address_space

__all__ = ["start_tensorflow"]

LEAST_ADDRESSES = 3584 << 20  # bytes; with 2.4 GiB its compiler aborts, with 3.8 GiB a training ends well

# Information and warnings of TensorFlow's C++ side, and its search for a GPU that is not there.
_CHATTER = re.compile(r"[IW]\d{4} |WARNING: All log messages before absl|.*failed call to cuInit")


def start_tensorflow():
    """Import TensorFlow and look for devices, quietly; a process that has too few addresses says so.

    TensorFlow 2.21 prints several lines before it reads ``TF_CPP_MIN_LOG_LEVEL``.
    """
    if multiprocessing.parent_process() is None:  # a worker has a limit of its own, and may die of it
        require_address_space(LEAST_ADDRESSES, "TensorFlow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # its "errors" tell of missing CUDA and oneDNN kernels
    with _filtered_stderr():
        import tensorflow as tf

        tf.config.list_physical_devices()
    for name in ("absl", "tensorflow"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def _filtered_stderr():
    """Hold back standard error, also of C++ code; pass on afterwards what is no chatter."""
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
            held.seek(0)
            for line in held.read().decode(errors="replace").splitlines():
                if not _CHATTER.match(line):
                    print(line, file=sys.stderr)
