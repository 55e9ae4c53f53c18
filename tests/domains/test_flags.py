from otrain.domains.flags import DomainFlags, Flag


def test_a_flag_sets_the_parameter_of_its_name_or_another():
    flags = DomainFlags("pulses", convert=(Flag("width", "width in s"), Flag("cut", "side", parameter="size")))
    assert flags.parameters("convert") == {"width": "width", "cut": "size"}
    assert flags.parameters("infer") == {}
