from types import SimpleNamespace

import numpy as np
import pytest

from otrain.data.cubes.datacube import open_cube
from otrain.data.cubes.side_table import read_side_table
from otrain.data.subsets.split import split_cube
from otrain.domains.lightcurves.panopticon.prepared_cube import INVERTED, _with_inverted_events, prepared_cube
from otrain.errors import DataError


def prepare(curves, tmp_path, **options):
    target = tmp_path / "prepared.npz"
    counts = prepared_cube(curves.cube, target, **{"bounds": {}, **options})
    return counts, open_cube(target), target


def label_of(cube):
    return cube.read(np.arange(len(cube)))[..., cube.channels.index("label")]


def test_nothing_asked_for_keeps_all(curves, tmp_path):
    counts, cube, target = prepare(curves, tmp_path)
    with cube, open_cube(curves.cube) as before:
        assert counts == {"examples": 40, "inverted": 0}
        np.testing.assert_array_equal(cube.read(np.arange(40)), before.read(np.arange(40)))
        assert cube.labels.tolist() == before.labels.tolist()
        assert len(read_side_table(target, "events", cube.meta)["t0"]) == len(
            read_side_table(curves.cube, "events", before.meta)["t0"])


def test_binaries_are_continuum_where_planets_are_alone(curves, tmp_path):
    _, cube, target = prepare(curves, tmp_path, classes=1)
    with cube:
        assert cube.classes == ("continuum", "planet") or list(cube.classes) == ["continuum", "planet"]
        assert set(cube.labels.tolist()) == {0, 1} and np.nanmax(label_of(cube)) == 1
        assert cube.meta["targets"][0]["classes"] == ["continuum", "planet"]
        assert set(read_side_table(target, "events", cube.meta)["kind"]) == {"planet"}


def test_inverted_copies_have_their_events_where_their_labels_are(curves, tmp_path):
    counts, cube, target = prepare(curves, tmp_path, augment=True)
    assert counts == {"examples": 40, "inverted": 40}
    with cube:
        events = read_side_table(target, "events", cube.meta)
        columns = cube.columns_of(np.arange(80))
        images = cube.read(np.arange(80))
        time = images[..., cube.channels.index("time")] + columns["time_start"][:, None]
        label, flux = label_of(cube), images[..., 0]
        assert len(events["t0"]) == 2 * np.sum(~np.char.endswith(events["candid"], INVERTED))
        for star, candid, t0, kind in zip(events["object_id"], events["candid"], events["t0"], events["kind"], strict=True):
            row = columns["candid"].tolist().index(candid)
            inside = np.abs(time[row] - t0) < 0.22
            assert columns["object_id"][row] == star and inside.sum() >= 9
            assert (label[row, inside] == (1 if kind == "planet" else 2)).all(), candid
            assert np.nanmedian(flux[row, inside]) < -8, "and the flux is low there"


def test_inverted_copy_is_in_the_subset_of_its_star(curves, tmp_path):
    _, cube, _ = prepare(curves, tmp_path, augment=True)
    with cube:
        split = split_cube(cube, frac_validation=0.2, frac_test=0.2, seed=3)
        star = cube.columns_of(np.arange(80))["object_id"]
        parts = [set(star[rows]) for rows in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == 40 and not parts[0] & parts[1] and not parts[1] & parts[2] and not parts[0] & parts[2]


def test_light_curves_outside_the_bounds_are_left_out_and_counted(curves, tmp_path):
    counts, cube, _ = prepare(curves, tmp_path, bounds={"depth": (0.0, 0.02), "mag": (10.0, 12.0)})
    with cube:
        assert counts == {"examples": 30, "inverted": 0, "depth outside its bounds": 10, "mag outside its bounds": 0}
        assert set(cube.labels.tolist()) == {0, 1}


def test_unknown_property_keeps_its_light_curve(curves, tmp_path):
    assert prepare(curves, tmp_path, bounds={"period": (0.0, 10.0)})[0]["period outside its bounds"] == 0


def test_nothing_left_is_an_error(curves, tmp_path):
    with pytest.raises(DataError, match=r"no light curve is left.*Widen \[bounds\]"):
        prepare(curves, tmp_path, bounds={"mag": (20.0, 30.0)})
    with pytest.raises(DataError, match="'with missing points': 40"):
        prepare(curves, tmp_path, complete=True)


def test_events_of_inverted_copies_are_mirrored_about_the_middle_of_a_curve_that_begins_late():
    flux = np.ones((1, 48, 1))
    cube = SimpleNamespace(shape=(48, 1), columns_of=lambda rows, names: {"candid": np.array(["s"])},
                           batches=lambda rows, size: [flux])
    columns = {"candid": np.array(["s"]), "time_start": np.array([1500.0]), "cadence": np.array([1800.0])}
    events = {"candid": np.array(["s"]), "t0": np.array([1500.25])}
    both = _with_inverted_events(events, columns, _Cube(cube))
    assert both["t0"].tolist() == [1500.25, 1500.75], "a day of half-hour slots, mirrored at its noon"
    assert both["candid"].tolist() == ["s", "s" + INVERTED]


class _Cube:
    """One curve."""

    def __init__(self, parts):
        self.shape, self.columns_of, self.batches = parts.shape, parts.columns_of, parts.batches

    def __len__(self):
        return 1
