"""Where data come from: one folder per kind of data."""
