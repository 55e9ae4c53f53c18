"""Readers of light curves: one file for each format."""
