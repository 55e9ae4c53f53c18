"""Images of two folders, read and laid beside each other."""
