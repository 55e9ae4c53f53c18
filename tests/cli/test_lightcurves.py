from pathlib import Path

import pytest

from otrain.cli.lightcurves import build_parser, main
from otrain.domains.lightcurves.panopticon.config import read_settings
from otrain.workflows.lightcurves import PanopticonWork


def seen(monkeypatch, argv):
    calls = []

    def fake(verbs, **options):
        calls.append((verbs, options))
        return PanopticonWork(Path("c.toml"), verbs, [])

    monkeypatch.setattr("otrain.workflows.lightcurves.lightcurves", fake)
    assert main(argv) == 0
    return calls[0]


def test_flags_of_panopticon_are_understood_with_their_defaults():
    args = build_parser().parse_args(["--labels", "--prepare", "--augment"])
    assert (args.labels, args.prepare, args.augment, args.filter_inf) == (True, True, True, True)
    assert args.cfg == "config/default.toml"
    assert build_parser().parse_args(["--prepare", "--no-filter_inf"]).filter_inf is False


def test_verbs_are_done_in_their_own_order(monkeypatch):
    verbs, options = seen(monkeypatch, ["--train", "--prepare", "--labels", "--analyze", "last"])
    assert verbs == ["labels", "prepare", "train", "analyze"] and options["analyze"] == ["last"]


def test_plotall_is_plot_all(monkeypatch):
    assert seen(monkeypatch, ["--plotall"])[1]["plot"] == ["all"]
    assert seen(monkeypatch, ["--plot", "a.ftr", "b.ftr"])[1]["plot"] == ["a.ftr", "b.ftr"]


@pytest.mark.parametrize(("argv", "words"), [([], "at least one verb"), (["--plotall", "--plot", "x"], "different")])
def test_unclear_requests_are_refused(argv, words, capsys):
    assert main(argv) == 2
    assert words in capsys.readouterr().err


def test_init_writes_a_configuration_that_is_read_and_kept(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--init"]) == 0
    assert read_settings("config/default.toml").train["architecture"] == "unet3p"
    assert main(["--init"]) == 5
    assert "exists already" in capsys.readouterr().err


def test_absent_configuration_and_absent_run_are_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--info"]) == 4
    assert "--init" in capsys.readouterr().err
    main(["--init"])
    assert main(["--analyze", "last"]) == 4
    assert "no run yet" in capsys.readouterr().err
    assert main(["--train"]) == 4
    assert "no prepared light curves" in capsys.readouterr().err
