"""O'TRAIN: train, run and explain neural networks on astronomical data."""

__version__ = "1.0.0.dev0"
