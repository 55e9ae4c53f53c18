import io

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.quarantine import InputRejected
from otrain.domains.lightcurves.readers.fits_sums import ones_complement_sum
from otrain.domains.lightcurves.readers.fits_tables import read_tables


def written(rows, checksum=True):
    values = np.random.default_rng(rows).normal(size=rows)
    table = fits.BinTableHDU.from_columns([fits.Column("TIME", "D", array=values), fits.Column("FLUX", "E", array=values)])
    out = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(out, checksum=checksum)
    return out.getvalue()


@pytest.mark.parametrize("rows", [1, 2, 3, 100, 5000])
def test_sums_are_those_that_astropy_writes(rows):
    data = written(rows)
    table, = read_tables(data)  # both sums of both headers agree
    with fits.open(io.BytesIO(data)) as hdus:
        assert hdus[1].header["DATASUM"] == str(ones_complement_sum(table.data))


@pytest.mark.parametrize("place", [2880 + 80 * 5 + 30, 2 * 2880 + 5, -1])
def test_one_changed_bit_is_a_wrong_checksum(place):
    data = bytearray(written(100))
    data[place] ^= 1
    with pytest.raises(InputRejected, match=r"bad-checksum|corrupt"):
        read_tables(bytes(data))


def test_file_without_checksums_is_read():
    assert len(read_tables(written(100, checksum=False))) == 1


def test_checksum_of_zeros_says_that_none_was_computed():
    data = written(100)
    for key in (b"CHECKSUM", b"DATASUM "):
        at = data.index(key, 2880)
        value = b"= '0000000000000000'" if key == b"CHECKSUM" else b"= ''"
        data = data[:at + 8] + value.ljust(72) + data[at + 80:]
    assert len(read_tables(data)) == 1
