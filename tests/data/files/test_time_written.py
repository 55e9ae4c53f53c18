import datetime

from otrain.data.files.time_written import time_written


def test_time_is_now_in_utc(monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    told = datetime.datetime.fromisoformat(time_written())
    assert abs((datetime.datetime.now(datetime.UTC) - told).total_seconds()) < 60


def test_time_is_that_which_is_asked_for(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert time_written() == "2023-11-14T22:13:20+00:00"


def test_what_is_no_number_is_ignored(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    assert time_written() > "2024"
