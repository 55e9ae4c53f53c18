"""From a data cube to batches that a network is trained on."""
