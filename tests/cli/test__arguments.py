import argparse
from argparse import ArgumentTypeError
from importlib import import_module

import pytest

from otrain.cli import _arguments as module
from otrain.cli._arguments import count, fraction, positive
from otrain.domains.flags import DomainFlags, Flag


@pytest.mark.parametrize(("kind", "text", "value"), [(count, "0", 0), (positive, "1", 1), (fraction, "0.3", 0.3)])
def test_good_values_are_taken(kind, text, value):
    assert kind(text) == value


@pytest.mark.parametrize(("kind", "text"), [
    (count, "-1"), (count, "two"), (positive, "0"), (positive, "1.5"), (fraction, "1"), (fraction, "nan"),
    (fraction, "-0.1"),
])
def test_wrong_values_are_named(kind, text):
    with pytest.raises(ArgumentTypeError, match=f"must be a .*number.* Received: '{text}'"):
        kind(text)


class Known(dict):
    """A catalogue of things that need not be imported."""

    def load(self, name):
        return self[name]


@pytest.fixture
def brought(monkeypatch):
    """Flags of two domains that share one."""
    known = {
        "pulses": DomainFlags("pulses", convert=(
            Flag("pulse_width", "width", float, "S", parameter="width"), Flag("turn", "turned", bool, value=False),
            Flag("count", "how many", int, "N", least=1), Flag("share", "one of two", choices=("a", "b")))),
        "lines": DomainFlags("lines", about={"convert": "Spectra."}, convert=(
            Flag("share", "a number", float), Flag("pairs", "two", float, ("MIN", "MAX"), many=2),
            Flag("draw", "how often", int, "N", alone=10))),
    }
    known = Known(known)
    monkeypatch.setattr(module, "FLAGS", known)
    return known


def parsed(words, **options):
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.add_domain_flags(parser, "convert", **options)
    return parser.parse_args(words), parser


def test_flags_of_all_domains_are_added_in_both_spellings(brought):
    for spelling in ("--pulse-width", "--pulse_width"):
        args, parser = parsed([spelling, "2.5", "--turn", "--pairs", "1", "2", "--draw"])
        assert (args.pulse_width, args.turn, args.pairs, args.draw) == (2.5, False, [1.0, 2.0], 10)
    assert "Spectra." in parser.format_help()


def test_flag_that_is_not_given_has_no_value(brought):
    args, _ = parsed([])
    assert module.domain_values(args, "convert") == {}


def test_least_value_of_a_flag_is_held(brought):
    assert parsed(["--count", "1"])[0].count == 1
    with pytest.raises(argparse.ArgumentError, match="a whole number from 1"):
        parsed(["--count", "0"])


def test_shared_flag_is_that_of_the_chosen_domain(brought):
    assert parsed(["--share", "a"])[0].share == "a"
    assert parsed(["--share", "0.5"], chosen="lines")[0].share == 0.5


def test_values_come_under_the_parameters_that_take_them(brought, monkeypatch):
    monkeypatch.setitem(brought, "pulses", DomainFlags("pulses", infer=(Flag("no_maps", "", parameter="maps"),)))
    assert module.domain_values(argparse.Namespace(no_maps=False, other=1), "infer") == {"maps": False}


@pytest.mark.parametrize(("words", "name"), [
    (["--domain", "lightcurves"], "lightcurves"), (["--domain=transients", "--cube", "c"], "transients"),
    (["--cube", "--domain"], None), (["--domain", "galaxies"], None), ([], None)])
def test_domain_is_named_by_its_flag(words, name):
    assert module.named_domain(words) == name


READS = {  # command: what else it needs, the flags of the seeds for cube, network and output
    "diagnostics": ([], "--path-cube-validation", "--model-path", "--path-diagnostics"),
    "plot_results": ([], "--path-cube-validation", "--model-path", "--path-plots"),
    "grad_cam": ([], "--cube", "--model-path", "--cam_path"),
    "infer": ([], "--cutouts", "--model", "--out"),
    "doctor": ([], "--cutouts", "--model-path", "--outdir"),
    "train": ([], "--cube", None, "--model-path"),
    "optimise_dataset_size": ([], "--cube", None, "--outdir"),
    "checkinfer": (["--crossmatch", "c", "--infer", "i"], None, None, "--plots"),
    "convert": (["--cutouts", "c"], None, None, "--path-datacube"),
}


@pytest.mark.parametrize("command", READS)
def test_flags_of_the_seeds_are_the_common_ones(command):
    parser = import_module(f"otrain.cli.{command}").build_parser()
    others, *seeds = READS[command]
    common = {"--cube": seeds[0], "--model": seeds[1], "--out": seeds[2]}
    new = [word for flag, seed in common.items() if seed for word in (flag, f"a{flag}")]
    old = [word for flag, seed in common.items() if seed for word in (seed, f"a{flag}")]
    hyphens = [word.replace("_", "-") for word in old]
    underscores = ["--" + word[2:].replace("-", "_") if word.startswith("--") else word for word in old]
    first, *rest = (parser.parse_args([*others, *words]) for words in (new, old, hyphens, underscores))
    assert all(args == first for args in rest)
    assert {value for value in vars(first).values() if isinstance(value, str)} >= {
        f"a{flag}" for flag, seed in common.items() if seed and not (flag == "--cube" and command in ("infer", "doctor"))}


@pytest.mark.parametrize("command", ["train", "infer", "diagnostics", "plot_results", "grad_cam"])
@pytest.mark.parametrize("value", ["-0.1", "1.01", "nan", "half"])
def test_threshold_outside_0_and_1_is_refused_by_every_command(command, value, capsys):
    parser = import_module(f"otrain.cli.{command}").build_parser()
    with pytest.raises(SystemExit):
        parser.parse_args(["--cube", "c", *(["--model", "m"] if command != "train" else []), "--out", "o",
                           "--threshold", value])
    assert f"--threshold: must be a number from 0 to 1. Received: '{value}'" in capsys.readouterr().err
