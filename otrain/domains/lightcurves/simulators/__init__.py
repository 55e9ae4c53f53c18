"""Simulated light curves with their truth."""
