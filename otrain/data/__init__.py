"""Containers on disk, without Keras."""
