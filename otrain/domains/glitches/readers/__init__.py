"""Readers of files with series of interferometers, one module for each kind of file."""
