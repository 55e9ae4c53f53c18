import os

import pytest

from otrain.data.files.journal import Journal, request_id
from otrain.errors import IntegrityError, UsageError

REQUEST = {"cube": "ab12", "recipe": {"augment": ("turns",)}}


def test_results_are_there_when_the_journal_is_opened_again(tmp_path):
    first = Journal(tmp_path / "runs.jsonl", REQUEST)
    first.append({"size": 10})
    first.append({"size": 20})
    assert Journal(tmp_path / "runs.jsonl", REQUEST).records == first.records == [{"size": 10}, {"size": 20}]


def test_every_result_is_synced_before_append_returns(tmp_path, monkeypatch):
    journal, synced = Journal(tmp_path / "runs.jsonl", REQUEST), []
    monkeypatch.setattr(os, "fsync", synced.append)
    journal.append({"size": 10})
    assert len(synced) == 1


def test_line_that_was_cut_short_is_dropped_and_written_anew(tmp_path):
    path = tmp_path / "runs.jsonl"
    Journal(path, REQUEST).append({"size": 10})
    with path.open("a") as file:
        file.write('{"size": 2')
    again = Journal(path, REQUEST)
    again.append({"size": 20})
    assert Journal(path, REQUEST).records == [{"size": 10}, {"size": 20}]


def test_first_line_that_was_cut_short_makes_an_empty_journal(tmp_path):
    path = tmp_path / "runs.jsonl"
    path.write_text('{"format": 1, "req')
    assert Journal(path, REQUEST).records == []
    assert Journal(path, REQUEST).records == []


def test_other_request_is_refused_with_what_differs(tmp_path):
    Journal(tmp_path / "runs.jsonl", REQUEST)
    with pytest.raises(UsageError, match=r"cube: 'ab12' then, 'cd34' now"):
        Journal(tmp_path / "runs.jsonl", REQUEST | {"cube": "cd34"})


@pytest.mark.parametrize("line", ["not JSON", "[1, 2]"])
def test_damage_inside_is_an_error_and_not_a_lost_result(tmp_path, line):
    path = tmp_path / "runs.jsonl"
    Journal(path, REQUEST)
    with path.open("a") as file:
        file.write(line + '\n{"size": 10}\n')
    with pytest.raises(IntegrityError, match=r"runs\.jsonl: (line 2|every line)"):
        Journal(path, REQUEST)


def test_number_that_json_does_not_know_is_not_written(tmp_path):
    journal = Journal(tmp_path / "runs.jsonl", REQUEST)
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.append({"mcc": float("nan")})
    assert Journal(tmp_path / "runs.jsonl", REQUEST).records == []


def test_request_is_named_by_its_values_not_their_order():
    assert request_id({"a": 1, "b": (2, 3)}) == request_id({"b": [2, 3], "a": 1})
