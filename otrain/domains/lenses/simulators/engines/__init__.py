"""The programs that make an image of a lens and its source."""
