import os

import pytest

from otrain.domains.labels.names import FileNames, id_keys


@pytest.mark.parametrize("key", [
    "/data/night/in/true/r0.fits", "./true/r0.fits", "in/true/r0.fits", "in\\true\\r0.fits", "r0.fits", "r0",
    "true/r0", "C:\\night\\in\\true\\r0.fits", "r0.fits.gz",
])
def test_every_spelling_of_a_name_is_found(tmp_path, key):
    files = [(str(tmp_path / "in" / "true" / "r0.fits"), "true/r0.fits"), ("in/b0.fits", "b0.fits")]
    assert FileNames({key: 1}).find_all(files) == [1, None]


def test_absolute_name_from_here_is_found(tmp_path):
    path = str(tmp_path / "a.fits")
    assert FileNames({path: 0}).find_all([(path, "a.fits")]) == [0]
    assert FileNames({os.path.relpath(path): 0}).find_all([(path, "a.fits")]) == [0]


def test_name_in_another_folder_is_another_file():
    table = FileNames({"a/x.fits": 1, "b/x.fits": 0})
    assert table.find_all([("s/b/x.fits", "b/x.fits"), ("s/c/x.fits", "c/x.fits")]) == [0, None]


def test_names_that_could_both_be_meant_tell_nothing():
    table = FileNames({"night1/x.fits": 1, "night2/x.fits": 0, "night1/y.fits": 1, "night3/y.fits": 1})
    assert table.find_all([("copy/x.fits", "x.fits"), ("copy/y.fits", "y.fits")]) == [None, 1]


def test_folder_of_the_source_tells_which_names_are_meant():
    table = FileNames({"night1/x.fits": 1, "night2/x.fits": 0, "night1/y.fits": 1})
    files = [("/data/night2/x.fits", "x.fits"), ("/data/night2/y.fits", "y.fits")]
    assert table.find_all(files) == [0, None]


def test_exact_name_is_better_than_a_like_one():
    assert FileNames({"c.fits": 1, "c.avro": 0, "d/c.fits": 0}).find_all([("c.fits", "c.fits")]) == [1]


def test_whole_numbers_have_one_spelling():
    assert (id_keys("0042"), id_keys("42.0"), id_keys("-7"), id_keys("ZTF42"), id_keys("4.2")) == (
        ("42",), ("42",), ("-7",), (), ())


@pytest.mark.parametrize("name", ["=HYPERLINK(1).png", "new\nline.png", "\x1b[31mred.png", "surrogate\udcff.png", "-dash.png", "sub/+x.png"])
def test_a_name_is_found_as_a_table_of_ours_has_it(name):
    from otrain.data.tables.csv_table import safe_cell

    files = [(f"/data/{name}", name), ("/data/other.png", "other.png")]
    assert FileNames({safe_cell(name): 1}).find_all(files) == FileNames({name: 1}).find_all(files) == [1, None]
