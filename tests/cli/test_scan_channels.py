import pytest

from otrain.cli.scan_channels import build_parser, main


def given(monkeypatch, *words):
    calls = []

    class Done:
        notes, exit_code = ("a note",), 3

        def lines(self):
            yield "a line"

    def fake(source, **options):
        calls.append({"source": source} | options)
        return Done()

    monkeypatch.setattr("otrain.workflows.scan_channels.scan_channels", lambda **options: fake(**options))
    assert main(["--source", "e.h5", "--out", "s", *words]) == 3
    return calls[0]


def test_defaults_are_those_of_the_function(monkeypatch):
    import inspect

    from otrain.workflows.scan_channels import scan_channels

    values = given(monkeypatch)
    for name, parameter in inspect.signature(scan_channels).parameters.items():
        if parameter.default is not parameter.empty:
            assert values.pop(name) == parameter.default, name
    assert values == {"source": "e.h5", "out": "s", "reference": "V1:Hrec_hoft_16384Hz"}


def test_flags_and_those_of_annalisa_are_understood(monkeypatch):
    values = given(monkeypatch, "--refchan", "H1:S", "--frange", "10", "200", "--fres", "1", "--tres", "0.05",
                   "--num-chan", "8", "--tolerance", "0.1", "2", "--time-only", "--quiet-events", "published",
                   "--peaks", "published", "--time-reduce", "sample", "--channels", "a", "b", "--alpha", "0.05")
    assert (values["reference"], values["frequency_range"], values["block"]) == ("H1:S", [10, 200], 8)
    assert (values["frequency_step"], values["time_step"], values["tolerance"]) == (1, 0.05, [0.1, 2])
    assert values["time_only"] is True and values["quiet_events"] == values["peaks"] == "published"
    assert values["channels"] == ["a", "b"] and values["alpha"] == 0.05 and values["time_reduce"] == "sample"


def test_notes_go_to_standard_error_and_lines_to_standard_output(monkeypatch, capsys):
    given(monkeypatch)
    out = capsys.readouterr()
    assert out.out == "a line\n" and out.err == "otrain-scan-channels: note: a note\n"


@pytest.mark.parametrize("words", [["--source", "e.h5"], ["--out", "s"],
                                   ["--source", "e", "--out", "s", "--tolerance", "-1", "0"],
                                   ["--source", "e", "--out", "s", "--block", "0"],
                                   ["--source", "e", "--out", "s", "--peaks", "all"]])
def test_wrong_flags_are_refused(words):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_help_shows_examples():
    assert "--frange 10 200" in build_parser().format_help()
