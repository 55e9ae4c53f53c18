"""The schemas in docs/reference/schemas are those of the code."""

import json
from pathlib import Path

import pytest

from otrain.workflows.outcome import DOCUMENTS, schema_of

FOLDER = Path(__file__).parent.parent.parent / "docs" / "reference" / "schemas"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_is_current(name):
    written = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert written == schema_of(name), "run: python docs/write_schemas.py"


def test_no_schema_of_a_command_that_is_gone():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(DOCUMENTS)
