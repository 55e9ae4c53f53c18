"""A trained network as it is shipped, and scoring it without Keras."""
