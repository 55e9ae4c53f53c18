"""What is known of the stars: ephemerides, classes, labels of points."""
