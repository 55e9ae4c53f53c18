import numpy as np
import pytest

from otrain.cli.compare import build_parser, main


@pytest.fixture
def folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, level in (("one", 1.0), ("two", 2.0)):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "a.npy", np.full((30, 30), level))


def test_differences_are_printed_and_end_with_8(folders, capsys):
    assert main(["one", "two"]) == 8
    out = capsys.readouterr().out
    assert "1 differ." in out and "a.npy: 0.03333 per pixel (norm 30, from -1 to -1, 900 pixels)" in out
    assert main(["one", "one"]) == 0


def test_flags_of_droulette_are_taken(folders):
    words = ["one", "two", "-d", "d", "-O", "report.tex", "-o", "stats", "-t", "0.5", "-m", "--outfile", "table.csv"]
    args = build_parser().parse_args(words)
    assert (args.diff, args.report, args.stats, args.threshold, args.masked) == ("d", "report.tex", "stats", 0.5, True)
    assert main(words) == 8
    from pathlib import Path

    assert all(Path(name).exists() for name in ("d/a.png", "report.tex", "stats/a.tex", "table.csv"))
    assert main(words) == 5 and main([*words, "--overwrite"]) == 8
