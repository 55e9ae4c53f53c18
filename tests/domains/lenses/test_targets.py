import numpy as np
import pytest

from otrain.domains.lenses.preparation import make_recipe
from otrain.domains.lenses.targets import asked_targets, find_targets, has_no_influence, is_constant
from otrain.errors import DataError

RISING = np.arange(1.0, 5.0)


def columns(**others):
    return {"source": np.array(["SersicSphere", "s", "s", "s"]), "sigma": RISING, "sigma2": RISING, "theta": RISING * 9,
            "xiX": RISING, "xiY": np.full(4, 2.5), "alpha[0][1]": RISING, "beta[0][1]": -RISING, "alpha[1][0]": RISING,
            "alpha[1][2]": RISING, "beta[1][2]": RISING} | others


def test_variables_come_first_then_the_amplitudes():
    assert asked_targets(make_recipe(variables=["xiY", "sigma"], nterms=0)) == ["xiY", "sigma", "alpha[0][1]", "beta[0][1]"]
    assert asked_targets(make_recipe())[:3] == ["theta_e", "e1", "e2"]


def test_what_does_not_show_or_vary_is_named_and_left_out():
    recipe = make_recipe(variables=["sigma", "sigma2", "theta", "xiX", "xiY"], nterms=1)
    names, notes = find_targets(recipe, columns())
    assert names == ("sigma", "xiX", "alpha[0][1]", "beta[0][1]", "alpha[1][0]", "alpha[1][2]", "beta[1][2]")
    assert notes[0].startswith("2 numbers do not show in the images, whose sources are round") and "sigma2, theta" in notes[0]
    assert notes[1] == "1 number has one value for all images, and is left out: xiY."
    assert notes[2] == "7 of 10 numbers are to be learnt."


def test_ellipses_among_round_sources_keep_their_axes():
    mixed = columns(source=np.array(["s", "e", "s", "s"]))
    assert find_targets(make_recipe(variables=["sigma2", "theta"]), mixed) == (("sigma2", "theta"), [])
    assert not has_no_influence("sigma", np.array(["s"])) and not has_no_influence("theta", None)


def test_beta_of_spin_zero_is_left_out_even_if_rounding_made_it_vary():
    found, notes = find_targets(make_recipe(variables=["sigma", "beta[1][0]"]), columns(**{"beta[1][0]": RISING * 1e-17}))
    assert found == ("sigma",) and "beta[1][0]" in notes[0]


def test_asked_numbers_that_no_table_has_are_an_error():
    with pytest.raises(DataError, match=r"no table tells chi, alpha\[2\]\[1\].* up to order 1 \(--nterms\)"):
        find_targets(make_recipe(variables=["sigma", "chi"], nterms=2), columns())


def test_defaults_are_those_that_are_known():
    names, notes = find_targets(make_recipe(), {"theta_e": RISING, "e1": RISING, "e2": np.full(4, np.nan)})
    assert names == ("theta_e", "e1") and "no table tells e2, x_source" in notes[0]
    assert find_targets(make_recipe(), {"pixel_scale": RISING}) == ((), [])


@pytest.mark.parametrize(("values", "constant"), [([1.0, 1.0], True), ([1.0, 1.0 + 1e-12], True), ([1e-9, 2e-9], False),
                                                  ([0.0, 0.0], True), ([np.nan, 3.0], True), ([-1.0, 1.0], False)])
def test_constancy_is_relative_to_the_size_of_the_values(values, constant):
    assert is_constant(values) == constant
