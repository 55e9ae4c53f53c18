import numpy as np
import pytest

from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.readers.units import to_days, to_flux

HOURS = np.arange(5.0)


@pytest.mark.parametrize("unit, factor, zero", [
    ("d", 1, None), ("h", 1 / 24, None), ("s", 1 / 86400, None), ("BJD - 2454833", 1, 2454833),
    ("BJD - 2457000, days", 1, 2457000), ("btjd", 1, 2457000), ("BJD", 1, 0), ("mjd", 1, 2400000.5)])
def test_units_of_times(unit, factor, zero):
    days, found = to_days(HOURS, unit)
    np.testing.assert_allclose(days, HOURS * factor)
    assert found == zero


def test_times_without_a_unit_are_told_by_their_cadence():
    assert to_days(HOURS * 0.02)[0][1] == 0.02
    assert to_days(HOURS * 600)[0][1] == 600 / 86400
    with pytest.raises(InputRejected, match=r"samples lie 3 apart: days or seconds\? Name the unit") as caught:
        to_days(HOURS * 3)
    assert caught.value.reason == "bad-unit"


def test_unknown_unit_of_time_is_refused():
    with pytest.raises(InputRejected, match="the unit of the times is 'furlong'"):
        to_days(HOURS, "furlong")


@pytest.mark.parametrize("unit, values", [("ppm", [-1e4, 0, 1e4]), ("ppt", [-10, 0, 10]), ("%", [-1, 0, 1]),
                                          ("relative deviation", [-0.01, 0, 0.01]), ("", [0.99, 1, 1.01])])
def test_deviations_become_relative_flux(unit, values):
    flux, error = to_flux(np.array(values, float), np.array([1.0, 1, 1]), unit)
    np.testing.assert_allclose(flux, [0.99, 1, 1.01])
    assert error[0] == pytest.approx({"ppm": 1e-6, "ppt": 1e-3, "%": 0.01}.get(unit, 1))


def test_fainter_magnitudes_are_less_flux():
    flux, error = to_flux(np.array([12.0, 12.0, 12.0 + 2.5 * np.log10(1 / 0.99)]), np.array([0.01] * 3), "mag")
    np.testing.assert_allclose(flux, [1, 1, 0.99])
    assert error[0] == pytest.approx(0.01 * np.log(10) / 2.5)
