"""Gravitational lenses: images, and the amplitudes and parameters behind them."""
