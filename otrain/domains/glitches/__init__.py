"""Glitches: strain and auxiliary channels of interferometers, what disturbs them and who witnesses it."""
