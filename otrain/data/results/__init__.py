"""What a trained network leaves: replies, settings, run directories."""
