import numpy as np
import pytest

from otrain.answers.scores.stored_maps import stored_maps
from otrain.data.results.heat_maps import write_heat_maps
from otrain.errors import UsageError


@pytest.fixture
def path(tmp_path):
    maps = np.arange(3, dtype="f4")[:, None, None] + np.ones((3, 2, 2), "f4")
    write_heat_maps(tmp_path / "heat_maps.npz", [maps], maps.shape,
                    {"candid": np.array(["c", "a", "twice"]), "file": np.array(["3", "1", "4"])})
    return tmp_path / "heat_maps.npz"


def test_map_is_that_of_the_candidate(path):
    columns = {"candid": np.array(["a", "b", "c", "a"]), "file": np.array(["1", "2", "3", "9"])}
    found = stored_maps(path, columns, 4)(np.array([2, 0, 1, 3]))
    assert found[:, 0, 0].tolist() == [1, 2, 0, 0]


def test_name_of_several_candidates_has_no_map(path):
    columns = {"candid": np.array(["twice", "twice", "a"]), "file": np.array(["4", "4", "1"])}
    assert stored_maps(path, columns, 3)([0, 1, 2])[:, 0, 0].tolist() == [0, 0, 2]


def test_maps_of_other_candidates_are_refused(path):
    with pytest.raises(UsageError, match="of other candidates"):
        stored_maps(path, {"candid": np.array(["z"])}, 1)
