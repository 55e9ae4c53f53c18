"""The physics of lenses in numpy: deflection, amplitudes, sources, images, and what a telescope does."""
