"""A probability for each class, for one example: settled, judged, written, drawn, explained."""
