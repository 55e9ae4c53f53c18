"""A function over many inputs, by workers that may die."""
