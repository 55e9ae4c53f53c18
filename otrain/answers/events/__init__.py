"""Things with a place and a length in a series: found in maps, matched, judged, written, drawn, explained."""
