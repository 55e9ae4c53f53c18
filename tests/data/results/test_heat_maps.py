import numpy as np
import pytest

from otrain.data.results.heat_maps import HeatMapDirectory, read_heat_maps, write_heat_maps
from otrain.errors import DataError, IntegrityError


def write(path, n=5):
    maps = np.random.default_rng(0).random((n, 4, 6)).astype("f4")
    columns = {"row": np.arange(n), "candid": np.array([f"c{i}" for i in range(n)], str), "score": np.linspace(0, 1, n)}
    write_heat_maps(path, [maps[:2], maps[2:]], maps.shape, columns)
    return {"maps": maps, **columns}


def test_maps_written_in_batches_are_read_back_unchanged(tmp_path):
    written = write(tmp_path / "m.npz")
    read = read_heat_maps(tmp_path / "m.npz")
    assert read.keys() == written.keys()
    for name, values in written.items():
        np.testing.assert_array_equal(read[name], values)
        assert read[name].dtype == values.dtype


def test_no_maps_are_a_file_too(tmp_path):
    write(tmp_path / "m.npz", n=0)
    assert read_heat_maps(tmp_path / "m.npz")["maps"].shape == (0, 4, 6)


def test_same_maps_give_the_same_bytes(tmp_path):
    for name in "ab":
        write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_folders_have_the_names_of_otrain(tmp_path):
    folder = HeatMapDirectory.below(tmp_path)
    names = [str(folder.images(outcome).relative_to(tmp_path)) for outcome in ("TP", "TN", "FP", "FN")]
    assert names == [f"grad_cam/{name}" for name in ("True Positive", "True Negative", "False Positive", "False Negative")]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="Make them with otrain-grad-cam"):
        read_heat_maps(tmp_path / "none.npz")


@pytest.mark.parametrize("arrays", [{"maps": np.array([{}], object)}, {"maps": np.ones((2, 3)), "row": np.arange(3)},
                                    {"row": np.arange(3)}])
def test_file_that_is_no_table_of_maps_is_refused(tmp_path, arrays):
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(IntegrityError, match="heat maps"):
        read_heat_maps(tmp_path / "m.npz")


def test_cut_file_is_refused(tmp_path):
    write(tmp_path / "m.npz")
    (tmp_path / "m.npz").write_bytes((tmp_path / "m.npz").read_bytes()[:-200])
    with pytest.raises(IntegrityError, match="cannot be read"):
        read_heat_maps(tmp_path / "m.npz")
