"""A path to a network, a network and a cube to replies."""
