import numpy as np
import pytest

from otrain.domains.lightcurves.readers.cells import is_number, numbers_of, to_number


@pytest.mark.parametrize("cell, value", [("1.5", 1.5), (" 2 ", 2), ("1.0D+03", 1000), ("1.5d-1", 0.15), ("2040,5", 2040.5),
                                         ("TRUE", 1), ("-1e3", -1000)])
def test_numbers_in_every_spelling(cell, value):
    assert to_number(cell) == value and is_number(cell)


@pytest.mark.parametrize("cell", ["", "nan", "--", "N/A", "..."])
def test_marks_of_a_missing_value(cell):
    assert np.isnan(to_number(cell)) and is_number(cell)


def test_words_are_no_numbers():
    with pytest.raises(ValueError):
        to_number("cloud")
    assert not is_number("cloud") and not is_number("1,2,3")


def test_limits_and_words_are_counted():
    numbers, limits, wrong = numbers_of(np.array(["12.5", ">16.1", "<17", "cloud", ""], object))
    assert numbers[0] == 12.5 and np.isnan(numbers[1:]).all()
    assert limits.tolist() == [False, True, True, False, False] and wrong == 1


def test_masked_numbers_are_missing():
    numbers, _, wrong = numbers_of(np.ma.array([1, 2], mask=[False, True]))
    assert numbers[0] == 1 and np.isnan(numbers[1]) and wrong == 0
