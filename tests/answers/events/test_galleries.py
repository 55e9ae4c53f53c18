import numpy as np
import pytest

from otrain.answers.events.galleries import _depth, _first, event_galleries
from otrain.answers.events.search import look_for_events
from otrain.data.event_search import EventSearch
from otrain.domains.lightcurves.contents import DOMAIN
from otrain.tasks.segmentation import TASK
from otrain.workflows._scored import scored


def test_each_light_curve_comes_once_before_any_comes_twice():
    score = np.array([5.0, 4, 3, 2, 1])
    assert _first(np.arange(5), -score, np.array([7, 7, 7, 8, 9])) == [0, 3, 4, 1, 2]
    assert _first(np.arange(0), -score, np.zeros(5, int)) == []


@pytest.mark.parametrize(("depth", "words"), [(0.0001234, "123 ppm"), (0.0099, "9900 ppm"), (0.168, "16.8 %"),
                                              (-0.0008581, "-858 ppm"), (np.nan, "depth not known")])
def test_depths_have_three_digits(depth, words):
    assert _depth(depth) == words


def test_panels_show_test_events_around_their_centre(curves):
    with scored(curves.cube, curves.run.path) as (replies, _, _):
        found = look_for_events(replies.cube, replies.rows, replies.subset, replies.raw, TASK, DOMAIN)
        asked = replies.cube, replies.rows, replies.raw, found, replies.subset, replies.labels == 0
        search = EventSearch.from_dict(curves.report["search"])
        seen = event_galleries(*asked, search, "planet", TASK, threshold=None)
        blind = event_galleries(*asked, search, "planet", TASK, threshold=np.inf)
    wanted = curves.report["events"]["planet"]["network"]["counts"]["test"]["events"]
    assert len(seen["finds"]) == wanted and not seen["misses"]
    assert len(blind["misses"]) == wanted and not blind["finds"] and not blind["false_alarms"]
    for panel in seen["finds"]:
        near = np.abs(panel["time"] - panel["t0"]) < 0.2
        assert (panel["label"][near] == 1).all() and np.nanmedian(panel["flux"][near]) < -7000
        assert (np.nanmin(panel["probability"][near]) > 0.3 and "ppm" in panel["title"]) or "%" in panel["title"]
