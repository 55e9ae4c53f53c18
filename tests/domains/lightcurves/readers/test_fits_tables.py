import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.fits_tables import read_tables


def as_bytes(tmp_path, *hdus):
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(tmp_path / "x.fits")
    return (tmp_path / "x.fits").read_bytes()


@pytest.fixture
def hdu():
    rng = np.random.default_rng(0)
    return fits.BinTableHDU.from_columns([
        fits.Column("NAME", "7A", array=["a", "bc", "def"]), fits.Column("TIME", "D", unit="d", array=rng.normal(size=3)),
        fits.Column("FLUX", "E", array=rng.normal(size=3)), fits.Column("FLAG", "J", array=[1, -5, 7], null=-5),
        fits.Column("BITS", "11X", array=np.ones((3, 11), bool)), fits.Column("PAIR", "2E", array=np.ones((3, 2))),
        fits.Column("U16", "I", bzero=32768, array=np.array([0, 40000, 65535], np.uint16)),
        fits.Column("BIG", "K", array=[1, 2, 3]), fits.Column("BYTE", "B", array=[0, 1, 255])])


@pytest.mark.parametrize("name", ["TIME", "FLUX", "U16", "BIG", "BYTE"])
def test_columns_are_those_of_astropy(tmp_path, hdu, name):  # reference: astropy.io.fits
    table, = read_tables(as_bytes(tmp_path, fits.ImageHDU(np.ones((4, 5))), hdu))
    np.testing.assert_array_equal(table.column(table.find(name)), np.asarray(hdu.data[name], float))


def test_null_of_an_integer_column_is_nan(tmp_path, hdu):
    table, = read_tables(as_bytes(tmp_path, hdu))
    np.testing.assert_array_equal(table.column(table.find("flag")), [1, np.nan, 7])
    assert table.unit(table.find("time")) == "d" and table.find("nothing", "FLUX") == 3


@pytest.mark.parametrize("name", ["NAME", "BITS", "PAIR"])
def test_column_without_one_number_per_row_is_refused(tmp_path, hdu, name):
    table, = read_tables(as_bytes(tmp_path, hdu))
    with pytest.raises(InputRejected, match="does not hold one number per row"):
        table.column(table.find(name))


def test_every_cut_of_a_file_is_noticed_or_loses_no_row(tmp_path, hdu):
    whole = as_bytes(tmp_path, hdu)
    for length in range(2880, len(whole), 500):
        try:
            tables = read_tables(whole[:length])
        except InputRejected as error:
            assert error.reason == "truncated"
        else:
            assert all(len(table.column(2)) == 3 for table in tables)


def test_header_whose_widths_disagree_is_corrupt(tmp_path, hdu):
    data = as_bytes(tmp_path, hdu).replace(b"TFORM2  = 'D       '", b"TFORM2  = 'E       '")
    with pytest.raises(InputRejected, match="its header says"):
        read_tables(data)
