"""Files to examples, every one accounted for."""
