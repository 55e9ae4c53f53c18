"""Readers of images of lenses, one module for each kind of file."""
