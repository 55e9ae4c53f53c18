"""Networks of which only the configuration is wanted."""

from contextlib import contextmanager

import keras

__all__ = ["planning"]


@contextmanager
def planning():
    """Build networks of which only the configuration is wanted: no weight gets a number, then or later.

    Keras keeps a list of variables that wait for their numbers, and fills all of them in at the next
    opportunity: gigabytes, after a few large networks.
    """
    from keras.src.backend.common.global_state import get_global_attribute

    waiting = get_global_attribute("uninitialized_variables", [], set_to_default=True)
    others = len(waiting)
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        del waiting[others:]
