"""Simulated lenses: a TOML of distributions, draws, images, tables."""
