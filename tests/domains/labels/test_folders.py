import pytest

from otrain.domains.labels.classes import parse_classes
from otrain.domains.labels.folders import label_folders


def test_only_the_first_folder_of_a_name_counts():
    assert label_folders(["true/x/a.fits", "x/true/a.fits", "true"]) == ([1, None, None], None)


@pytest.mark.parametrize(("real", "bogus"), [("true", "false"), ("real", "bogus"), ("Real", "BOGUS"), ("1", "0")])
def test_folders_with_the_words_of_a_label_tell_it(real, bogus):
    assert label_folders([f"{real}/a.fits", f"{bogus}/b.fits"]) == ([1, 0], None)


def test_numbers_beside_0_and_1_are_no_labels():
    assert label_folders(["0/a.fits", "1/b.fits", "2/c.fits"], guess=True) == ([None] * 3, None)


@pytest.mark.parametrize(("folders", "names", "expected"), [
    (("VS", "AGN", "artefact"), ("artefact", "AGN", "VS"), [2, 1, 0]),
    (("sn", "bogus", "agn"), ("bogus", "agn", "sn"), [2, 0, 1]),
    (("SN", "AGN", "unsorted"), ("AGN", "SN"), [1, 0, None]),
])
def test_folders_with_other_words_are_classes_with_those_of_bogus_first(folders, names, expected):
    labels, classes = label_folders([f"{folder}/a.fits" for folder in folders], guess=True)
    assert (classes.names, labels) == (names, expected)


@pytest.mark.parametrize("names", [
    ["night1/a.fits", "night2/b.fits"], ["20260101/a.fits", "20260102/b.fits"], ["SN/a.fits", "SN/b.fits"],
    ["SN/a.fits", "AGN/b.fits", "c.fits"],
])
def test_folders_that_number_something_or_hold_only_some_files_are_no_classes(names):
    assert label_folders(names, guess=True) == ([None] * len(names), None)


def test_what_lies_beside_true_has_no_label():
    assert label_folders(["true/a.fits", "false/b.fits", "other/c.fits"], guess=True) == ([1, 0, None], None)


@pytest.mark.parametrize("names", [
    ["night1/true/a.fits", "night2/false/b.fits", "night2/c.fits"], ["all/REAL/a.fits", "all/bogus/b.fits", "all/c.fits"],
])
def test_words_in_inner_folders_count_where_the_first_tells_nothing(names):
    assert label_folders(names, guess=True) == ([1, 0, None], None)


def test_folders_of_files_one_by_one_are_no_classes():
    assert label_folders(["jan/a.fits", "feb/b.fits"], several=True, guess=True) == ([None, None], None)


def test_folders_are_no_classes_unless_it_is_asked_for():
    assert label_folders(["SN/a.fits", "AGN/b.fits"]) == ([None, None], None)


def test_named_classes_are_looked_for_among_the_folders():
    classes = parse_classes(["bogus", "real=SN,AGN"])
    assert label_folders(["SN/a.fits", "bogus/b.fits", "x/c.fits"], classes)[0] == [1, 0, None]


def test_innermost_folder_counts_where_names_begin_with_their_source():
    assert label_folders(["false/night/true/a.fits", "n/bogus/b.fits"], several=True)[0] == [1, 0]
