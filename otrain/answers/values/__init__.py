"""One or several numbers with a unit for each example: settled, judged, written, drawn, explained."""
