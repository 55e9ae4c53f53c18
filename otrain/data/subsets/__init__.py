"""Training, validation and test, and parts of them."""
