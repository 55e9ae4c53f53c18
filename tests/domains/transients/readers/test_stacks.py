import h5py
import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.stacks import READER, StackReader, holds_stack

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(5, 9, 9, 3)).astype("f4")
LABELS = np.array([1, 0, 1, 0, -1])


def read(path, rows=None, reader=READER):
    return list(reader.read(Probe(str(path), rows=rows)))


def test_array_is_read_with_the_table_beside_it(tmp_path):
    np.save(tmp_path / "triplets.npy", IMAGES)
    (tmp_path / "candidates.csv").write_text("objectId,candid,magpsf,fid,rb,label\n" + "".join(
        f"ZTF{n},{10 + n},1{n}.5,{1 + n % 2},0.{n},{LABELS[n]}\n" for n in range(5)))
    found = read(tmp_path / "triplets.npy")
    assert [example.label for example in found] == [1, 0, 1, 0, None]
    assert all(np.array_equal(example.image, image) for example, image in zip(found, IMAGES, strict=True))
    assert found[1].columns == {"candid": "11", "object_id": "ZTF1", "mag": 11.5, "band": "r", "survey_score": 0.1,
                                "telescope": "ztf"}
    assert found[0].channels == ("science", "template", "difference") and found[3].position == 3


def test_windows_of_a_file_are_its_rows(tmp_path):
    np.savez(tmp_path / "set.npz", X=IMAGES, y=LABELS)
    assert READER.count(Probe(str(tmp_path / "set.npz"))) == (5, ())
    assert [example.position for example in read(tmp_path / "set.npz", (3, 5))] == [3, 4]
    assert np.array_equal(read(tmp_path / "set.npz", (3, 4))[0].image, IMAGES[3])


def test_channels_first_and_subsets_are_put_in_order(tmp_path):
    first = np.moveaxis(IMAGES, -1, 1)
    np.savez(tmp_path / "set.npz", X_train=first[:3], y_train=LABELS[:3], X_test=first[3:], y_test=LABELS[3:])
    found = read(tmp_path / "set.npz")
    assert [example.label for example in found] == [1, 0, 1, 0, None]
    assert np.array_equal(found[4].image, IMAGES[4]) and found[4].position == 4
    assert read(tmp_path / "set.npz", (2, 4))[1].position == 3


def test_hdf5_with_words_for_labels_is_read(tmp_path):
    with h5py.File(tmp_path / "stamps.h5", "w") as file:
        file["stamps"], file["labels"], file["candid"] = IMAGES, np.array(["real", "bogus"] * 2 + [""], object), np.arange(5)
    found = read(tmp_path / "stamps.h5")
    assert [example.label for example in found] == ["real", "bogus", "real", "bogus", ""]
    assert found[2].columns == {"candid": "2"}


def test_columns_with_our_names_are_taken_as_they_are(tmp_path):
    np.savez(tmp_path / "set.npz", X=IMAGES, candid=np.arange(5), kind=np.array(["SN", "", "x", "y", "z"]), fwhm_psf=np.full(5, 2.5),
             pixel_scale=np.array(["wide"] * 5))
    first, second, *_ = read(tmp_path / "set.npz")
    assert (first.columns, second.columns) == ({"candid": "0", "kind": "SN", "fwhm_psf": 2.5}, {"candid": "1", "fwhm_psf": 2.5})


def test_one_hot_labels_are_places(tmp_path):
    np.savez(tmp_path / "set.npz", X=IMAGES[:2], y=np.array([[0.0, 1.0], [1.0, 0.0]]))
    assert [example.label for example in read(tmp_path / "set.npz")] == [1, 0]


def test_file_with_one_array_of_one_candidate_is_one(tmp_path):
    np.save(tmp_path / "c.npy", IMAGES[0].astype("f8"))
    (example,) = read(tmp_path / "c.npy")
    assert np.array_equal(example.image, IMAGES[0]) and example.image.dtype == np.float32


def test_what_holds_no_images_says_what_there_is(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((2, 2)))
    with pytest.raises(InputRejected, match=r"no-image.*Present: .* 2x2"):
        read(tmp_path / "x.npy")


def test_cubes_and_tables_are_left_to_others(tmp_path):
    np.savez(tmp_path / "cube.npz", cube=IMAGES, labels=LABELS)
    np.savez(tmp_path / "table.npz", X=np.zeros((5, 4)), y=LABELS)
    assert not holds_stack(tmp_path / "cube.npz") and not holds_stack(tmp_path / "table.npz")


def test_reader_that_has_a_file_open_goes_to_a_worker_without_it(tmp_path):
    import pickle

    np.save(tmp_path / "x.npy", IMAGES)
    reader = StackReader()
    read(tmp_path / "x.npy", reader=reader)
    assert len(read(tmp_path / "x.npy", reader=pickle.loads(pickle.dumps(reader)))) == 5


def test_mapping_names_the_arrays(tmp_path):
    from otrain.domains.transients.readers.mapping import load_mapping

    (tmp_path / "m.toml").write_text('[arrays]\nimages = "a"\nlabels = "t"\nchannels = ["one", "two", "three"]\naxes = "NHWC"\n'
                                     '[arrays.columns]\nmag = "brightness"\n')
    np.savez(tmp_path / "set.npz", a=IMAGES, b=IMAGES, t=LABELS, brightness=np.arange(5.0))
    reader = load_mapping(tmp_path / "m.toml")
    found = read(tmp_path / "set.npz", reader=reader)
    assert isinstance(reader, StackReader) and found[0].channels == ("one", "two", "three")
    assert [example.columns for example in found[:2]] == [{"mag": 0.0}, {"mag": 1.0}] and found[0].label == 1


def test_cube_with_its_channels_first_is_put_in_order_with_its_columns(tmp_path):
    np.savez(tmp_path / "c.npz", cube=np.moveaxis(IMAGES, -1, 1), labels=np.abs(LABELS), mags=np.arange(5) + 15.0,
             errmags=np.full(5, 0.1), filters=np.array(["r"] * 5), fwhms=np.full(5, 3.0), candids=np.array([*"abcde"]))
    found = read(tmp_path / "c.npz")
    assert np.array_equal(found[2].image, IMAGES[2]) and found[2].channels == ("science", "template", "difference")
    assert found[2].columns == {"candid": "c", "mag": 17.0, "mag_err": 0.1, "band": "r", "fwhm": 3.0}


@pytest.mark.parametrize("name", ["X", "cube"])
def test_mask_array_marks_pixels_and_weights_are_named(tmp_path, name):
    mask = np.zeros((5, 9, 9), "u1")
    mask[1, 3, 4] = 1
    np.savez(tmp_path / "m.npz", **{name: IMAGES}, labels=np.abs(LABELS), mask=mask, weights=np.ones((5, 9, 9)))
    found = read(tmp_path / "m.npz")
    assert [int(np.isnan(example.image).sum()) for example in found] == [0, 3, 0, 0, 0]
    assert np.isnan(found[1].image[3, 4]).all()
    assert list(found[0].remarks) == ["the array weights beside the images is not used"]
