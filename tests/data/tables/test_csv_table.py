import ast
import csv
import io
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

import otrain
from otrain.data.tables.csv_table import (
    number_as_written,
    plain_cell,
    printable,
    safe_cell,
    write_csv,
    write_ecsv,
)

ROOT = Path(otrain.__file__).parent
HOMES = {"data/tables/csv_table.py", "data/tables/written.py"}
# Numbers alone for the program that PSLS is; Panopticon's own feather file, which no spreadsheet opens; a
# table of the caller's in a temporary folder, which this process reads again.
NUMBERS_ALONE = {"domains/lightcurves/simulators/psls.py", "domains/lightcurves/panopticon/combined.py",
                 "workflows/scoring/trained_network.py"}
WRITERS = {"csv.writer", "csv.DictWriter", "np.savetxt", "ascii.write", "parquet.write_table", "feather.write_feather"}


def test_tables_are_written_in_two_modules_only():
    seen = set()
    for path in sorted(ROOT.rglob("*.py")):
        place = str(path.relative_to(ROOT))
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            formats = [ast.unparse(word.value) for word in node.keywords if word.arg == "format"]
            of_table = name.endswith(".write") and any("ascii" in one or "votable" in one or "csv" in one for one in formats)
            if name in WRITERS or of_table or name.endswith((".to_csv", ".ParquetWriter", ".write_table")):
                seen.add(place)
                assert place in HOMES | NUMBERS_ALONE, f"{place}:{node.lineno}: write tables with otrain.data.tables.csv_table"
    assert seen == HOMES | NUMBERS_ALONE


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@sum(1)", "  =1", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_gets_a_quote_in_front(text):
    assert safe_cell(text)[0] == "'"


@pytest.mark.parametrize("text", ["c12", "", "a=b", "x-1", "'quoted'", "1.5", "\u03b1"])
def test_other_text_stays_as_it_is(text):
    assert safe_cell(text) == text == plain_cell(text)


def test_quote_before_a_formula_is_taken_away_again():
    assert [plain_cell(safe_cell(text)) for text in ("=1", " @x", "-5")] == ["=1", " @x", "-5"]


def test_what_a_terminal_obeys_is_shown():
    assert printable("a\x1b[2Jb\x07\u202ec\udc80") == r"a\x1b[2Jb\x07\u202ec\udc80"


def test_rows_are_written_with_every_text_harmless():
    out = io.StringIO()
    write_csv(out, ["=name", "n"], [["=1", 1], ["\x1b[0m", np.int64(2)], [np.str_("@x"), float("nan")], [None, 0.5]])
    assert list(csv.reader(io.StringIO(out.getvalue(), newline=""))) == [
        ["'=name", "n"], ["'=1", "1"], [r"\x1b[0m", "2"], ["'@x", "nan"], ["", "0.5"]]


def test_ecsv_has_units_and_no_control_characters(tmp_path):
    write_ecsv(tmp_path / "t.ecsv", {"file": ["a\x1b[2J", "b"], "mag": [1.5, 2.5]}, units={"mag": "mag"}, meanings={"file": "f"})
    assert b"\x1b" not in (tmp_path / "t.ecsv").read_bytes()
    table = Table.read(tmp_path / "t.ecsv")
    assert table["file"][0] == r"a\x1b[2J" and str(table["mag"].unit) == "mag" and table["file"].description == "f"


def test_table_of_a_split_holds_no_formula_and_no_escape(tmp_path):
    from otrain.data.cubes.datacube import DataCube
    from otrain.data.subsets.split import Split, write_split

    names = np.array(["=HYPERLINK(0)", "c\x1b[2J", "@x", "d"])
    cube = DataCube.from_arrays(np.zeros((4, 2, 2, 1)), [0, 1, 0, 1], {"candid": names, "file": names[::-1]}, {})
    rows = np.arange(4)
    write_split(tmp_path / "split.csv", cube, Split(rows[:2], rows[2:3], rows[3:], rows))
    text = (tmp_path / "split.csv").read_text()
    assert "\x1b" not in text
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert len(cells) == 30 and not [cell for cell in cells if cell.startswith(("=", "@", "+"))]


def test_numbers_of_another_table_keep_their_digits_and_its_formulas_get_a_quote():
    out = io.StringIO()
    write_csv(out, ["a"], [[number_as_written(text)] for text in ("-1.50", "1e-3", "-1+1", "nan", "x")], lineterminator="\n")
    assert out.getvalue() == "a\n-1.50\n1e-3\n'-1+1\nnan\nx\n"
