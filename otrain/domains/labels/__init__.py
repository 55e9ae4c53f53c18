"""Labels as people write them, for every domain."""
