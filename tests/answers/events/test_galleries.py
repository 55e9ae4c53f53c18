from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.events.galleries import _depth, _first, _panel, event_galleries
from otrain.answers.events.search import look_for_events
from otrain.data.results.event_search import EventSearch
from otrain.domains.lightcurves.contents import DOMAIN
from otrain.tasks.segmentation import TASK
from otrain.workflows.scoring.scored import scored


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


def test_panel_reaches_three_durations_to_either_side_in_days():
    time = np.arange(0, 40, 1 / 24)
    image = np.stack([np.zeros(len(time)), time, np.zeros(len(time))], axis=-1)
    cube = SimpleNamespace(path="c", channels=("flux", "time", "label"), read=lambda rows: image[None],
                           columns_of=lambda rows: {"time_start": np.array([1000.0]), "scale": np.array([1.0])},
                           meta={"targets": [{"name": "label", "channel": "label", "shape": [], "classes": ["no", "yes"]}],
                                 "channels": ["flux", "time", "label"], "classes": ["no", "yes"]})
    panel = _panel(cube, 0, np.zeros((len(time), 1)), 1, TASK, 1020.0, 12.0, "title")
    assert np.ptp(panel["time"]) == pytest.approx(2 * 3 * 12 / 24, abs=2 / 24), "3 x 12 h on either side"
    short = _panel(cube, 0, np.zeros((len(time), 1)), 1, TASK, 1020.0, 1.0, "title")
    assert np.ptp(short["time"]) == pytest.approx(1.2, abs=2 / 24), "at least 0.6 d on either side"
