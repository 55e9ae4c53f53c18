"""The commands: one file each, flags and words only."""
