from otrain.data.inputs.file_names import name_after_files


def test_examples_without_a_name_are_called_after_their_files():
    assert name_after_files(["", "x"], ["c1.fits.gz", "c2.fits"], [0, 0]).tolist() == ["c1", "x"]


def test_further_examples_of_a_file_are_numbered():
    assert name_after_files(["", ""], ["c1.fits", "c1.fits"], [0, 1]).tolist() == ["c1", "c1_2"]


def test_files_of_one_name_are_told_apart_by_their_folders():
    names = name_after_files(["", "", ""], ["true/c1.fits", "false/c1.fits", "false/c2.fits"], [0, 0, 0])
    assert names.tolist() == ["true/c1", "false/c1", "c2"]


def test_names_that_were_given_stay_even_if_they_repeat():
    assert name_after_files(["c1", "c1"], ["a/c1.fits", "b/c1.fits"], [0, 0]).tolist() == ["c1", "c1"]


def test_hidden_names_stay_what_they_are():
    assert name_after_files([""], [".hidden"], [0]).tolist() == [".hidden"]
