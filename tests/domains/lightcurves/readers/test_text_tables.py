import numpy as np
import pytest

from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.lightcurves.readers.text_tables import decode_text, read_text_table


def read(text):
    return read_text_table(text if isinstance(text, bytes) else text.encode())


def test_odd_rows_cost_themselves_and_are_counted():
    table = read("time,flux\n" + "".join(f"{0.02 * row},1.5\n" for row in range(30)) + "0.6,bad\nEND OF DATA\n0.7\n")
    assert len(table.columns["time"]) == 30 and table.unread == 3
    assert table.columns["flux"].dtype == float


def test_row_of_units_is_taken_as_units():
    table = read("time,flux,note\nd,e-/s,\n0.0,900.1,a\n0.1,900.2,b\n")
    assert table.units == {"time": "d", "flux": "e-/s", "note": ""} and table.unread == 0
    np.testing.assert_array_equal(table.columns["flux"], [900.1, 900.2])


def test_preamble_is_passed_over():
    table = read("Light curve of a star\nObserver: me\n\nHJD  mag  err\n-----------\n2459040.0 12.1 0.01\n2459040.1 12.2 0.01\n")
    assert list(table.columns) == ["HJD", "mag", "err"] and len(table.columns["mag"]) == 2


@pytest.mark.parametrize("mark, space", [(";", ""), ("\t", ""), (" ", " ")])
def test_decimal_commas_are_read(mark, space):
    table = read(f"time{mark}flux\n2040,25{mark}1,5{space}\n2040,5{mark}{space}1,25\n")
    assert table.columns["time"].tolist() == [2040.25, 2040.5] and table.columns["flux"].tolist() == [1.5, 1.25]


def test_exponents_of_fortran_are_read():
    assert read("time flux\n1.0D+00 2.5D-01\n2.0d0 1d0\n").columns["flux"].tolist() == [0.25, 1.0]


def test_rows_without_names_may_hold_a_word():
    table = read("2459040.0 1.01 0.0005 K2\n2459040.1 1.02 0.0005 K2\n")
    assert not table.named and list(table.columns) == ["time", "flux", "flux_err", "instrument"]
    assert table.columns["flux_err"].tolist() == [0.0005, 0.0005]


def test_dates_without_names_are_times():
    table = read("2020-07-09T12:00:00 1.01 0.01\n2020-07-09T12:30:00 1.02 0.01\n")
    assert list(table.columns) == ["time", "flux", "flux_err"] and table.columns["flux"].tolist() == [1.01, 1.02]


@pytest.mark.parametrize("text", ["# time flux\n# d ppm\n", "# a comment here\n# time flux\n#\n", "% time flux\n"])
def test_names_stand_in_comments(text):
    assert list(read(text + "0.0 1.0\n0.1 2.0\n").columns) == ["time", "flux"]


def test_texts_of_other_encodings_are_read():
    assert "größe" in read("# Größe\ntime,größe\n0,1\n1,2\n".encode("latin-1")).columns
    assert list(read("time,flux\n0,1\n1,2\n".encode("utf-16")).columns) == ["time", "flux"]
    assert decode_text("é".encode()) == "é"
    with pytest.raises(InputRejected, match="zero at byte 4"):
        decode_text(b"time\0flux")


def test_tables_of_ipac_are_read_with_their_units():
    text = ("\\FLUX = 'a comment'\n|   HJD        |  MAG2   | FLAG |\n|  double      | double  | char |\n"
            "|   days       |  mag    |      |\n|              |  null   |      |\n"
            " 2453128.6513    11.52     A    \n 2453128.6517    null      B    \n")
    table = read(text)
    assert table.units["MAG2"] == "mag" and list(table.columns) == ["HJD", "MAG2", "FLAG"]
    assert table.columns["MAG2"][0] == 11.52 and np.isnan(table.columns["MAG2"][1])


def test_limits_stay_to_be_counted():
    assert read("hjd,mag\n1,12.5\n2,>16.1\n3,12.6\n").columns["mag"].tolist() == ["12.5", ">16.1", "12.6"]


def test_mark_behind_the_last_cell_is_no_cell():
    table = read("time,flux,\n0,1,\n1,2,\n")
    assert [name for name in table.columns if name] == ["time", "flux"] and table.unread == 0


@pytest.mark.parametrize("text, reason, words", [
    ("", "no-image", "no row"), ("time,flux\n", "no-image", "no row"), ("a word\nand another\n", "corrupt", "begins with 'a word'"),
    ("time,flux\n1,2\n3\n4\n", "corrupt", "2 of 3 rows have not 2 cells")])
def test_what_is_no_table_says_why(text, reason, words):
    with pytest.raises(InputRejected, match=words) as caught:
        read(text)
    assert caught.value.reason == reason


def test_line_with_numbers_above_the_names_is_no_row():
    table = read("KIC 11442793 Quarter 4\ntime (BKJD),PDCSAP_FLUX (e-/s)\n350.0,900.1\n350.1,900.2\n")
    assert list(table.columns) == ["time (BKJD)", "PDCSAP_FLUX (e-/s)"] and table.unread == 0
