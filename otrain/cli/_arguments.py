"""Values of flags that several commands take: counts and fractions, with words for wrong ones."""

from argparse import ArgumentTypeError

__all__ = ["count", "fraction", "positive"]


def count(text):
    """Return a whole number from 0."""
    return _number(text, int, lambda value: value >= 0, "a whole number from 0")


def positive(text):
    """Return a whole number from 1."""
    return _number(text, int, lambda value: value >= 1, "a whole number from 1")


def fraction(text):
    """Return a number from 0 to below 1."""
    return _number(text, float, lambda value: 0 <= value < 1, "a number from 0 to below 1")


def _number(text, kind, good, words):
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not good(value):
        raise ArgumentTypeError(f"must be {words}. Received: {text!r}")
    return value
