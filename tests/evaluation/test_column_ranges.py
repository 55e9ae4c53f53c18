import json

import numpy as np

from otrain.evaluation.column_ranges import edge_distance, outside_ranges, training_ranges


def test_values_outside_the_training_are_counted():
    ranges = training_ranges({"mag": np.array([15.0, 20.0, np.nan])})
    found = outside_ranges(ranges, {"mag": np.array([14.0, 15.0, 17.0, 20.0, 21.0, np.nan])})
    assert (found["mag"]["low"], found["mag"]["high"], found["mag"]["known"]) == (15, 20, 2)
    assert (found["mag"]["outside"], found["mag"]["judged"]) == (2, 5)
    assert found["mag"]["share"]["value"] == 0.4


def test_fill_values_of_magnitudes_widen_no_range():
    assert training_ranges({"mag": np.array([18.0, 99.0, -99.0])})["mag"]["high"] == 18


def test_bands_that_training_never_had_are_named():
    ranges = training_ranges({"band": np.array(["g", "r", ""])})
    found = outside_ranges(ranges, {"band": np.array(["g", "z", "z", ""])})
    assert found["band"]["values"] == ["g", "r"]
    assert found["band"]["unseen"] == {"z": 2}


def test_names_places_and_dates_have_no_range():
    columns = {"candid": np.array(["a", "b"]), "ra": np.array([1.0, 2.0]), "mjd": np.array([6e4, 7e4]),
               "edge": np.array([True, False])}
    assert training_ranges(columns) == {}


def test_column_without_a_value_is_left_out_and_one_that_vanishes_is_said():
    assert training_ranges({"fwhm": np.full(3, np.nan)}) == {}
    found = outside_ranges(training_ranges({"fwhm": np.array([2.0, 3.0])}), {})
    assert found["fwhm"]["judged"] == 0
    assert found["fwhm"]["share"] == {"value": None, "low": None, "high": None}
    json.dumps(found, allow_nan=False)


def test_edge_is_where_the_outermost_candidates_are():
    x, y = (axis.ravel().astype(float) for axis in np.mgrid[0:101:5, 0:101:5])
    x[0] = np.nan
    distance = edge_distance({"x": x, "y": y})
    assert np.isnan(distance[0])
    assert distance[(x == 50) & (y == 50)] == 50
    assert distance[(x == 10) & (y == 30)] == 10


def test_few_positions_trace_no_edge():
    assert len(edge_distance({"x": np.arange(50.0), "y": np.arange(50.0)})) == 0
    assert len(edge_distance({})) == 0


def test_side_of_a_pixel_may_differ_by_a_little():
    ranges = training_ranges({"pixel_scale": np.array([0.5, 0.5]), "telescope": np.array(["T80", "T80"])})
    found = outside_ranges(ranges, {"pixel_scale": np.array([0.49, 0.52, 0.6, 1.0]), "telescope": np.array(["T80", "ztf", "", "T80"])})
    assert found["pixel_scale"]["outside"] == 2 and found["telescope"]["unseen"] == {"ztf": 1}
