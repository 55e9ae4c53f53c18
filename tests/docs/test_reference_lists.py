"""Lists in the reference pages equal those in the code."""

import re
from pathlib import Path

import pytest

from otrain import errors
from otrain.cli._command import EXIT_CODES
from otrain.data.inputs.quarantine import QUARANTINE_REASONS, SKIP_REASONS

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "reference"


def _rows(page, heading=""):
    """First two cells of each row of the table under a heading, without backquotes."""
    text = (REFERENCE / page).read_text(encoding="utf-8").partition(heading)[2] if heading else (
        REFERENCE / page).read_text(encoding="utf-8")
    table = re.search(r"^\| --- .*\n((?:\|.*\n)+)", text, re.M).group(1)
    return {cells[1].strip(" `"): cells[2].strip() for cells in (line.split("|") for line in table.splitlines())}


@pytest.mark.parametrize("heading, reasons", [("## Reasons to quarantine", QUARANTINE_REASONS),
                                              ("## Reasons to skip", SKIP_REASONS)])
def test_page_lists_exactly_the_reasons_of_the_code(heading, reasons):
    assert _rows("quarantine.md", heading) == reasons


def test_page_lists_the_exit_code_of_every_error():
    kinds = [getattr(errors, name) for name in errors.__all__]
    codes = {str(kind.exit_code) for kind in kinds} | {
        "0", str(errors.QUARANTINED), "129", "130", "131", "143"}
    assert codes == set(_rows("exit-codes.md"))


def test_help_of_every_command_names_known_exit_codes():
    assert set(re.findall(r"\b\d+\b", EXIT_CODES)) <= set(_rows("exit-codes.md"))


def test_report_page_names_every_figure():
    from otrain.answers.scores import page as report

    source = Path(report.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'figures\["(\w+)"\]|"(loss|accuracy|worst|mosaic_\w+|confusion)"[:,]', source))
    names = {a or b for a, b in names} | {f"by_{column}" for column in (*report._NUMBERS, *report._CATEGORIES)}
    page = (REFERENCE / "report.md").read_text(encoding="utf-8")
    assert len(names) >= 10
    assert not [name for name in names if f"`{name}`" not in page]
