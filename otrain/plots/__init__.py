"""Figures: one per function, from arrays to a matplotlib Figure."""
