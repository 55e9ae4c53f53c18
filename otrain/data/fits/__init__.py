"""Images in FITS files: headers, pixels, and what is wrong with them."""
