import io
from contextlib import nullcontext, suppress

import numpy as np
import pytest
from astropy.io import fits

from otrain.data.inputs.checksums import (
    CensusDone,
    Checksums,
    check_sums_of,
    judging,
    ones_complement_sum,
    tell_stale,
)
from otrain.data.inputs.quarantine import InputRejected
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


def cutout(value, sums="good", telescope="T1", extension=False):
    """Return a FITS file; its checksums fit, are those of another file, or have a damaged pixel."""
    header = fits.Header({"TELESCOP": telescope, "CANDID": f"c{value}"})
    hdus = [fits.PrimaryHDU(header=header), fits.ImageHDU(np.full((4, 4), float(value)), header)] if extension else [
        fits.PrimaryHDU(np.full((4, 4), float(value)), header)]
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out, checksum=sums is not None)
    data = bytearray(out.getvalue())
    if sums == "stale":
        at = data.index(b"DATASUM = '") + 11
        data[at:at + 4] = b"7777"
    elif sums == "damaged":
        data[-2880 + 3] ^= 1
    return bytes(data)


@pytest.mark.parametrize("extension", [False, True])
def test_file_is_judged_by_every_unit(extension):
    check_sums_of(cutout(1, extension=extension))
    check_sums_of(cutout(1, None, extension=extension))
    for sums in ("stale", "damaged"):
        with pytest.raises(InputRejected, match=r"bad-checksum.*--checksums ignore"):
            check_sums_of(cutout(1, sums, extension=extension))


@pytest.mark.parametrize("tiles", ["RICE_1", "GZIP_1"])
def test_sums_of_compressed_images_and_tables_are_those_of_astropy(tiles):
    out = io.BytesIO()
    image = fits.CompImageHDU(np.arange(4096, dtype="i2").reshape(64, 64), compression_type=tiles)
    fits.HDUList([fits.PrimaryHDU(), image, fits.BinTableHDU.from_columns([fits.Column("A", "PJ()", array=[[1], [2, 3]])])]).writeto(
        out, checksum=True)
    check_sums_of(out.getvalue())


def test_random_groups_have_the_size_of_the_standard():
    data = np.arange(14, dtype=">f4").tobytes().ljust(2880, b"\0")  # 2 groups of 1 parameter and 3 x 2 values
    cards = ["SIMPLE  = T", "BITPIX  = -32", "NAXIS   = 3", "NAXIS1  = 0", "NAXIS2  = 3", "NAXIS3  = 2", "GROUPS  = T", "PCOUNT  = 1",
             "GCOUNT  = 2", f"DATASUM = '{ones_complement_sum(data)}'", "END"]
    header = "".join(card.ljust(80) for card in cards).ljust(2880).encode()
    check_sums_of(header + data + cutout(1, "good"))
    with pytest.raises(InputRejected, match="DATASUM 7777"):
        check_sums_of(header + data + cutout(1, "stale"))


def test_policies_refuse_keep_or_do_not_look():
    bad = cutout(1, "stale")
    with judging(Checksums("ignore")) as found:
        check_sums_of(bad)
    assert found.kept == 0
    with judging(Checksums("stale", frozenset({"T1"}))) as found:
        check_sums_of(bad)
        check_sums_of(bad)  # a header in doubt has the same bytes read again
    assert found.kept == 1
    for policy in (Checksums("stale", frozenset({"T2"})), Checksums("verify", frozenset({"T1"}))):
        with judging(policy), pytest.raises(InputRejected, match="DATASUM 7777"):
            check_sums_of(bad)


def test_census_notes_and_reads_no_further():
    with judging(Checksums("census")) as found:
        for sums in ("good", "stale", None):
            with pytest.raises(InputRejected) if sums else nullcontext():
                check_sums_of(cutout(1, sums))
        with pytest.raises(CensusDone):
            for _ in range(9):
                with suppress(InputRejected):
                    check_sums_of(cutout(2))
    assert found.seen[:2] == [("T1", False), ("T1", True)] and len(found.seen) == 8


@pytest.mark.parametrize(("wrong", "good", "stale"), [(3, 2, True), (3, 3, False), (2, 0, False), (12, 0, True), (1, 30, False), (0, 5, False)])
def test_cards_are_stale_where_most_files_miss_them_and_three_at_least(wrong, good, stale):
    census = [("T", True)] * wrong + [("T", False)] * good + [("other", False)] * 20
    assert tell_stale(census) == tell_stale(reversed(census)) == (frozenset({"T"}) if stale else frozenset())


@pytest.mark.parametrize("cut", [10, 2880, 2885, 3000])
def test_file_without_a_whole_unit_is_for_its_reader_to_refuse(cut):
    with judging(Checksums("ignore")):
        check_sums_of(cutout(1)[:cut])
    check_sums_of(b"no FITS DATASUM ")
