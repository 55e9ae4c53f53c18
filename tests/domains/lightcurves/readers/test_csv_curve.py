import gzip
from pathlib import Path

import numpy as np
import pytest

from otrain.data.inputs.probe import Probe
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.csv_curve import READER

REAL = Path(__file__).parents[5] / "shared" / "data" / "lightcurves"


def read(tmp_path, text, name="star.csv", **options):
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    probe = Probe(str(tmp_path / name), options=options)
    assert READER.recognises(probe)
    example, = READER.read(probe)
    return example


def rows(*columns, mark=","):
    return "".join(mark.join(map(str, row)) + "\n" for row in zip(*columns))


TIME = [0.0, 0.02, 0.04]
FLUX = [1.0, 1.1, 0.9]


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_columns_are_found_by_name_whatever_parts_them(tmp_path, mark):
    example = read(tmp_path, mark.join(["flux", "time", "quality"]) + "\n" + rows(FLUX, TIME, [0, 4, 0], mark=mark))
    assert example.channels == ("time", "flux", "quality")
    np.testing.assert_array_equal(example.image, np.column_stack([TIME, FLUX, [0, 4, 0]]))
    assert example.columns["object_id"] == "star"


@pytest.mark.parametrize("extra, channels", [([], ("time", "flux")), ([FLUX], ("time", "flux", "flux_err")),
                                             ([FLUX, FLUX], ("time", "flux"))])
def test_plain_numbers_are_time_flux_and_error(tmp_path, extra, channels):
    assert read(tmp_path, rows(TIME, FLUX, *extra), "star.txt").channels == channels


def test_names_may_stand_behind_a_mark_of_a_comment(tmp_path):
    example = read(tmp_path, "# made by hand\n# time [h] flux [ppm]\n" + rows([0, 24], [0, -100], mark="  "), "s.dat")
    np.testing.assert_allclose(example.image, [[0, 1], [1, 0.9999]])


def test_gzip_is_read_as_well(tmp_path):
    example = read(tmp_path, gzip.compress(("time,flux\n" + rows(TIME, FLUX)).encode()), "a.csv.gz")
    np.testing.assert_array_equal(example.image[:, 1], FLUX)


def test_empty_cells_are_missing_values(tmp_path):
    example = read(tmp_path, "time,flux\n0,1\n0.02,\n0.04,nan\n,3\n")
    np.testing.assert_array_equal(example.image, [[0, 1], [0.02, np.nan], [0.04, np.nan], [np.nan, 3]])


def test_name_of_the_time_tells_its_scale(tmp_path):
    assert read(tmp_path, "BTJD,flux\n" + rows(TIME, FLUX)).columns["time_scale"] == "BTJD"
    assert read(tmp_path, "time,flux\n" + rows([2457000.5, 2457000.6], [1, 2])).columns["time_scale"] == "BJD"
    assert read(tmp_path, "time,flux\n" + rows(TIME, FLUX)).columns["time_scale"] == "d"


def test_magnitudes_are_turned_into_flux(tmp_path):
    example = read(tmp_path, "time,mag,mag_err\n" + rows(TIME, [12, 12, 12.01], [0.001] * 3))
    assert example.image[2, 1] == pytest.approx(10 ** -0.004) and example.image[0, 2] == pytest.approx(9.21e-4, rel=1e-3)


def test_flux_can_be_chosen(tmp_path):
    text = "time,flux,raw\n" + rows(TIME, FLUX, [7, 8, 9])
    assert read(tmp_path, text, flux="RAW").image[:, 1].tolist() == [7, 8, 9]
    with pytest.raises(InputRejected, match=r"no column 'psf'\. Present: time, flux, raw"):
        read(tmp_path, text, flux="psf")


@pytest.mark.parametrize("text, reason, words", [
    ("", "empty-file", "no content"), ("time,flux\n", "no-image", "no row"), ("# x\n\n", "no-image", "no row"),
    ("when,flux\n1,2\n", "missing-channel", "no column of times"), ("1\n2\n", "missing-channel", "two columns"),
    ("time,flux\n1,2\n3\n4\n", "corrupt", "2 of 3 rows have not 2 cells as the first one.*'3'"),
    ("time,flux\n0,x\n1,y\n", "bad-column", "column .flux. does not hold numbers"),
    ("star,time,flux\na,0,1\nb,1,2\n", "bad-column", "names 2 stars"),
    ("time [parsec],flux\n0,1\n1,2\n", "bad-unit", "unit of the times is 'parsec'")])
def test_what_cannot_be_read_says_why(tmp_path, text, reason, words):
    with pytest.raises(InputRejected, match=words) as caught:
        read(tmp_path, text)
    assert caught.value.reason == reason


@pytest.mark.skipif(not REAL.is_dir(), reason="the real light curves are not here")
@pytest.mark.parametrize("name, count, cadence", [("EPIC201367065.csv", 3632, 1765), ("GJ_1243_TESS.csv", 1224, 120),
                                                  ("demo_superearth.gz", 23040, 900)])
def test_plain_files_of_other_people_are_read(name, count, cadence):
    probe = Probe(str(REAL / name))
    example, = READER.read(probe)
    assert READER.recognises(probe) and len(example.image) == count
    assert np.median(np.diff(example.image[:, 0])) * 86400 == pytest.approx(cadence, rel=1e-3)
