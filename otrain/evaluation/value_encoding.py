"""The encoding of numbers, for what judges them; bundles store it, so it lives in `otrain.data.results`."""

from otrain.data.results.value_encoding import ValueEncoding

__all__ = ["ValueEncoding"]
