"""Tables that are read and written."""
