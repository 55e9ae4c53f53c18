"""O'TRAIN: train, run and explain neural networks on astronomical data."""

__version__ = "1.1.0.dev0"
