from dataclasses import fields

from otrain.domains.glitches.flags import FLAGS
from otrain.domains.glitches.simulators.events import EventSettings
from otrain.domains.glitches.simulators.folder import check
from otrain.domains.glitches.simulators.noise import SPECTRA
from otrain.domains.glitches.simulators.shapes import CLASSES


def test_every_setting_of_the_simulator_has_a_flag():
    assert {flag.target for flag in FLAGS.simulate} == {one.name for one in fields(EventSettings)}


def test_defaults_in_the_help_are_those_of_the_simulator():
    defaults = check()
    for flag in FLAGS.simulate:
        told = flag.help.rpartition("[")[2].rstrip("]")
        if told != "all":
            value = defaults[flag.target]
            words = value if isinstance(value, list) else [value]
            assert told == " ".join(f"{one:.12g}" if isinstance(one, float) else str(one) for one in words), flag.name


def test_choices_are_all_there_are():
    by_name = {flag.name: flag for flag in FLAGS.simulate}
    assert by_name["psd"].choices == SPECTRA
    assert all(name in by_name["classes"].help for name in CLASSES)
