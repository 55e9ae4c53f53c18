"""Measurements behind the figures of the documents; run by hand, never by the tests."""
