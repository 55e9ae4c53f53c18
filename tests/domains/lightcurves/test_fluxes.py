import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.fluxes import is_error, is_magnitude, looks_like_magnitudes, read_flux

NOISE = np.random.default_rng(0).normal(0, 1e-3, 400)


@pytest.mark.parametrize("unit, values", [("ppm", [-1e4, 0, 1e4]), ("ppt", [-10, 0, 10]), ("%", [-1, 0, 1]),
                                          ("relative deviation", [-0.01, 0, 0.01]), ("", [0.99, 1, 1.01])])
def test_deviations_become_relative_flux(unit, values):
    found = read_flux(np.array(values, float), np.array([1.0, 1, 1]), "flux", unit)
    np.testing.assert_allclose(found.flux, [0.99, 1, 1.01])
    assert found.error[0] == pytest.approx({"ppm": 1e-6, "ppt": 1e-3, "%": 0.01}.get(unit, 1))


@pytest.mark.parametrize("name, unit", [("mag", ""), ("Vmag", ""), ("instr_mag", ""), ("TFA1", ""), ("x", "mag"),
                                        ("MAG2", ""), ("tess_mags", ""), ("magpsf", "")])
def test_fainter_magnitudes_are_less_flux(name, unit):
    found = read_flux(np.array([12.0, 12.0, 12.0 + 2.5 * np.log10(1 / 0.99)]), np.array([0.01] * 3), name, unit)
    np.testing.assert_allclose(found.flux, [1, 1, 0.99])
    assert found.error[0] == pytest.approx(0.01 * np.log(10) / 2.5) and found.magnitudes


def test_column_is_magnitudes_if_the_user_says_so():
    found = read_flux(np.array([12.0, 12.0, 12.7525749892]), name="flux", magnitudes=True)
    np.testing.assert_allclose(found.flux, [1, 1, 0.5])


def test_millimagnitudes_are_a_thousandth():
    np.testing.assert_allclose(read_flux(np.array([0.0, 0.0, 752.5749892]), name="mmag").flux, [1, 1, 0.5])


def test_names_of_magnitudes_and_errors():
    assert not any(is_magnitude(name) for name in ("flux", "image", "magnetic", "mag_flux", "sector"))
    assert not is_magnitude("mag", "ppm")
    assert [is_error(name) for name in ("mag_err", "e_flux", "FLUXERR", "WHITEFLUXDEV", "flux", "mag")] == [True] * 4 + [False] * 2


@pytest.mark.parametrize("fill, error", [(99.99, 0.01), (-99.0, 0.01), (0.0, 0.01), (12.0, 99.99), (999.0, 999.0)])
def test_limits_of_magnitudes_are_missing_and_counted(fill, error):
    values, errors = 12 + NOISE, np.full(400, 0.01)
    values[7], errors[7] = fill, error
    found = read_flux(values, errors, "mag")
    assert found.limits == 1 and np.flatnonzero(np.isnan(found.flux)).tolist() == [7]


@pytest.mark.parametrize("fill, error", [(0.0, 99.99), (-99.0, 0.01), (-9999.0, 0.01), (0.0, 0.0), (0.0, np.nan), (1e30, 0.1)])
def test_fill_values_of_fluxes_are_missing_and_counted(fill, error):
    values, errors = 15 * (1 + NOISE), np.full(400, 0.015)
    values[[7, 9]], errors[[7, 9]] = fill, error
    found = read_flux(values, errors, "flux")
    assert found.limits == 2 and np.flatnonzero(np.isnan(found.flux)).tolist() == [7, 9]


def test_values_in_nines_that_a_star_can_have_stay():
    values = 99.5 + 300 * NOISE
    values[3] = 99.99
    assert read_flux(values, None, "flux").limits == 0


def test_total_eclipse_with_a_good_error_stays():
    values = 1 + NOISE
    values[50:60] = 0.0
    assert read_flux(values, np.full(400, 1e-3), "flux").limits == 0


@pytest.mark.parametrize("values", [NOISE + 1e-4, NOISE + 3e-3, NOISE - 5.0, 0.02 * (np.arange(400) % 100 < 4) * -1 + NOISE / 9 + 1e-3])
def test_flux_about_zero_is_refused(values):
    with pytest.raises(InputRejected, match="a depth relative to it has no meaning") as caught:
        read_flux(values, None, "flux")
    assert caught.value.reason == "bad-unit" and "[relative deviation]" in caught.value.words


def test_faint_and_variable_stars_are_not_refused():
    read_flux(1 + 100 * NOISE, None, "flux")
    read_flux(10 ** np.linspace(0, 1.6, 400) + NOISE, None, "flux")
    outliers = 1 + NOISE
    outliers[5] = -3
    read_flux(outliers, None, "flux")


def test_numbers_that_could_be_magnitudes():
    assert looks_like_magnitudes(12 + NOISE) and not looks_like_magnitudes(1 + NOISE)
    assert not looks_like_magnitudes(900 + NOISE) and not looks_like_magnitudes(np.array([np.nan]))


def test_level_of_a_stitched_sector_is_no_fill_value():
    values = np.concatenate([999.9 + 100 * NOISE[:190], 700 + 100 * NOISE[190:]])
    values[40] = 999.9
    assert read_flux(values, None, "flux").limits == 0


def test_unit_may_stand_at_the_end_of_the_name():
    np.testing.assert_allclose(read_flux(np.array([0.0, -1e4]), name="flux_ppm").flux, [1, 0.99])
