"""Files that appear whole or not at all, that one process writes, and that a kill does not spoil."""
