"""Readers of candidate files: one file per format."""
