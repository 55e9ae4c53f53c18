"""The kinds of real candidates: a new point source, wherever it appears."""

import numpy as np

from otrain.domains.transients.simulators.candidate import Candidate, Kind
from otrain.domains.transients.simulators.places import anywhere, empty, in_host, on_nucleus, on_star

__all__ = ["REAL_KINDS"]


def _point(place):
    """Return the maker of a new point source at one sort of place."""
    def make(rng, scene, grid):
        return Candidate(new=grid.points(*scene.jitter, 1.0), **place(rng, scene, grid))
    return make


def _trailed(rng, scene, grid):
    """A moving body that covers up to two PSF widths during the exposure."""
    length = scene.fwhm * rng.uniform(0.3, 2.0)
    angle = rng.uniform(0, 2 * np.pi)
    along = np.linspace(-length / 2, length / 2, 13)
    x, y = scene.jitter
    points = grid.points(x + along * np.cos(angle), y + along * np.sin(angle), np.full(13, 1 / 13))
    candidate = Candidate(new=points, **anywhere(rng, scene, grid))
    candidate.details = candidate.details | {"trail": length}
    return candidate


REAL_KINDS = {
    "isolated": Kind(_point(empty), 0.33, True, "new point source on empty sky"),
    "host": Kind(_point(in_host), 0.23, True, "new point source beside or in a galaxy"),
    "nuclear": Kind(_point(on_nucleus), 0.12, True, "new point source on the nucleus of a galaxy"),
    "variable": Kind(_point(on_star), 0.25, True, "star brighter than in the template"),
    "trailed": Kind(_trailed, 0.07, True, "moving source, slightly elongated"),
}
