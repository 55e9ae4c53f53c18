import numpy as np

from otrain.domains.transients.door import Door
from otrain.domains.transients.inputs import list_inputs
from otrain.domains.transients.preparation import make_recipe

IMAGES = np.arange(3 * 4 * 4, dtype="f4").reshape(3, 4, 4, 1)


def save(path, **arrays):
    defaults = {"cube": IMAGES, "labels": np.array([0, 1, 1]), "mags": np.array([17.0, 18.0, np.nan]),
                "errmags": np.full(3, 0.1), "filters": np.array(["g", "r", "g"]), "fwhms": np.ones(3),
                "candids": np.array(["a", "b", "c"])}
    np.savez(path, **defaults | arrays)
    return path


def outcomes(source, **recipe):
    door = Door(make_recipe(**recipe))
    return [outcome for item in list_inputs(source).inputs for outcome in door(item)]


def test_cube_of_otrain_gives_its_candidates(tmp_path):
    examples = [outcome.example for outcome in outcomes(save(tmp_path / "c.npz"))]
    np.testing.assert_array_equal([one.image for one in examples], IMAGES)
    assert [one.label for one in examples] == [0, 1, 1]
    assert examples[1].columns == {"candid": "b", "mag": 18.0, "mag_err": 0.1, "band": "r", "fwhm": 1.0,
                                   "file": "c.npz"}
    assert [one.position for one in examples] == [0, 1, 2]


def test_cube_is_prepared_anew(tmp_path):
    assert outcomes(save(tmp_path / "c.npz"), size=2)[0].example.image.shape == (2, 2, 1)


def test_one_hot_labels_become_indices(tmp_path):
    path = save(tmp_path / "c.npz", labels=np.eye(2)[[1, 0, 1]])
    assert [outcome.example.label for outcome in outcomes(path)] == [1, 0, 1]


def test_unknown_labels_are_none(tmp_path):
    path = save(tmp_path / "c.npz", labels=np.array([-1, 0, 1]))
    assert outcomes(path)[0].example.label is None


def test_pickled_objects_are_refused(tmp_path):
    path = save(tmp_path / "c.npz", labels=np.array([object(), None, 3], dtype=object))
    (outcome,) = outcomes(path)
    assert outcome.reason == "corrupt" and "of type object is refused" in outcome.words


def test_column_of_objects_costs_that_column_only(tmp_path):
    path = save(tmp_path / "c.npz", candids=np.array([object(), None, 3], dtype=object))
    columns = [outcome.example.columns for outcome in outcomes(path)]
    assert [one["band"] for one in columns] == ["g", "r", "g"] and not any("candid" in one for one in columns)


def test_cube_without_candidates_is_accounted_for(tmp_path):
    path = save(tmp_path / "c.npz", cube=IMAGES[:0], labels=np.zeros(0, int), **dict.fromkeys(
        ("mags", "errmags", "filters", "fwhms", "candids"), np.zeros(0)))
    assert len(outcomes(path)) == 1
