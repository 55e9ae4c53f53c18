import numpy as np
import pytest

from otrain.evaluation.column_bins import column_bins


@pytest.mark.parametrize("value, reason", [(0.0, "0"), (99.0, "99"), (-99.0, "-99"), (np.nan, "not finite"),
                                           (np.inf, "not finite"), (26.0, "above 25")])
def test_what_is_no_measurement_is_left_out_and_counted(value, reason):
    bins = column_bins([16.0, 17.0, value, 18.0], up_to=25)
    assert bins.place[2] == -1 and (np.delete(bins.place, 2) >= 0).all()
    assert bins.left_out == {reason: 1}


def test_every_value_is_in_a_bin_or_counted():
    rng = np.random.default_rng(0)
    values = np.r_[rng.normal(19, 2, 500), np.full(7, 99.0), np.full(3, np.nan), 40.0]
    bins = column_bins(values, up_to=25)
    assert np.sum(bins.place >= 0) + sum(bins.left_out.values()) == len(values)
    assert set(bins.place) == {-1, *range(6)}


def test_place_lies_between_the_edges_of_its_bin():
    values = np.linspace(15, 22, 300)
    bins = column_bins(values, count=5)
    inner = (bins.place > 0) & (bins.place < 4)
    assert (values[inner] >= bins.edges[bins.place[inner]]).all()
    assert (values[inner] < bins.edges[bins.place[inner] + 1]).all()


def test_one_value_makes_bins_around_it():
    bins = column_bins(np.full(4, 18.0), count=2)
    assert len(bins) == 2 and bins.edges[0] < 18 < bins.edges[-1]


@pytest.mark.parametrize("values", [[], [99.0, 0.0], [np.nan]])
def test_column_without_a_measurement_has_no_bins(values):
    bins = column_bins(values)
    assert len(bins) == 0 and (bins.place == -1).all()
