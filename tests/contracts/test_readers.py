"""What every reader of the catalogue must do: know its own files, and only those."""

import importlib.util
from pathlib import Path

import pytest
from hostile.good import GOOD

from otrain.catalogue import DOMAINS, READERS
from otrain.data.inputs.example import Example
from otrain.data.inputs.outcomes import Kept
from otrain.data.inputs.probe import Probe
from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe

REAL_ALERTS = Path(__file__).parents[3] / "shared" / "data" / "transients" / "alerts_avro"

FIXTURES = {reader: next(iter(makers.values())) for reader, makers in GOOD.items()}
DOMAIN_OF = {reader: DOMAINS.load(name) for name in DOMAINS for reader in DOMAINS.load(name).source.readers}


def test_every_reader_belongs_to_one_domain():
    assert set(DOMAIN_OF) == set(READERS)
    assert len(DOMAIN_OF) == sum(len(DOMAINS.load(name).source.readers) for name in DOMAINS)


def test_every_reader_has_a_fixture():
    assert set(READERS) >= set(FIXTURES)
    assert not {name for name in READERS if name not in FIXTURES}


@pytest.mark.parametrize("name", FIXTURES)
def test_exactly_one_reader_recognises_a_file(tmp_path, name):
    path = str(FIXTURES[name](tmp_path))
    assert [known for known in DOMAIN_OF[name].source.readers if READERS.load(known).recognises(Probe(path))] == [name]


@pytest.mark.parametrize("name", FIXTURES)
def test_reader_yields_examples_of_the_domain(tmp_path, name):
    examples = list(READERS.load(name).read(Probe(str(FIXTURES[name](tmp_path)))))
    assert examples
    for example in examples:
        assert isinstance(example, Example)
        assert example.image.ndim == len(DOMAIN_OF[name].axes)
        assert example.image.dtype.kind == "f"
        assert example.image.shape[-1] == len(example.channels) == len(set(example.channels))
        columns = DOMAIN_OF[name].columns
        assert set(example.columns) <= set(columns)
        for column, value in example.columns.items():
            assert isinstance(value, columns[column].kind), column


@pytest.mark.parametrize("name", FIXTURES)
def test_reader_has_the_name_of_its_entry(name):
    assert READERS.load(name).name == name


@pytest.mark.parametrize("content", [b"x", b"SIMPLE", b"\x1f\x8b", b"Obj", b"\0\0\0\0\0\0", b"%PDF-1.4"])
def test_no_reader_recognises_what_is_none_of_theirs(tmp_path, content):
    (tmp_path / "x.bin").write_bytes(content)
    assert not any(READERS.load(name).recognises(Probe(str(tmp_path / "x.bin"))) for name in READERS)


@pytest.mark.skipif(not REAL_ALERTS.is_dir(), reason="the real alerts are not here")
@pytest.mark.skipif(importlib.util.find_spec("fastavro") is None, reason="fastavro is not installed")
@pytest.mark.parametrize("survey", ["ztf", "lsst", "pgir", "winter", "decam"])
def test_real_alerts_of_every_survey_are_read(survey):
    door = Door(make_recipe())
    outcomes = [outcome for item in list_inputs(REAL_ALERTS / survey).inputs for outcome in door(item)]
    assert outcomes
    assert all(isinstance(outcome, Kept) for outcome in outcomes)
    for outcome in outcomes:
        assert outcome.example.channels == ("science", "template", "difference")
        assert {"candid", "object_id", "ra", "dec", "mjd", "mag", "band"} <= set(outcome.example.columns)
