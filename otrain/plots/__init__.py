"""Figures: one function each, arrays in, a matplotlib Figure out."""
