from otrain.domains.transients.flags import FLAGS
from otrain.domains.transients.preparation import make_recipe
from otrain.domains.transients.simulators.folder import check

RECIPE, REQUEST = make_recipe(), check()


def test_every_flag_of_convert_sets_a_value_of_the_recipe():
    assert set(FLAGS.parameters("convert").values()) <= {*RECIPE, "blank"}


def test_every_flag_of_simulate_is_taken_by_the_simulator():
    assert FLAGS.simulate and set(FLAGS.parameters("simulate").values()) <= set(REQUEST)


def test_defaults_of_the_flags_are_those_of_the_simulator():
    given = {flag.target: flag.default for flag in FLAGS.simulate if flag.default is not None}
    assert check(**given) == REQUEST
