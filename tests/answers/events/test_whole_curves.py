from types import SimpleNamespace

import numpy as np
import pytest

from otrain.answers.events.whole_curves import whole_panel

IMAGE = np.array([[0.0, 0.0, 0.0], [-2.0, 0.5, 1.0], [np.nan, 1.0, 0.0]], np.float32)
CUBE = SimpleNamespace(
    path="c", channels=("flux", "time", "label"), read=lambda rows: IMAGE[None],
    columns_of=lambda rows: {"time_start": np.array([1000.25]), "scale": np.array([0.001]),
                             "candid": np.array(["s02_1"])},
    meta={"targets": [{"name": "label", "channel": "label", "shape": [], "classes": ["no", "yes"]}],
          "channels": ["flux", "time", "label"], "classes": ["no", "yes"]})


def test_a_curve_is_in_days_of_the_star_and_relative_to_its_level():
    panel = whole_panel(CUBE, 0)
    assert panel["time"].tolist() == [1000.25, 1000.75, 1001.25]
    assert panel["flux"][:2] == pytest.approx([1.0, 0.998]) and np.isnan(panel["flux"][2])
    assert panel["label"].tolist() == [0, 1, 0] and panel["title"] == "s02_1" and panel["probability"] is None


def test_each_class_has_a_map_with_nothing_where_there_is_no_flux():
    single = whole_panel(CUBE, 0, np.array([[-np.log(3)], [np.log(3)], [0.0]]))["probability"]
    np.testing.assert_allclose(single, [[0.25, 0.75, np.nan]])
    several = whole_panel(CUBE, 0, np.log([[0.5, 0.2, 0.3], [0.1, 0.6, 0.3], [1, 1, 1]]))["probability"]
    np.testing.assert_allclose(several, [[0.2, 0.6, np.nan], [0.3, 0.3, np.nan]])
