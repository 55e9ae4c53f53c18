"""An image for one example, such as the class of each pixel: settled, judged, written, drawn, explained."""
