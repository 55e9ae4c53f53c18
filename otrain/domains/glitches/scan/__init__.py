"""The scan of auxiliary channels for those that see what the strain sees."""
