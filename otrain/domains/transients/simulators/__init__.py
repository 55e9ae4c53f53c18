"""Simulated candidates with truth."""
