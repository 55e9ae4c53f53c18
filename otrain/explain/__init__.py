"""Where a network looks: (network, batch of cutouts) to heat maps, and tests that the maps mean something."""
