import numpy as np
import pytest

from otrain.domains.lenses.columns import AMPLITUDES, COLUMNS, amplitude_columns
from otrain.domains.lenses.physics.amplitudes import amplitudes, flip_amplitudes, rotate_amplitudes
from otrain.domains.lenses.physics.lens_models import SIE
from otrain.domains.lenses.symmetries import TargetLaw
from otrain.errors import UsageError

UNITS = {"turn": (np.exp(0.7j), False), "mirror": (1 + 0j, True), "mirror of x": (-1 + 0j, True), "both": (np.exp(-2j), True)}


@pytest.mark.parametrize("change", UNITS)
def test_amplitudes_change_as_the_physics_says(change):
    unit, mirrored = UNITS[change]
    names = amplitude_columns(5)
    found = amplitudes(SIE(20.0, 0.6, 0.4), 23.0, 7.0, 5)
    row = np.array([[getattr(found[m, s], "real" if part == "alpha" else "imag") for part, m, s in map(AMPLITUDES.get, names)]])
    expected = rotate_amplitudes(flip_amplitudes(found) if mirrored else found, np.angle(unit))
    wanted = [getattr(expected[m, s], "real" if part == "alpha" else "imag") for part, m, s in map(AMPLITUDES.get, names)]
    assert TargetLaw(names).change(row, unit, mirrored=mirrored)[0] == pytest.approx(wanted, rel=1e-9, abs=1e-15)


def test_positions_have_spin_one_and_ellipticities_spin_two():
    law = TargetLaw(["y_source", "e1", "x_source", "e2", "theta_e"])
    assert law.change(np.array([[2.0, 0.3, 5.0, 0.1, 7.0]]), 1j, mirrored=False)[0] == pytest.approx([5, -0.3, -2, -0.1, 7])
    assert law.change(np.array([[2.0, 0.3, 5.0, 0.1, 7.0]]), 1, mirrored=True)[0] == pytest.approx([-2, 0.3, 5, -0.1, 7])


def test_angles_turn_within_their_period():
    law = TargetLaw(["orientation", "phi", "theta"])
    row = np.array([[170.0, 350.0, 20.0]])
    assert law.change(row, np.exp(1j * np.radians(30)), mirrored=False)[0] == pytest.approx([20, 20, 50])
    assert law.change(row, 1, mirrored=True)[0] == pytest.approx([10, 10, 160])


def test_one_of_a_pair_allows_what_does_not_mix_it_with_the_other():
    assert [TargetLaw(["xiX"]).allows(unit) for unit in (1, -1, 1j, -1j)] == [True, True, False, False]
    assert all(TargetLaw(["e2", "alpha[2][3]", "beta[2][3]"]).allows(unit) for unit in (1, -1, 1j, -1j))
    assert TargetLaw(["xiY"]).change(np.array([[3.0]]), -1, mirrored=True)[0] == [3.0]  # of z -> -conj(z)
    assert TargetLaw(["xiX"]).change(np.array([[3.0]]), -1, mirrored=True)[0] == [-3.0]
    assert TargetLaw(["e2"]).change(np.array([[0.3]]), 1j, mirrored=True)[0] == [0.3]


def test_every_number_has_a_law_or_a_reason():
    floats = [name for name, column in COLUMNS.items() if column.kind is float]
    TargetLaw([name for name in floats if not name.startswith("offset")])
    for name, words in (("offsetX", "a frame of its own"), ("brightness", "no column of lenses")):
        with pytest.raises(UsageError, match=f"how '{name}' changes.*{words}.*--augment none"):
            TargetLaw(["sigma", name])
