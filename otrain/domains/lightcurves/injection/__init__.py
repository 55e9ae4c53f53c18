"""Transits put into light curves."""
