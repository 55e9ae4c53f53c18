import csv
import time

import numpy as np
import pytest

from otrain.data.cubes.datacube import DataCube
from otrain.data.subsets.split import object_groups, split_cube, write_split
from otrain.errors import DataError, UsageError


def cube_of(n=200, *, images=None, columns=None, labels=None, seed=0):
    images = np.random.default_rng(seed).normal(size=(n, 4, 4, 1)) if images is None else images
    labels = np.arange(n) % 2 if labels is None else labels
    return DataCube.from_arrays(images, labels, columns or {}, {"channels": ["difference"]})


def subsets(split):
    return {name: set(rows.tolist()) for name, rows in
            {"training": split.train, "validation": split.validation, "test": split.test}.items()}


def test_fractions_are_met_in_each_class():
    cube = cube_of(200)
    split = split_cube(cube, frac_validation=0.15, frac_test=0.25)
    assert [len(split.train), len(split.validation), len(split.test)] == [120, 30, 50]
    assert cube.labels[split.test].sum() == 25 and cube.labels[split.validation].sum() == 15


def test_every_labelled_row_is_in_one_subset_and_others_in_none():
    labels = np.r_[np.arange(60) % 2, [-1] * 5]
    split = split_cube(cube_of(65, labels=labels))
    everything = np.concatenate([split.train, split.validation, split.test])
    assert sorted(everything) == list(range(60))


def test_order_of_the_rows_does_not_matter():
    cube = cube_of(80)
    order = np.random.default_rng(1).permutation(80)
    shuffled = cube_of(images=cube.read(order), labels=cube.labels[order], n=80)
    first, second = split_cube(cube, seed=3), split_cube(shuffled, seed=3)
    assert set(order[second.test]) == set(first.test)


def test_another_seed_gives_another_split():
    assert set(split_cube(cube_of(), seed=1).test) != set(split_cube(cube_of(), seed=2).test)


@pytest.mark.parametrize("change", [lambda x: x, lambda x: x[::-1], np.rot90, lambda x: x.transpose(1, 0, 2)])
def test_copies_also_turned_or_mirrored_never_straddle(change):
    cube = cube_of(100)
    images = cube.read(np.arange(100))
    images[50:] = [change(image) for image in images[:50]]
    names = split_cube(cube_of(100, images=images, labels=np.tile(np.arange(50) % 2, 2))).subset_names()
    assert (names[:50] == names[50:]).all()
    assert len(set(names)) == 3


def test_different_nan_patterns_of_bits_are_one_image():
    images = np.random.default_rng(0).normal(size=(40, 4, 4, 1)).astype("f4")
    images[:2] = images[0]
    images[0, 0, 0, 0] = np.nan
    images[1, 0, 0, 0] = np.array([0xFFC00001], np.uint32).view(np.float32)[0]
    split = split_cube(cube_of(40, images=images))
    assert split.groups[0] == split.groups[1]


@pytest.mark.parametrize("name", ["object_id", "candid", "night"])
def test_rows_of_one_object_or_group_stay_together(name):
    objects = np.array([f"o{i // 4}" for i in range(200)])
    labels = np.repeat(np.arange(50) % 2, 4)
    cube = cube_of(200, columns={name: objects}, labels=labels)
    names = split_cube(cube, group=name if name == "night" else None).subset_names().reshape(50, 4)
    assert (names == names[:, :1]).all()
    assert len(set(names[:, 0])) == 3


def test_empty_names_join_nothing():
    split = split_cube(cube_of(columns={"candid": np.full(200, ""), "ra": np.zeros(200), "dec": np.zeros(200)}))
    assert len(np.unique(split.groups)) == 200


def test_rows_within_two_arcsec_are_one_object_also_across_zero_hours_and_at_the_pole():
    arcsec = 1 / 3600
    ra = np.array([0.0, 360 - 0.5 * arcsec, 10.0, 10.0, 10.0, 100.0, 280.0])
    dec = np.array([20.0, 20.0, -5.0, -5.0 + 1.5 * arcsec, -5.0 + 4.5 * arcsec, 90 - 0.5 * arcsec, 90 - 0.5 * arcsec])
    padding = 33
    columns = {"ra": np.r_[ra, 200 + np.arange(padding)], "dec": np.r_[dec, np.full(padding, 45.0)]}
    groups = split_cube(cube_of(40, columns=columns)).groups
    assert groups[0] == groups[1] and groups[2] == groups[3] and groups[5] == groups[6]
    assert groups[3] != groups[4]
    assert len(np.unique(groups)) == 37


def test_pairs_on_the_sky_agree_with_astropy():
    from astropy import units as u
    from astropy.coordinates import SkyCoord

    rng = np.random.default_rng(0)
    ra, dec = 30 + rng.normal(0, 0.01, 300), 60 + rng.normal(0, 0.006, 300)
    place = SkyCoord(ra * u.deg, dec * u.deg)
    close = place[:, None].separation(place[None]).arcsec <= 2  # reference: astropy's great circle
    groups = split_cube(cube_of(300, columns={"ra": ra, "dec": dec}), frac_test=0).groups
    a, b = np.nonzero(close)
    assert (groups[a] == groups[b]).all() and len(np.unique(groups)) > 30
    parent = np.arange(300)
    for _ in range(300):
        parent = np.array([parent[row].min() for row in close])
    assert len(np.unique(parent)) == len(np.unique(groups))


def test_subset_without_an_example_is_named():
    with pytest.raises(DataError, match="test would have no example: the cube has 4 labelled examples in 4 groups"):
        split_cube(cube_of(4))


def test_test_subset_may_be_left_out():
    split = split_cube(cube_of(40), frac_test=0)
    assert len(split.test) == 0 and len(split.validation) == 6


def test_one_class_cannot_be_trained_on():
    with pytest.raises(DataError, match="one class only"):
        split_cube(cube_of(40, labels=np.ones(40, int)))


def test_subsets_get_their_share_of_each_stratum():
    strata = np.repeat([0, 1, 2, -1], [100, 60, 20, 20])
    split = split_cube(cube_of(200), strata=strata, frac_validation=0.2, frac_test=0.2)
    counts = [np.bincount(strata[rows], minlength=3).tolist() for rows in (split.train, split.validation, split.test)]
    assert counts == [[60, 36, 12], [20, 12, 4], [20, 12, 4]]
    assert not (split.subset_names()[180:] != "").any(), "rows without a stratum are in no subset"


def test_one_stratum_is_enough_where_no_classes_are_told_apart():
    split = split_cube(cube_of(40, labels=np.full(40, -1)), strata=np.zeros(40, int), fewest=1)
    assert len(split.train) == 28


@pytest.mark.parametrize("fractions", [(0, 0.1), (0.5, 0.5), (0.1, -0.1), (1.2, 0)])
def test_fractions_must_leave_something(fractions):
    with pytest.raises(UsageError, match="must lie between 0"):
        split_cube(cube_of(), frac_validation=fractions[0], frac_test=fractions[1])


def test_unknown_group_column_gets_the_nearest_name():
    with pytest.raises(UsageError, match="Did you mean 'night'"):
        split_cube(cube_of(columns={"night": np.arange(200)}), group="nihgt")


def test_split_table_has_a_row_for_every_example(tmp_path):
    cube = cube_of(40, columns={"candid": np.array([f"c,{i}" for i in range(40)])})
    split = split_cube(cube)
    write_split(tmp_path / "split.csv", cube, split)
    rows = list(csv.DictReader((tmp_path / "split.csv").open()))
    assert [row["subset"] for row in rows] == split.subset_names().tolist()
    assert rows[3]["candid"] == "c,3" and int(rows[3]["label"]) == 1


@pytest.mark.parametrize("ra, dec", [(-99.0, -99.0), (-999.0, -999.0), (99.99, 99.99), (150.1, 2.2)])
def test_placeholder_or_field_centre_joins_nothing_and_costs_nothing(ra, dec):
    columns = {"ra": np.full(20_000, ra), "dec": np.full(20_000, dec)}
    start = time.perf_counter()
    groups = object_groups(columns, 20_000)
    assert time.perf_counter() - start < 2
    assert len(np.unique(groups)) == 20_000


def test_field_centre_is_said_and_objects_beside_it_stay_together():
    ra = np.r_[np.full(30, 150.0), np.repeat(np.arange(35) + 200.0, 2)]
    split = split_cube(cube_of(100, columns={"ra": ra, "dec": np.full(100, 2.0)}))
    assert split.note == ("30 examples stand at exactly ra = 150, dec = 2: taken for the centre of a field, "
                          "not for one object.")
    assert len(np.unique(split.groups)) == 65
    assert split_cube(cube_of()).note == ""


def test_many_rows_at_one_place_of_a_larger_cube_are_one_object_quickly():
    ra = np.r_[np.full(3000, 150.0), 200 + np.arange(17_000) / 200]
    start = time.perf_counter()
    groups = object_groups({"ra": ra, "dec": np.full(20_000, 2.0)}, 20_000)
    assert time.perf_counter() - start < 2
    assert len(np.unique(groups)) == 17_001


def test_long_chains_are_one_group_whatever_their_order():
    order = np.random.default_rng(0).permutation(5000)
    columns = {"ra": 100 + order * 1.5 / 3600, "dec": np.zeros(5000)}
    assert len(np.unique(object_groups(columns, 5000))) == 1


def test_column_that_joined_most_of_the_cube_is_named():
    columns = {"object_id": np.full(200, "one"), "candid": np.arange(200).astype(str)}
    with pytest.raises(DataError, match="200 examples are one group, by equal or near values of: object_id"):
        split_cube(cube_of(columns=columns))


def test_crowd_of_nearly_equal_places_costs_no_time():
    rng = np.random.default_rng(0)
    columns = {"ra": 150 + rng.normal(0, 1e-4, 20_000), "dec": rng.normal(0, 1e-4, 20_000)}
    start = time.perf_counter()
    groups = object_groups(columns, 20_000)
    assert time.perf_counter() - start < 2
    assert np.bincount(groups).max() > 19_900
