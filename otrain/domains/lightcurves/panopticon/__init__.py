"""Panopticon's configuration, tables and prepared cube."""
