"""Layers and normalisations that live inside the networks."""
