from otrain.domains.lightcurves.flags import FLAGS
from otrain.domains.lightcurves.preparation import make_recipe
from otrain.domains.lightcurves.simulators.folder import check

RECIPE, REQUEST = make_recipe(), check()


def test_every_flag_of_convert_sets_a_value_of_the_recipe():
    assert set(FLAGS.parameters("convert").values()) <= set(RECIPE)


def test_every_flag_of_simulate_is_taken_by_the_simulator():
    assert FLAGS.simulate and set(FLAGS.parameters("simulate").values()) <= set(REQUEST)


def test_defaults_of_the_flags_are_those_of_the_simulator():
    given = {flag.target: flag.default for flag in FLAGS.simulate if flag.default is not None}
    assert check(**given) == REQUEST


def test_ways_of_reading_are_chosen_in_convert_and_infer_alike():
    names = {"time", "flux", "error", "magnitudes", "quality_column", "quality", "bitmask", "mission"}
    for flags in (FLAGS.convert, FLAGS.infer):
        assert names <= {flag.name for flag in flags}
    recipe = make_recipe()
    assert names <= recipe.keys() and all(flag.target == flag.name for flag in FLAGS.infer if flag.name in names)
