"""A threshold as a user gives it, checked once for all answers."""

from otrain.errors import UsageError

__all__ = ["checked_threshold"]


def checked_threshold(threshold):
    """Return a threshold as a float.

    Raises
    ------
    UsageError
        If it does not lie between 0 and 1.
    """
    if not 0 <= threshold <= 1:
        raise UsageError(f"--threshold must lie between 0 and 1. Received: {threshold}")
    return float(threshold)
