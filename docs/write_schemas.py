"""Write the JSON Schema of what every command prints with --json: python docs/write_schemas.py."""

import json
from pathlib import Path

from otrain.workflows.outcome import DOCUMENTS, schema_of

FOLDER = Path(__file__).parent / "reference" / "schemas"


def text_of(name):
    """Return the schema of one command as it is written."""
    return json.dumps(schema_of(name), indent=2) + "\n"


if __name__ == "__main__":
    for name in DOCUMENTS:
        (FOLDER / f"{name}.json").write_text(text_of(name), encoding="utf-8")
