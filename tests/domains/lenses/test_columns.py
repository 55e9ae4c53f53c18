import numpy as np
import pytest
from astropy import units

from otrain.domains.lenses.columns import (
    AMPLITUDES,
    COLUMNS,
    DEFAULT_TARGETS,
    amplitude_columns,
    amplitude_of,
)


@pytest.mark.parametrize(("nterms", "count"), [(2, 9), (3, 14), (4, 20), (5, 27)])
def test_amplitudes_of_an_order_are_those_with_a_value(nterms, count):
    names = amplitude_columns(nterms)
    by_hand = [(part, m, s) for m in range(nterms + 1) for s in range((m + 1) % 2, m + 2, 2) for part in ("alpha", "beta")
               if not (part == "beta" and s == 0)]
    assert len(names) == count and [AMPLITUDES[name] for name in names] == by_hand


def test_alpha_and_beta_take_turns_in_order():
    assert amplitude_columns(2) == ["alpha[0][1]", "beta[0][1]", "alpha[1][0]", "alpha[1][2]", "beta[1][2]",
                                    "alpha[2][1]", "beta[2][1]", "alpha[2][3]", "beta[2][3]"]


def test_every_default_target_and_amplitude_is_a_column():
    assert set(DEFAULT_TARGETS) < set(COLUMNS) and set(amplitude_columns(10)) < set(COLUMNS)
    assert amplitude_of("alpha[10][11]") == ("alpha", 10, 11) and amplitude_of("alpha[1][1]") is None


def test_units_are_those_that_astropy_knows():
    assert {name for name, column in COLUMNS.items() if column.unit and not units.Unit(column.unit)} == set()
    order = [units.Unit(COLUMNS[f"alpha[{m}][{m + 1}]"].unit).to_string() for m in range(4)]
    assert order == ["pix", "", "1 / pix", "1 / pix2"]
    assert np.isnan(COLUMNS["theta_e"].missing)
