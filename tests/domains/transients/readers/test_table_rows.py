import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.readers.fits import READER

IMAGES = np.arange(2 * 36, dtype="f4").reshape(2, 6, 6)


def read(path, *columns):
    names = fits.Column("ID", "K", array=[7, 8])
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns([names, *columns])]).writeto(path)
    return list(READER.read(Probe(str(path))))


@pytest.mark.parametrize("dimension", ["(6,6)", None])
def test_column_of_images_is_one_candidate_a_row(tmp_path, dimension):
    stamps = fits.Column("STAMP", "36E", dim=dimension, array=IMAGES.reshape(2, -1) if dimension is None else IMAGES)
    found = read(tmp_path / "t.fits", stamps, fits.Column("MAG", "E", array=[18.0, 19.0]))
    np.testing.assert_array_equal([example.image[..., 0] for example in found], IMAGES)
    assert [(example.columns["candid"], example.columns["mag"]) for example in found] == [("7", 18), ("8", 19)]


def test_columns_named_after_roles_are_channels(tmp_path):
    names = ("cutout_template", "cutout_science", "cutout_difference")
    found = read(tmp_path / "t.fits", *(fits.Column(name, "36E", dim="(6,6)", array=IMAGES + 100 * place)
                                        for place, name in enumerate(names)))
    assert found[0].channels == ("science", "template", "difference")
    assert found[1].image[0, 0].tolist() == [136, 36, 236]


def test_columns_of_images_without_roles_are_named_and_counted(tmp_path):
    with pytest.raises(InputRejected, match=r"'A', 'B'. None of the images of 2 rows"):
        read(tmp_path / "t.fits", *(fits.Column(name, "36E", dim="(6,6)", array=IMAGES) for name in "AB"))


def test_table_without_images_holds_no_candidate(tmp_path):
    with pytest.raises(InputRejected, match="no-image"):
        read(tmp_path / "t.fits", fits.Column("MAG", "E", array=[18.0, 19.0]))
