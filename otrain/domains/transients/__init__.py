"""Real and bogus candidates in image cutouts."""
