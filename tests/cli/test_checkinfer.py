import json

import pytest

from otrain.cli.checkinfer import build_parser, main
from otrain.plots.checkinfer import FIGURES

PATHS = ["--plots", "p", "--crossmatch", "c", "--infer", "i"]


@pytest.fixture
def tables(tmp_path, monkeypatch):
    rows = "".join(f"c{i} {i / 30} 3.0 2.0\n" for i in range(30))
    (tmp_path / "infer_results.dat").write_text("# cand_ID label1 FWHM FWHMPSF\n" + rows)
    events = "".join(f"{i} {16 + i % 6} c{i}\n" for i in range(15))
    (tmp_path / "crossmatch.dat").write_text("# idx mag closest_candID\n" + events)
    monkeypatch.setattr("otrain.workflows.checkinfer.save_figure", lambda path, figure: path.write_bytes(b"png"))
    monkeypatch.setattr("otrain.workflows.checkinfer.checkinfer_figures", lambda **asked: dict.fromkeys(FIGURES))
    monkeypatch.chdir(tmp_path)
    return ["--plots", "plots", "--crossmatch", ".", "--infer", "."]


def test_published_defaults():
    args = build_parser().parse_args(PATHS)
    assert (args.maglim, args.cnn_problim) == ([12, 18, 21], [0.1, 0.5, 0.7])
    assert (args.fwhm_ratio_lower, args.fwhm_ratio_upper) == (0.5, 4.2)


@pytest.mark.parametrize("line", [
    "--maglim 16 18 --cnn-problim 0.3 --fwhm-ratio-lower 0.6 --fwhm-ratio-upper 3",
    "--mag-lim 16 18 --cnn_problim 0.3 --fwhm_ratio_lower 0.6 --fwhm_ratio_upper 3",
])
def test_published_flags_are_parsed_in_both_spellings(line):
    args = build_parser().parse_args(PATHS + line.split())
    assert (args.maglim, args.cnn_problim) == ([16, 18], [0.3])
    assert (args.fwhm_ratio_lower, args.fwhm_ratio_upper) == (0.6, 3)


def test_shares_go_to_standard_output_and_counts_to_standard_error(tables, capsys):
    assert main([*tables, "--maglim", "18"]) == 0
    out, err = capsys.readouterr()
    assert "mag < 18" in out and "mag >= 18" in out and "0.5: 0.000 (0.000-" in out
    assert "events: rows 15, matched 15\n" in err
    assert "candidates: rows 30, simulated 15, not simulated 15\n" in err


def test_json_is_one_document(tables, capsys):
    main([*tables, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert document["events"]["matched"] == 15 and len(document["figures"]) == 6


def test_unreadable_rows_give_exit_code_3(tables, capsys):
    with open("infer_results.dat", "a") as file:
        file.write("c99 high 3.0 2.0\n")
    assert main(tables) == 3
    assert "unreadable score 1" in capsys.readouterr().err


def test_absent_table_gives_exit_code_4(tables):
    assert main([*tables, "--infer", "none.dat"]) == 4


def test_second_run_gives_exit_code_5(tables):
    assert [main(tables), main(tables), main([*tables, "--overwrite"])] == [0, 5, 0]
