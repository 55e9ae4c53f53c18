"""A recipe to a network, with checkpoints, on one host or several."""
