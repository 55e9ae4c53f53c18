"""Data cubes: what lies in them, and their stores."""
