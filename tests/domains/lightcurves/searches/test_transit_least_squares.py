import sys

import numpy as np
import pytest

from otrain.domains.lightcurves.injection.transits import inject_transit
from otrain.domains.lightcurves.searches.transit_least_squares import transit_least_squares
from otrain.errors import DataError, MissingExtraError


def curve():
    time = (np.arange(12 * 24) + 0.5) / 24
    flux = np.random.default_rng(0).normal(1, 1e-4, len(time))
    for epoch in range(4):
        flux = inject_transit(time, flux, t0=1.2 + 2.9 * epoch, duration=4, depth=3e-3)
    return time, flux


@pytest.mark.slow
def test_period_of_limb_darkened_transits_is_found():
    pytest.importorskip("transitleastsquares")
    row = transit_least_squares(*curve(), shortest=2.5, longest=3.3)
    assert row["period"] == pytest.approx(2.9, abs=0.03) and row["depth"] == pytest.approx(3e-3, rel=0.2)
    np.testing.assert_allclose(row["transits"]["t0"][:4], 1.2 + 2.9 * np.arange(4), atol=0.08)


def test_missing_package_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "transitleastsquares", None)
    with pytest.raises(MissingExtraError, match=r"otrain\[transits\]"):
        transit_least_squares(*curve())


def test_flux_about_zero_is_an_error(monkeypatch):
    pytest.importorskip("transitleastsquares")
    with pytest.raises(DataError, match="not a residual about zero"):
        transit_least_squares(np.arange(100) / 48, np.random.default_rng(0).normal(size=100))
