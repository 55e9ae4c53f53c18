import json

import pytest

from otrain.data.results.calibration import Calibration
from otrain.data.results.event_search import EventSearch, KindOfEvent
from otrain.errors import IntegrityError

SEARCH = EventSearch("mean_log_odds", 0.05, 2.0, {"planet": KindOfEvent(1.5, Calibration("temperature", 2.0)),
                                                  "binary": KindOfEvent()})


def test_search_survives_json():
    assert EventSearch.from_dict(json.loads(json.dumps(SEARCH.to_dict()))) == SEARCH


@pytest.mark.parametrize("change", [
    {"statistic": "__import__"}, {"floor": 2}, {"join": float("nan")}, {"kinds": []}, {"more": 1},
    {"kinds": {"planet": {"threshold": "1", "calibration": {}}}},
    {"kinds": {"planet": {"threshold": True, "calibration": {}}}},
    {"kinds": {"planet": {"threshold": 1.0, "calibration": {"method": "pickle"}}}},
])
def test_impossible_search_is_refused(change):
    with pytest.raises(IntegrityError, match=r"cannot be used|unknown entries"):
        EventSearch.from_dict({**SEARCH.to_dict(), **change})
