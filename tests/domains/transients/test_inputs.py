import os
import subprocess
import sys

import numpy as np
import pytest

from otrain.data.inputs.listing import Input
from otrain.domains.transients.inputs import WINDOW, list_inputs
from otrain.errors import DataError


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return folder


def test_folders_true_and_false_tell_the_label(tmp_path):
    listing = list_inputs(touch(tmp_path, "true/b.fits", "false/a.fits", "True/c.fits", "other/d.fits"))
    assert [(one.name, one.label) for one in listing.inputs] == [
        ("True/c.fits", 1), ("false/a.fits", 0), ("other/d.fits", None), ("true/b.fits", 1)]


def test_inputs_are_sorted_by_the_bytes_of_their_names(tmp_path):
    listing = list_inputs(touch(tmp_path, "b.fits", "B.fits", "é.fits", "a/z.fits", "a.fits"))
    assert [one.name for one in listing.inputs] == ["B.fits", "a.fits", "a/z.fits", "b.fits", "é.fits"]


def test_files_without_a_candidate_ending_are_counted(tmp_path):
    listing = list_inputs(touch(tmp_path, "a.fits", "notes.txt", "sub/b.md", ".hidden.fits"))
    assert [one.name for one in listing.inputs] == ["a.fits"]
    assert listing.skipped == {"not-a-cutout": 2, "hidden": 1}


@pytest.mark.parametrize("ending", ["fits", "FITS", "fit", "fts", "fits.gz", "fits.fz", "fit.gz", "avro",
                                    "fits.bz2", "fits.xz", "FITS.Z", "avro.gz", "tar", "tar.gz", "npy", "zip"])
def test_every_ending_of_a_candidate_file_is_taken(tmp_path, ending):
    assert len(list_inputs(touch(tmp_path, f"a.{ending}")).inputs) == 1


def test_folder_with_the_name_of_a_cutout_is_an_input(tmp_path):
    (tmp_path / "x.fits").mkdir()
    assert [one.name for one in list_inputs(tmp_path).inputs] == ["x.fits"]


def test_single_file_and_paths_one_by_one_keep_their_names(tmp_path):
    touch(tmp_path, "a.fits", "b.fits")
    assert list_inputs(tmp_path / "a.fits").inputs == [Input(str(tmp_path / "a.fits"), "a.fits")]
    paths = [str(tmp_path / "b.fits"), str(tmp_path / "a.fits")]
    assert [one.path for one in list_inputs(paths).inputs] == paths


def test_missing_source_is_an_error():
    with pytest.raises(DataError, match=r"nowhere: there is no such file"):
        list_inputs("nowhere")


def test_table_of_labels_overrides_the_folders(tmp_path):
    touch(tmp_path, "true/a.fits", "true/b.fits")
    table = tmp_path / "labels.csv"
    table.write_text("file,label\ntrue/a.fits,0\n")
    assert [one.label for one in list_inputs(tmp_path / "true", labels=table).inputs] == [0, None]
    listing = list_inputs(tmp_path, labels=table)
    assert [(one.name, one.label) for one in listing.inputs] == [("true/a.fits", 0), ("true/b.fits", None)]


def test_cube_is_split_into_inputs_of_bounded_size(tmp_path):
    count = WINDOW + 3
    np.savez(tmp_path / "cube.npz", cube=np.zeros((count, 2, 2, 1), "f4"), labels=np.zeros(count, int))
    listing = list_inputs(tmp_path / "cube.npz")
    assert [one.rows for one in listing.inputs] == [(0, WINDOW), (WINDOW, count)]


def test_broken_cube_stays_one_input(tmp_path):
    (tmp_path / "cube.npz").write_bytes(b"PK\x03\x04rubbish")
    assert [one.rows for one in list_inputs(tmp_path).inputs] == [None]


def test_cube_folder_is_one_source_not_its_files(tmp_path):
    touch(tmp_path, "night/cube.json", "night/shard-00000.npy", "a.fits")
    assert [one.name for one in list_inputs(tmp_path).inputs] == ["a.fits", "night/cube.json"]


def test_linked_folders_are_followed_once_and_loops_end(tmp_path):
    touch(tmp_path / "pool", "real/a.fits", "bogus/b.fits")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "true").symlink_to(tmp_path / "pool" / "real")
    (tmp_path / "source" / "false").symlink_to("../pool/bogus")
    (tmp_path / "pool" / "real" / "back").symlink_to(tmp_path / "source")
    (tmp_path / "pool" / "real" / "itself").symlink_to("itself")
    listing = list_inputs(tmp_path / "source")
    assert [(one.name, one.label) for one in listing.inputs] == [("false/b.fits", 0), ("true/a.fits", 1)]
    assert listing.skipped == {"not-a-cutout": 2}


def test_folder_keeps_its_own_name_beside_a_link_to_it(tmp_path):
    touch(tmp_path, "z/true/a.fits")
    (tmp_path / "false").symlink_to("z/true")
    assert [one.name for one in list_inputs(tmp_path).inputs] == ["z/true/a.fits"]


def test_cube_that_kills_its_decoder_stays_one_input(tmp_path):
    # A process of its own: a fork must inherit the murderous function.
    np.savez(tmp_path / "good.npz", cube=np.zeros((3, 2, 2, 1), "f4"), labels=np.zeros(3, int))
    touch(tmp_path, "bad.h5", "worse.h5")
    code = ("import os, sys; from otrain.domains.transients import inputs; look = inputs._look; "
            "inputs._look = lambda path: os.abort() if path.endswith('.h5') else look(path); "
            f"print([(one.name, one.rows) for one in inputs.list_inputs({str(tmp_path)!r}).inputs])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[('bad.h5', None), ('good.npz', (0, 3)), ('worse.h5', None)]"


def test_column_that_cannot_be_read_is_noted_once(tmp_path):
    count = 2 * WINDOW
    np.savez(tmp_path / "old.npz", cube=np.zeros((count, 2, 2, 1), "f4"), labels=np.zeros(count, int),
             candids=np.array(["a"] * count, object))
    listing = list_inputs(tmp_path)
    assert len(listing.inputs) == 2
    assert len(listing.notes) == 1 and "candids: an array of type object" in listing.notes[0]


def test_names_that_match_nothing_are_shown_from_both_sides(tmp_path):
    touch(tmp_path, "in/a.fits")
    (tmp_path / "l.csv").write_text("file,label\nother.fits,1\n")
    (note,) = list_inputs(tmp_path / "in", labels=tmp_path / "l.csv").notes
    assert "none of its 1 names of files" in note and "'other.fits'" in note and "'a.fits'" in note


def test_classes_of_folders_are_told(tmp_path):
    listing = list_inputs(touch(tmp_path, "SN/a.fits", "AGN/b.fits"), classes="folders")
    assert listing.classes == ("AGN", "SN") and [one.label for one in listing.inputs] == [0, 1]
    assert "the folders tell 2 classes: AGN, SN" in listing.notes[0]


def test_folder_among_several_sources_tells_the_label(tmp_path):
    touch(tmp_path, "n1/true/a.fits", "n2/b.fits")
    listing = list_inputs([str(tmp_path / "n1"), str(tmp_path / "n2")])
    assert [(os.path.basename(one.name), one.label) for one in listing.inputs] == [("a.fits", 1), ("b.fits", None)]


def test_files_without_a_known_ending_are_looked_at(tmp_path):
    from astropy.io import fits

    fits.PrimaryHDU(np.ones((3, 3))).writeto(tmp_path / "cutout")
    touch(tmp_path, "notes", "c.fits")
    listing = list_inputs(tmp_path)
    assert [one.name for one in listing.inputs] == ["c.fits", "cutout"] and listing.skipped == {"not-a-cutout": 1}


def test_pictures_count_only_where_there_is_nothing_else(tmp_path):
    touch(tmp_path / "a", "c.fits", "c.png")
    touch(tmp_path / "b", "true/c.png", "false/d.JPG")
    first, second = list_inputs(tmp_path / "a"), list_inputs(tmp_path / "b")
    assert [one.name for one in first.inputs] == ["c.fits"] and first.skipped == {"not-a-cutout": 1} and "1 pictures" in first.notes[0]
    assert [(one.name, one.label) for one in second.inputs] == [("false/d.JPG", 0), ("true/c.png", 1)]


def test_table_of_a_stack_is_a_side_table_and_the_stack_is_read_in_windows(tmp_path):
    np.save(tmp_path / "triplets.npy", np.zeros((WINDOW + 3, 5, 5, 3), "f4"))
    (tmp_path / "candidates.csv").write_text("candid\n")
    (tmp_path / "other.csv").write_text("x\n")
    listing = list_inputs(tmp_path)
    assert [one.rows for one in listing.inputs] == [(0, WINDOW), (WINDOW, WINDOW + 3)]
    assert listing.skipped == {"side-table": 1, "not-a-cutout": 1}


def test_archive_is_read_in_windows(tmp_path):
    import tarfile

    with tarfile.open(tmp_path / "n.tar", "w") as tar:
        for number in range(WINDOW + 1):
            tar.addfile(tarfile.TarInfo(f"{number}.fits"))
    assert [one.rows for one in list_inputs(tmp_path / "n.tar").inputs] == [(0, WINDOW), (WINDOW, WINDOW + 1)]
