"""One star, seen many times: light curves and the planets in them."""
