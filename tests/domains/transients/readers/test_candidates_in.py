import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.fits import READER

PIXELS = np.arange(56, dtype="f4").reshape(7, 8)


def read(path, *hdus):
    fits.HDUList(list(hdus)).writeto(path, overwrite=True)
    return list(READER.read(Probe(str(path))))


def image(number, name=None, version=None, **header):
    return fits.ImageHDU(PIXELS + number, fits.Header(header), name=name, ver=version)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "c.fits"


def first_pixels(examples):
    return [example.image[0, 0].tolist() for example in examples]


def test_extensions_of_one_name_are_several_candidates(path):
    found = read(path, fits.PrimaryHDU(), *(image(n, "DIFF", n, CANDID=f"c{n}") for n in (1, 2, 3)))
    assert first_pixels(found) == [[1], [2], [3]]
    assert [example.columns["candid"] for example in found] == ["c1", "c2", "c3"]
    assert [example.position for example in found] == [0, 1, 2]


def test_triplets_are_put_together_by_their_version(path):
    hdus = [image(10 * version + place, name, version, CANDID=f"c{version}")
            for place, name in enumerate(("SCI", "TEMPLATE", "DIFF")) for version in (2, 1)]
    found = read(path, fits.PrimaryHDU(), *hdus)
    assert first_pixels(found) == [[10, 11, 12], [20, 21, 22]]
    assert [example.columns["candid"] for example in found] == ["c1", "c2"]


def test_triplets_with_numbered_names_are_put_together(path):
    hdus = [image(10 * n + place, f"{name}_{n}") for n in (1, 2) for place, name in enumerate(("SCI", "REF", "DIFF"))]
    assert first_pixels(read(path, fits.PrimaryHDU(), *hdus)) == [[10, 11, 12], [20, 21, 22]]


def test_images_that_nothing_puts_together_are_named_and_counted(path):
    hdus = [image(n, name) for n, name in enumerate(("SCI", "SCI", "DIFF"))]
    with pytest.raises(InputRejected, match=r"2 science, 1 difference. None of the 3 images"):
        read(path, fits.PrimaryHDU(), *hdus)


def test_unnamed_images_whose_headers_name_candidates_are_candidates(path):
    primary = fits.PrimaryHDU(PIXELS, fits.Header({"CANDID": "c0"}))
    found = read(path, primary, image(1, CANDID="c1"), image(2, CANDID="c2"))
    assert first_pixels(found) == [[0], [1], [2]]
    assert [example.columns["candid"] for example in found] == ["c0", "c1", "c2"]


def test_numbered_extensions_are_candidates_of_their_name(path):
    found = read(path, fits.PrimaryHDU(), *(image(n, f"CAND_{n:03}") for n in (1, 2)))
    assert [example.columns["candid"] for example in found] == ["CAND_001", "CAND_002"]


def test_unnamed_images_of_one_candidate_are_refused_and_counted(path):
    with pytest.raises(InputRejected, match=r"None of the 3 images.*--mapping"):
        read(path, fits.PrimaryHDU(), *(image(n, CANDID="c1") for n in range(3)))


def test_mask_marks_pixels_and_an_error_is_named(path):
    mask = np.zeros(PIXELS.shape, "u1")
    mask[2, 3] = 1
    hdus = [image(0, "DIFF"), fits.ImageHDU(mask, name="MASK"), image(5, "ERR")]
    (found,) = read(path, fits.PrimaryHDU(), *hdus)
    assert np.argwhere(np.isnan(found.image[..., 0])).tolist() == [[2, 3]]
    assert any("ERR" in words for words in found.remarks)


def test_each_candidate_has_its_own_mask(path):
    masks = [np.zeros(PIXELS.shape, "u1") for _ in range(2)]
    masks[0][0, 1] = masks[1][0, 2] = 1
    hdus = [image(0, "DIFF", 1), fits.ImageHDU(masks[0], name="MASK", ver=1),
            image(1, "DIFF", 2), fits.ImageHDU(masks[1], name="MASK", ver=2)]
    found = read(path, fits.PrimaryHDU(), *hdus)
    assert [np.argwhere(np.isnan(example.image[..., 0])).tolist() for example in found] == [[[0, 1]], [[0, 2]]]


def test_planes_last_are_planes(path):
    (found,) = read(path, fits.PrimaryHDU(np.stack([np.full((20, 20), n, "f4") for n in range(3)], axis=-1)))
    assert found.channels == ("science", "template", "difference")
    assert found.image[0, 0].tolist() == [0, 1, 2]


def test_long_stack_is_one_candidate_a_plane(path):
    found = read(path, fits.PrimaryHDU(np.stack([PIXELS + n for n in range(20)])))
    assert first_pixels(found) == [[n] for n in range(20)]


def test_stack_of_triplets_is_one_candidate_each(path):
    stack = np.arange(2 * 3).reshape(2, 3, 1, 1) + np.zeros((2, 3, 8, 8), "f4")
    assert first_pixels(read(path, fits.PrimaryHDU(stack))) == [[0, 1, 2], [3, 4, 5]]


def test_stack_beside_a_table_has_the_columns_of_its_rows(path):
    table = fits.BinTableHDU.from_columns([fits.Column("CANDID", "4A", array=["a", "b"]),
                                           fits.Column("MAG", "E", array=[18.0, 19.0])])
    found = read(path, fits.PrimaryHDU(np.stack([PIXELS, PIXELS + 1])), table)
    assert [(example.columns["candid"], example.columns["mag"]) for example in found] == [("a", 18.0), ("b", 19.0)]


def test_few_planes_are_channels_and_that_is_said(path):
    (found,) = read(path, fits.PrimaryHDU(np.stack([PIXELS, PIXELS + 1])))
    assert found.channels == ("channel_0", "channel_1")
    assert any("2 planes" in words for words in found.remarks)


def test_plain_and_thorough_reading_give_the_same_candidates(path, monkeypatch):
    hdus = [fits.PrimaryHDU(header=fits.Header({"CANDID": "c1", "MAG": 18.0})), image(0, "SCI", EXPTIME=3.0),
            fits.ImageHDU(np.eye(7, 8, dtype="i2"), name="MASK"), image(2, "DIFF", EXPTIME=3.0)]
    hdus[0].header["HIERARCH mag_calib"] = 19.5
    (fast,) = read(path, *hdus)

    def refuse(data):
        from otrain.data.fits.plain import Doubt

        raise Doubt

    monkeypatch.setattr("otrain.domains.transients.readers.fits.read_plain_hdus", refuse)
    (thorough,) = list(READER.read(Probe(str(path))))
    np.testing.assert_array_equal(fast.image, thorough.image)
    assert (fast.columns, fast.remarks) == (thorough.columns, thorough.remarks)
    assert fast.columns == {"candid": "c1", "mag": 19.5}


def test_candidates_of_several_sizes_are_told_apart_by_their_names(path):
    small = fits.ImageHDU(PIXELS[:, :5], fits.Header({"CANDID": "c2"}))
    found = read(path, fits.PrimaryHDU(), image(1, CANDID="c1"), small)
    assert [example.image.shape[1] for example in found] == [8, 5]


def test_psf_without_a_name_beside_a_primary_image_is_not_used_and_that_is_said(path):
    (found,) = read(path, fits.PrimaryHDU(PIXELS, fits.Header({"CANDID": "c1"})), fits.ImageHDU(PIXELS[:3, :3]))
    assert found.image.shape == (7, 8, 1)
    assert any("without a name" in words for words in found.remarks)


def test_three_planes_of_one_named_image_are_the_triplet(path):
    (found,) = read(path, fits.PrimaryHDU(), fits.ImageHDU(np.stack([PIXELS, PIXELS + 1, PIXELS + 2]), name="IMAGE"))
    assert found.channels == ("science", "template", "difference") and found.image[0, 0].tolist() == [0, 1, 2]


def test_planes_of_a_named_image_that_nothing_tells_apart_are_refused_and_counted(path):
    with pytest.raises(InputRejected, match=r"difference image has 5 planes.*None of the 5 images"):
        read(path, fits.PrimaryHDU(), fits.ImageHDU(np.stack([PIXELS + n for n in range(5)]), name="DIFF"))


def test_stacks_of_several_roles_are_one_candidate_a_plane(path):
    hdus = [fits.ImageHDU(np.stack([PIXELS + 10 * n + place for n in range(4)]), name=name)
            for place, name in enumerate(("SCI", "DIFF"))]
    assert first_pixels(read(path, fits.PrimaryHDU(), *hdus)) == [[0, 1], [10, 11], [20, 21], [30, 31]]


def test_where_two_headers_speak_of_a_candidate_that_of_the_difference_counts(path):
    hdus = [image(1, "SCI", MAG=14.0, FWHM=5.0), image(2, "DIFF", MAG=19.5, FWHM=2.5)]
    columns = read(path, fits.PrimaryHDU(), *hdus)[0].columns
    assert (columns["mag"], columns["fwhm"]) == (19.5, 2.5)
