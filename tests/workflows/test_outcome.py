from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest

from otrain.catalogue import WORKFLOWS
from otrain.workflows.outcome import DOCUMENTS, document, schema_of


@dataclass
class Made:
    path: Path = Path("simulated")
    notes: tuple = ("mind the gap",)
    exit_code: int = 0


def test_every_workflow_has_its_document():
    assert set(DOCUMENTS) == set(WORKFLOWS.own)


def test_document_says_what_every_command_says():
    said = document("otrain-simulate", Made(), {"domain": "transients", "kinds": {"real": 3}})
    assert said == {"schema_version": 1, "command": "otrain-simulate", "path": "simulated", "notes": ["mind the gap"],
                    "exit_code": 0, "domain": "transients", "kinds": {"real": 3}}
    jsonschema.validate(said, schema_of("simulate"))


@pytest.mark.parametrize("change", [{"command": "otrain-train"}, {"path": 3}, {"notes": "none"}, {"kinds": []},
                                    {"schema_version": 2}])
def test_other_documents_are_none(change):
    said = document("otrain-simulate", Made(), {"domain": "transients", "kinds": {}})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(said | change, schema_of("simulate"))


def test_missing_key_is_none_and_a_further_one_may_come():
    said = document("otrain-simulate", Made(), {"domain": "transients", "kinds": {}})
    jsonschema.validate(said | {"more": 1}, schema_of("simulate"))
    del said["domain"]
    with pytest.raises(jsonschema.ValidationError, match="domain"):
        jsonschema.validate(said, schema_of("simulate"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_is_one(name):
    jsonschema.Draft202012Validator.check_schema(schema_of(name))
