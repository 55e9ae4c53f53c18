"""Simulated strain and auxiliary channels, with the truth about every glitch in them."""
