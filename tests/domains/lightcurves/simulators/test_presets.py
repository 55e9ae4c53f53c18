import pytest

from otrain.domains.lightcurves.simulators.presets import PRESETS, choose_preset
from otrain.errors import UsageError


# PLATO: below 50 ppm in an hour at V = 11 with all cameras (Rauer et al. 2025), 25 ppm at V = 10 by PSLS. Kepler:
# photon and read noise of Jenkins et al. 2010 (ApJ 713, L120) times 1.25. TESS: WASP-4, measured in sector 2.
@pytest.mark.parametrize("name, magnitude, cameras, ppm", [
    ("plato", 10.0, 24, 26.5), ("plato", 11.0, 24, 47), ("kepler", 12.0, 1, 48), ("tess", 11.78, 1, 484)])
def test_noise_in_one_hour_is_that_of_the_mission(name, magnitude, cameras, ppm):
    assert PRESETS[name].noise(magnitude, cameras) == pytest.approx(ppm, rel=0.12)


def test_kepler_counts_electrons_as_its_formula():
    # c = 3.46 * 10^(0.4 (12 - Kp) + 8) electrons in 29.4 min; variance c + 7e6
    for magnitude in (9.0, 12.0, 13.9):
        electrons = 3.46 * 10 ** (0.4 * (12 - magnitude) + 8)
        expected = 1e6 * (electrons + 7e6) ** 0.5 / electrons * (1765.46 / 3600) ** 0.5
        preset = PRESETS["kepler"]
        counted = (preset.noise(magnitude) ** 2 - preset.floor**2) ** 0.5 / preset.excess
        assert counted == pytest.approx(expected, rel=0.02)


def test_four_times_the_cameras_halve_the_noise_of_faint_stars():
    plato = PRESETS["plato"]
    assert plato.noise(13.0, 6) / plato.noise(13.0, 24) == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize("name", PRESETS)
def test_bright_stars_reach_the_floor_and_faint_ones_get_worse(name):
    preset = PRESETS[name]
    assert preset.floor < preset.noise(2.0) < 1.5 * preset.floor
    assert preset.noise(15.0) > 6 * preset.noise(10.0)
    assert preset.name == name and preset.shortest <= preset.cadence


def test_unknown_preset_is_refused():
    with pytest.raises(UsageError, match="Did you mean 'kepler'"):
        choose_preset("keppler")
