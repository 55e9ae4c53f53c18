import dataclasses
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import DOMAINS, TASKS
from otrain.data.cubes.datacube import open_cube, write_cube
from otrain.data.files.work_log import WorkLog
from otrain.errors import DataError, IntegrityError, OutputError, UsageError
from otrain.workflows.convert import convert
from otrain.workflows.reading.selection import wanted_counts


def write_cutout(path, pixels, **keywords):
    path.parent.mkdir(parents=True, exist_ok=True)
    header = {"CANDID": path.stem, "MAG": 18.5, "MAGERR": 0.1, "FILTER": "r", "FWHM": 3.0, "EDGE": "False"}
    hdu = fits.PrimaryHDU(np.asarray(pixels, np.float32), fits.Header(header | keywords))
    hdu.writeto(path)


def make_folder(folder, true=4, false=4, side=9, seed=0):
    rng = np.random.default_rng(seed)
    for label, count in (("true", true), ("false", false)):
        for i in range(count):
            write_cutout(folder / label / f"{label}{i:03d}.fits", rng.normal(size=(side, side)))
    return folder


@pytest.fixture
def cutouts(tmp_path):
    return make_folder(tmp_path / "night1")


def run(cutouts, **options):
    options = {"path_datacube": cutouts.parent / "out", "jobs": 1, "contact_sheet": False} | options
    return convert(cutouts, **options)


def test_cube_is_named_after_the_folder_and_lies_where_otrain_puts_it(cutouts):
    done = run(cutouts)
    assert done.path == cutouts.parent / "out" / "datacube" / "night1.npz"
    with open_cube(done.path) as cube:
        assert len(cube) == 8 and cube.shape == (9, 9, 1) and cube.labels.sum() == 4


def test_pixels_labels_and_columns_belong_together(cutouts):
    done = run(cutouts)
    with open_cube(done.path) as cube:
        for row in range(len(cube)):
            name = str(cube.columns["file"][row])
            with fits.open(cutouts / name) as hdus:
                np.testing.assert_array_equal(cube.read([row])[0, ..., 0], hdus[0].data)
                assert cube.columns["candid"][row] == hdus[0].header["CANDID"]
            assert cube.labels[row] == name.startswith("true/")


def test_meta_says_how_the_cube_was_made(cutouts):
    with open_cube(run(cutouts, cutout_size=5, seed=7).path) as cube:
        assert cube.meta["recipe"]["size"] == 5 and cube.meta["seed"] == 7
        assert cube.meta["domain"] == "transients" and cube.meta["task"] == "classification"
        assert cube.meta["counts"]["kept"] == 8 and cube.meta["source"] == str(cutouts)
        cube.verify()


@pytest.mark.parametrize(("true", "false", "fraction", "expected"), [
    (1000, 5000, 0.5, (1000, 1000)), (1000, 5000, 0.25, (1000, 3000)), (5000, 1000, 0.5, (1000, 1000)),
    (3, 10, 0.3, (3, 7)), (7, 0, 1, (7, 0)), (1, 1, 0.5, (1, 1)), (1000, 5000, 0.1, (555, 5000))])
def test_true_fraction_is_that_of_the_result(true, false, fraction, expected):
    found = wanted_counts(true, false, fraction)
    if fraction == 0.1:
        assert abs(found[0] / sum(found) - 0.1) < 1e-3 and found[1] in (4999, 5000)
    else:
        assert found == expected


def test_excess_is_counted_as_skipped(tmp_path):
    done = run(make_folder(tmp_path / "c", true=3, false=10), frac_true=0.5)
    assert done.tally.to_dict() == {"seen": 13, "kept": 6, "skipped": {"balance": 7}, "quarantined": {}}
    assert done.summary["classes"] == {"bogus": 3, "real": 3}


def test_edge_cutouts_do_not_spoil_the_fraction(tmp_path):
    folder = make_folder(tmp_path / "c", true=5, false=5)
    for i in range(3):
        write_cutout(folder / "true" / f"edge{i}.fits", np.full((9, 9), i + 1.0), EDGE="True")
    write_cutout(folder / "true" / "logical.fits", np.full((9, 9), 8.0), EDGE=True)
    done = run(folder)
    assert done.summary["classes"] == {"bogus": 5, "real": 5}
    assert done.tally.skipped == {"edge": 4}


def drawn(folder, seed, out):
    with open_cube(run(folder, seed=seed, path_datacube=folder.parent / out).path) as cube:
        return [str(name) for name in cube.columns["file"] if name.startswith("false/")]


def test_draw_depends_on_the_seed_alone(tmp_path):
    folder = make_folder(tmp_path / "c", true=4, false=24)
    first = drawn(folder, 1, "a")
    assert drawn(folder, 1, "b") == first != drawn(folder, 2, "c")
    assert first != [f"false/false{i:03d}.fits" for i in range(4)], "not simply the first files"


def test_all_keeps_every_usable_candidate(tmp_path):
    done = run(make_folder(tmp_path / "c", true=2, false=5), frac_true="all")
    assert done.summary["classes"] == {"bogus": 5, "real": 2}


@pytest.mark.parametrize("fraction", ["1.5", "-0.3", "half", "nan"])
def test_impossible_fraction_is_refused(cutouts, fraction):
    with pytest.raises(UsageError, match=r"--frac-true must lie between 0 and 1.*Received: " + fraction):
        run(cutouts, frac_true=fraction)


def test_fraction_of_an_absent_class_cannot_be_met(tmp_path):
    with pytest.raises(DataError, match=r"0\.5 cannot be met with 0 true and 3 false"):
        run(make_folder(tmp_path / "c", true=0, false=3))
    assert not (tmp_path / "out").exists()


def test_mixed_sizes_are_counted(cutouts):
    for i in range(2):
        write_cutout(cutouts / "true" / f"large{i}.fits", np.ones((15, 15)))
    with pytest.raises(UsageError, match=r"sizes found: 9x9 \(8\), 15x15 \(2\); choose one with --cutout-size"):
        run(cutouts)
    assert not (cutouts.parent / "out").exists()


def test_mixed_channels_are_counted(cutouts):
    for i in range(2):
        write_cutout(cutouts / "true" / f"triplet{i}.fits", np.ones((3, 9, 9)))
    with pytest.raises(UsageError, match=r"channels found: difference \(8\), .*; choose with --channels"):
        run(cutouts)


@pytest.mark.parametrize("name", ["true/zz.fits", "false/aa.fits"])
@pytest.mark.parametrize(("pixels", "reason", "words"), [
    (np.ones((9, 7)), "too-small", r"it has 9x7 pixel, 8 of 9 cutouts have 9x9. Choose one size with --cutout-size"),
    (np.ones((9, 12)), "bad-shape", "it has 9x12 pixel, 8 of 9 cutouts have 9x9"),
    (np.ones((3, 9, 9)), "bad-shape|missing-channel", "those of 8 of 9 cutouts are difference|difference"),
])
def test_one_odd_cutout_is_set_aside_wherever_it_comes(cutouts, monkeypatch, name, pixels, reason, words):
    whole = run(cutouts, frac_true="all", path_datacube=cutouts.parent / "whole")
    write_cutout(cutouts / name, pixels)
    killed(monkeypatch, cutouts, "WorkLog.add", 4, frac_true="all")
    done = run(cutouts, frac_true="all", resume=True, checkpoint_every=0)
    with open_cube(done.path) as cube, open_cube(whole.path) as expected:
        assert np.array_equal(cube.read(np.arange(len(cube))), expected.read(np.arange(8)))
        assert cube.columns["file"].tolist() == expected.columns["file"].tolist() and name not in cube.columns["file"]
    assert done.tally.seen == 9 and done.tally.quarantined.total() == 1
    table = done.quarantine.read_text()
    assert re.search(words, table) and re.search(reason, table) and name in table


def test_size_that_most_lack_is_refused_after_the_first_hundred(tmp_path, monkeypatch):
    for number in range(130):
        write_cutout(tmp_path / "night" / "true" / f"c{number:03}.fits", np.full((9, 9), float(number)))
    read = []
    real = sys.modules["otrain.workflows.reading.intake"]._settle
    monkeypatch.setattr("otrain.workflows.reading.intake._settle", lambda *args: (read.append(1), real(*args))[1])
    with pytest.raises(UsageError, match=r"100 of the first 100 inputs .* the image has 9x9 pixel and 31x31 are asked for"):
        run(tmp_path / "night", cutout_size=31)
    assert len(read) == 100


def test_smaller_cutouts_are_quarantined_or_padded(cutouts):
    write_cutout(cutouts / "true" / "small.fits", np.ones((5, 5)))
    done = run(cutouts, cutout_size=9, frac_true="all")
    assert done.tally.quarantined == {"too-small": 1} and done.summary["examples"] == 8
    padded = run(cutouts, cutout_size=9, frac_true="all", pad=True, overwrite=True)
    assert padded.summary["examples"] == 9 and padded.summary["masked_examples"] == 1
    assert not (cutouts.parent / "out" / "datacube" / "night1.quarantine.ecsv").exists(), "stale table"


def test_non_finite_pixels_are_masked_or_rejected(cutouts):
    pixels = np.ones((9, 9))
    pixels[2, 3], pixels[4, 4] = np.nan, np.inf
    write_cutout(cutouts / "true" / "bad.fits", pixels)
    with open_cube(run(cutouts, frac_true="all").path) as cube:
        row = np.flatnonzero(cube.columns["candid"] == "bad")
        assert np.isnan(cube.read(row)).sum() == 2
    rejected = run(cutouts, frac_true="all", nonfinite="reject", overwrite=True)
    assert rejected.tally.quarantined == {"non-finite": 1}


def test_one_image_under_both_labels_is_set_aside(cutouts):
    for label in ("true", "false"):
        write_cutout(cutouts / label / "same.fits", np.full((9, 9), 3.0))
    done = run(cutouts)
    assert done.tally.quarantined == {"label-conflict": 2}
    assert done.tally.seen == 10 and done.summary["examples"] == 8
    text = done.quarantine.read_text()
    assert "true/same.fits" in text and "false/same.fits" in text


def test_duplicates_are_reported_and_kept(cutouts):
    for i in range(2):
        write_cutout(cutouts / "true" / f"copy{i}.fits", np.full((9, 9), 3.0), CANDID="twin")
    done = run(cutouts, frac_true="all")
    files = ["true/copy0.fits", "true/copy1.fits"]
    assert done.summary["identical_images"] == {"count": 1, "groups": [files]}
    assert done.summary["duplicated_candids"] == {"count": 1, "groups": [{"candid": "twin", "files": files}]}
    assert "1 CANDIDs name several" in done.text and "1 images occur more than once" in done.text
    assert done.summary["examples"] == 10


def test_candidates_beside_the_labelled_folders_are_skipped_and_counted(cutouts):
    write_cutout(cutouts / "loose.fits", np.full((9, 9), 2.0))
    tally = run(cutouts, frac_true="all").tally
    assert tally.skipped == {"unlabelled": 1} and not tally.quarantined


def test_candidates_that_nothing_labels_are_quarantined(tmp_path):
    write_cutout(tmp_path / "night" / "loose.fits", np.full((9, 9), 2.0))
    with pytest.raises(DataError, match=r"label-missing 1.*Give --labels TABLE .* use otrain-infer\."):
        run(tmp_path / "night")
    (tmp_path / "labels.csv").write_text("candid,label\nother,1\n")
    with pytest.raises(DataError, match=r"candid is 'loose', the table has e\.g\. 'other'"):
        run(tmp_path / "night", labels=str(tmp_path / "labels.csv"))


def test_labels_come_from_a_table_or_a_keyword(tmp_path):
    rng = np.random.default_rng(0)
    for i in range(4):
        write_cutout(tmp_path / "flat" / f"c{i}.fits", rng.normal(size=(9, 9)), REAL=i % 2)
    (tmp_path / "labels.csv").write_text("candid,label\nc0,real\nc1,bogus\nc2,1\nc3,0\n")
    with open_cube(run(tmp_path / "flat", labels=str(tmp_path / "labels.csv")).path) as cube:
        assert cube.labels.tolist() == [1, 0, 1, 0]
    with open_cube(run(tmp_path / "flat", labels="keyword:REAL", overwrite=True).path) as cube:
        assert cube.labels.tolist() == [0, 1, 0, 1]


def test_no_usable_input_says_why_and_where(tmp_path):
    (tmp_path / "c" / "true").mkdir(parents=True)
    with pytest.raises(DataError, match="no candidate files in it"):
        run(tmp_path / "c")
    (tmp_path / "c" / "true" / "a.fits").write_bytes(b"")
    with pytest.raises(DataError, match=r"no usable candidate: seen 1 .*empty-file 1.*quarantine\.ecsv"):
        run(tmp_path / "c")


def test_existing_cube_is_refused_before_anything_is_read(cutouts, monkeypatch):
    run(cutouts)
    monkeypatch.setattr("otrain.workflows.convert.intake", lambda *a, **k: pytest.fail("was read"))
    with pytest.raises(OutputError, match="exists already"):
        run(cutouts)


def test_cube_of_another_store_keeps_what_lies_beside_it(cutouts):
    done = run(cutouts, contact_sheet=True)
    before = {path: path.read_bytes() for path in done.path.parent.iterdir()}
    for store in ("h5", "folder", "gotorb"):
        with pytest.raises(OutputError, match=r"night1\.npz: exists already"):
            run(cutouts, store=store, contact_sheet=True)
    assert {path: path.read_bytes() for path in done.path.parent.iterdir()} == before
    run(cutouts, store="folder", overwrite=True)
    with pytest.raises(OutputError, match=r"night1: exists already"):
        run(cutouts, store="h5", cube="night1", path_datacube=moved(cutouts.parent / "out"))


def moved(out):
    """Leave only the folder of a cube."""
    (out / "datacube" / "night1.npz").unlink()
    return out


@pytest.mark.parametrize("store", ["folder", "gotorb", "auto"])
def test_folder_of_somebody_else_is_never_replaced(cutouts, store):
    folder = cutouts.parent / "out" / "datacube" / "night1"
    folder.mkdir(parents=True)
    (folder / "thesis.tex").touch()
    with pytest.raises(OutputError, match=r"no cube\.json or data_stamps\.h5 in it"):
        run(cutouts, store=store, overwrite=True)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]
    run(cutouts, store="npz")


def test_failed_conversion_leaves_what_lies_beside_the_old_cube(cutouts, monkeypatch):
    (cutouts / "true" / "broken.fits").write_bytes(b"")
    done = run(cutouts, contact_sheet=True)
    before = {path: path.read_bytes() for path in done.path.parent.iterdir()}
    assert done.quarantine in before
    (cutouts / "true" / "broken.fits").unlink()

    def full(*args, **kwargs):
        raise OSError("no room")

    monkeypatch.setattr("otrain.workflows.convert.write_cube", full)
    with pytest.raises(OSError, match="no room"):
        run(cutouts, overwrite=True)
    assert {path: path.read_bytes() for path in done.path.parent.iterdir()} == before


def test_what_killed_conversions_left_is_removed(cutouts):
    folder = cutouts.parent / "out" / "datacube"
    folder.mkdir(parents=True)
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    for name in ("night1.npz.tmp", "night1.summary.json.tmp"):
        (folder / f".{name}-{process.pid}").touch()
    for name in (".night1.progress", ".night1.progress-images", ".night1.progress-others"):
        (folder / name).write_bytes(b'{"format": 2, "request": {"cut short')  # it did nothing yet
    run(cutouts)
    assert sorted(path.name for path in folder.iterdir()) == ["night1.npz", "night1.summary.json"]


def test_waiting_images_are_named_after_the_cube(cutouts, monkeypatch):
    def stop(path, *args, **kwargs):
        raise RuntimeError(" ".join(sorted(entry.name for entry in path.parent.iterdir() if "images" in entry.name)))

    monkeypatch.setattr("otrain.workflows.convert.write_cube", stop)
    with pytest.raises(RuntimeError, match=r"^\.night1\.progress-images$"):
        run(cutouts)


@pytest.mark.parametrize("store", ["npz", "folder", "h5", "gotorb"])
def test_every_store_holds_the_same_examples(cutouts, store):
    with open_cube(run(cutouts, store=store).path) as cube, open_cube(
            run(cutouts, cube="plain").path) as plain:
        np.testing.assert_array_equal(cube.read(np.arange(8)), plain.read(np.arange(8)))
        np.testing.assert_array_equal(cube.labels, plain.labels)


def test_large_cube_becomes_a_folder(cutouts, monkeypatch):
    monkeypatch.setattr("otrain.workflows.convert.FOLDER_BYTES", 1000)
    assert run(cutouts).path.is_dir()


def test_cube_does_not_depend_on_the_number_of_workers(cutouts):
    identities = {open_cube(run(cutouts, cube=f"c{jobs}", jobs=jobs).path).identity for jobs in (0, 1, 3)}
    assert len(identities) == 1


def test_only_the_named_files_are_left(cutouts):
    done = run(cutouts, contact_sheet=True)
    assert sorted(path.name for path in done.path.parent.iterdir()) == [
        "night1.npz", "night1.png", "night1.summary.json"]
    assert done.contact_sheet.read_bytes().startswith(b"\x89PNG")
    assert json.loads((done.path.parent / "night1.summary.json").read_text()) == done.summary


def test_a_cube_can_be_converted_again(cutouts):
    first = run(cutouts)
    again = run(first.path, cube="again", store="folder", path_datacube=cutouts.parent / "second")
    with open_cube(first.path) as one, open_cube(again.path) as two:
        np.testing.assert_array_equal(one.read(np.arange(8)), two.read(np.arange(8)))
        np.testing.assert_array_equal(one.labels, two.labels)


@pytest.mark.parametrize(("source", "name"), [
    ("night.2026-11-21", "night.2026-11-21"), ("c.1.fits.gz", "c.1"), ("c.FITS", "c"), ("c.fits.fz", "c"),
    ("a.b.avro", "a.b"), ("c.npz", "c"), ("c.hdf5", "c"), ("fits", "fits"),
])
def test_only_the_ending_of_a_file_is_left_out_of_the_name(tmp_path, source, name):
    with pytest.raises(OutputError, match="exists already"):
        (tmp_path / "datacube").mkdir()
        (tmp_path / "datacube" / f"{name}.npz").touch()
        run(tmp_path / source, path_datacube=tmp_path)


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden"])
def test_cube_name_is_a_name(cutouts, name):
    with pytest.raises(UsageError, match="--cube takes a name without folders"):
        run(cutouts, cube=name)


class Killed(BaseException):
    """The process is gone."""


def killed(monkeypatch, cutouts, name, after=1, **options):
    """Convert until something is done for the nth time, and no further."""
    where, _, attribute = name.rpartition(".")
    owner = WorkLog if where == "WorkLog" else sys.modules["otrain.workflows.convert"]
    real, seen = getattr(owner, attribute), []

    def once_more(*args, **kwargs):
        result = real(*args, **kwargs)
        seen.append(1)
        if len(seen) == after:
            raise Killed
        return result

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(owner, attribute, once_more)
        run(cutouts, **{"checkpoint_every": 0, **options})


@pytest.fixture
def mixed(cutouts, monkeypatch):
    """Candidates of every fate: kept, broken, alone, equal to another one, at an edge; a folder of many."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    same = np.random.default_rng(7).normal(size=(9, 9))
    write_cutout(cutouts / "true" / "a_same.fits", same)
    write_cutout(cutouts / "false" / "z_same.fits", same)
    write_cutout(cutouts / "false" / "edge.fits", same + 1, EDGE="True")
    (cutouts / "false" / "broken.fits").write_bytes(b"SIMPLE")
    write_cutout(cutouts / "alone.fits", same + 2)
    return cutouts


def files_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("store", ["npz", "folder", "h5", "gotorb"])
@pytest.mark.parametrize("kills", [[("WorkLog.add", 3)], [("WorkLog.add", 1), ("WorkLog.add", 2), ("WorkLog.add", 4)],
                                   [("draw_sheet_png", 1)], [("write_cube", 1)], [("_write_rejected", 1)]])
def test_killed_conversion_ends_with_the_same_bytes(mixed, monkeypatch, store, kills):
    options = {"store": store, "frac_true": 0.5, "contact_sheet": True}
    whole = run(mixed, path_datacube=mixed.parent / "whole", **options)
    for number, (name, after) in enumerate(kills):
        name = "_draw_sheet" if name == "draw_sheet_png" else name
        killed(monkeypatch, mixed, name, after, resume=number > 0, **options)
    again = run(mixed, resume=True, checkpoint_every=0, **options)
    assert files_of(mixed.parent / "out") == files_of(mixed.parent / "whole")
    assert again.tally == whole.tally and again.tally.quarantined and again.tally.skipped


def test_inputs_that_are_done_are_not_read_again(cutouts, monkeypatch):
    killed(monkeypatch, cutouts, "WorkLog.add", 5, frac_true="all")
    read = []
    monkeypatch.setattr("otrain.workflows.reading.intake.run_restartable", lambda door, items, **k: read.extend(items) or ())
    run(cutouts, resume=True, checkpoint_every=0, frac_true="all")
    assert len(read) == 4  # of the fifth it is not known whether it holds more than one example


def test_images_that_are_not_as_they_were_are_read_again(mixed, monkeypatch):
    whole = run(mixed, path_datacube=mixed.parent / "whole")
    killed(monkeypatch, mixed, "WorkLog.add", 6)
    images = mixed.parent / "out" / "datacube" / ".night1.progress-images"
    content = bytearray(images.read_bytes())
    content[-2000] ^= 255
    images.write_bytes(content)
    again = run(mixed, resume=True, checkpoint_every=0)
    assert again.path.read_bytes() == whole.path.read_bytes()


def test_complete_conversion_is_not_done_again(mixed, monkeypatch, capsys):
    done = run(mixed, contact_sheet=True)
    monkeypatch.setattr("otrain.workflows.convert.intake", None)
    again = run(mixed, contact_sheet=True, resume=True)
    assert (again.path, again.tally, again.contact_sheet, again.quarantine) == (
        done.path, done.tally, done.contact_sheet, done.quarantine)
    assert "is complete already" in capsys.readouterr().err
    with pytest.raises(OutputError, match="exists already"):
        run(mixed, contact_sheet=True, resume=True, seed=1)


@pytest.mark.parametrize("change", ["added", "removed", "changed"])
def test_complete_conversion_of_other_inputs_is_refused(cutouts, change):
    run(cutouts)
    files = sorted((cutouts / "true").iterdir())
    if change == "added":
        (cutouts / "true" / "new.fits").write_bytes(files[0].read_bytes())
    elif change == "removed":
        files[0].unlink()
    else:
        files[0].write_bytes(files[0].read_bytes() + bytes(2880))
    with pytest.raises(UsageError, match=r"night1\.npz: was made of other inputs.*Make it anew with --overwrite"):
        run(cutouts, resume=True)
    run(cutouts, overwrite=True)
    run(cutouts, resume=True)


@pytest.mark.parametrize("store", ["npz", "folder", "h5"])
def test_complete_conversion_with_a_flipped_byte_is_refused(cutouts, store):
    path = run(cutouts, store=store).path
    file = path / "shard-00000.npy" if path.is_dir() else path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(IntegrityError, match="night1"):
        run(cutouts, store=store, resume=True)


def test_cube_in_the_folder_of_its_cutouts_is_complete_and_no_input_of_itself(cutouts):
    first = run(cutouts, path_datacube=cutouts)
    assert run(cutouts, path_datacube=cutouts, resume=True).tally == first.tally
    again = run(cutouts, path_datacube=cutouts, overwrite=True).tally
    assert (again.kept, again.quarantined) == (first.tally.kept, first.tally.quarantined)
    assert again.skipped["own-product"] == 2


@pytest.mark.parametrize("store", ["npz", "folder"])
def test_cube_among_the_cutouts_that_it_was_made_of_is_no_input_again(cutouts, store):
    first = run(cutouts, path_datacube=cutouts / "sub", store=store, contact_sheet=True)
    again = run(cutouts, path_datacube=cutouts.parent / "other")
    assert again.tally.kept == first.tally.kept and not again.tally.quarantined
    assert again.tally.skipped["own-product"] == {"npz": 3, "folder": 5}[store]
    inside = run(cutouts / "sub", path_datacube=cutouts.parent / "third")  # here it is the one that is meant
    assert inside.tally.kept == first.tally.kept


def test_another_table_of_labels_under_the_same_name_is_another_request(cutouts, monkeypatch):
    table = cutouts.parent / "labels.csv"
    names = sorted(str(path.relative_to(cutouts)) for path in cutouts.rglob("*.fits"))
    table.write_text("file,label\n" + "".join(f"{name},{n % 2}\n" for n, name in enumerate(names)))
    killed(monkeypatch, cutouts, "WorkLog.add", 3, labels=table)
    table.write_text(table.read_text().replace(",1", ",0", 1))
    with pytest.raises(UsageError, match="labels_sha256"):
        run(cutouts, resume=True, labels=table, checkpoint_every=0)


def test_unfinished_conversion_is_continued_refused_or_given_up(cutouts, monkeypatch):
    killed(monkeypatch, cutouts, "WorkLog.add", 3)
    with pytest.raises(UsageError, match="seed: 0 then, 1 now"):
        run(cutouts, resume=True, seed=1, checkpoint_every=0)
    with pytest.raises(OutputError, match="Continue with --resume"):
        run(cutouts, checkpoint_every=0)
    run(cutouts, overwrite=True, checkpoint_every=0)
    assert sorted(path.name for path in (cutouts.parent / "out" / "datacube").iterdir()) == [
        "night1.npz", "night1.summary.json"]


def write_pixels(path, *, label=True, highest=2):
    rng = np.random.default_rng(0)
    images = rng.normal(size=(4, 8, 8, 2)).astype("f4")
    images[..., 1] = 0
    images[1, 2:4, 2:4, 1], images[2, 5, 5, 1] = 1, highest
    meta = {"channels": ["science", "label" if label else "template"], "classes": ["bogus", "real"]}
    write_cube(path, [images], labels=np.zeros(4, int), columns={"candid": np.array(list("abcd"))}, meta=meta)
    return path


def test_pixels_get_classes_from_a_channel(tmp_path):
    done = run(write_pixels(tmp_path / "sky.npz"), task="segmentation", classes=["sky", "star", "trail"])
    with open_cube(done.path) as cube:
        assert cube.meta["targets"] == [{"name": "label", "channel": "label", "shape": [8, 8],
                                         "classes": ["sky", "star", "trail"]}]
        assert sorted(cube.labels.tolist()) == [0, 0, 1, 2]
        assert TASKS.load("segmentation").lesson(cube.meta).shape == (8, 8)


def test_images_without_classes_of_pixels_are_refused(tmp_path):
    with pytest.raises(DataError, match="missing-channel"):
        run(write_pixels(tmp_path / "sky.npz", label=False), task="segmentation")
    assert not list(tmp_path.rglob("out/datacube/*.npz"))


def test_folders_and_tables_of_three_classes_agree(tmp_path):
    for i, kind in enumerate(("sn", "agn", "artefact") * 2):
        write_cutout(tmp_path / "a" / kind / f"c{i}.fits", np.random.default_rng(i).normal(size=(5, 5)))
        write_cutout(tmp_path / "b" / f"c{i}.fits", np.random.default_rng(i).normal(size=(5, 5)))
    (tmp_path / "t.csv").write_text("file,label\n" + "".join(
        f"c{i}.fits,{kind}\n" for i, kind in enumerate(("sn", "agn", "artefact") * 2)))
    classes = ["artefact", "agn", "sn"]
    cubes = [open_cube(run(tmp_path / "a", classes=classes).path),
             open_cube(run(tmp_path / "b", classes=classes, labels=tmp_path / "t.csv").path)]
    labels = [dict(zip(cube.columns["candid"].tolist(), cube.labels.tolist(), strict=True)) for cube in cubes]
    assert labels[0] == labels[1] == {f"c{i}": [2, 1, 0][i % 3] for i in range(6)}
    assert cubes[0].classes == cubes[1].classes == tuple(classes)


def test_a_task_without_a_fitting_network_is_refused_before_anything_is_read(tmp_path, monkeypatch):
    transients = DOMAINS.load("transients")
    rules = {"classification": dataclasses.replace(transients.tasks["classification"], model="unet3p")}
    monkeypatch.setattr("otrain.domains.transients.contents.DOMAIN", dataclasses.replace(transients, tasks=rules))
    with pytest.raises(UsageError, match="--architecture unet3p takes examples of time x channel"):
        run(tmp_path / "nothing here")


def test_a_cube_that_teaches_nothing_is_refused_where_its_task_is_asked_for(cutouts, monkeypatch, capsys):
    transients = DOMAINS.load("transients")
    rules = {"segmentation": dataclasses.replace(transients.tasks["segmentation"], source=None)}
    monkeypatch.setattr("otrain.domains.transients.contents.DOMAIN", dataclasses.replace(transients, tasks=rules))
    with pytest.raises(DataError, match="no channel of the cube says which class each point has"):
        run(cutouts, task="segmentation")
    assert not list(cutouts.parent.rglob("*.npz"))
    run(cutouts)
    assert "can be scored but not trained on" in capsys.readouterr().err


def cube_of_three(path):
    images = np.random.default_rng(0).normal(size=(6, 5, 5, 1)).astype("f4")
    write_cube(path, [images], labels=np.arange(6) % 3, columns={"candid": np.array(list("abcdef"))},
               meta={"channels": ["difference"], "classes": ["bogus", "sn", "agn"]})
    return path


def labels_by_name(cube):
    with open_cube(cube) as opened:
        return {str(name): opened.classes[label]
                for name, label in zip(opened.columns["candid"], opened.labels, strict=True)}


def test_a_cube_keeps_its_classes_by_name(tmp_path):
    done = run(cube_of_three(tmp_path / "three.npz"))
    assert labels_by_name(done.path) == {"a": "bogus", "b": "sn", "c": "agn", "d": "bogus", "e": "sn", "f": "agn"}


@pytest.mark.parametrize("classes", [["bogus", "real=sn+agn"], ["real=sn,agn", "bogus"]])
def test_classes_of_a_cube_may_be_joined_in_any_order(tmp_path, classes):
    done = run(cube_of_three(tmp_path / "three.npz"), classes=classes, frac_true="all")
    assert labels_by_name(done.path) == {"a": "bogus", "b": "real", "c": "real", "d": "bogus", "e": "real", "f": "real"}


def test_a_class_of_a_cube_that_is_not_named_is_quarantined(tmp_path):
    done = run(cube_of_three(tmp_path / "three.npz"), classes=["bogus", "sn"], frac_true="all")
    assert done.tally.quarantined == {"bad-column": 2} and set(labels_by_name(done.path).values()) == {"bogus", "sn"}


def test_files_that_a_kill_left_beside_a_new_cube_are_recognised(cutouts, monkeypatch):
    from otrain.workflows.reading.verified_cube import open_verified

    path = run(cutouts, contact_sheet=True).path
    assert not open_verified(path).notes
    write_cutout(cutouts / "true" / "new.fits", np.ones((9, 9)))
    (cutouts / "false" / "broken.fits").write_bytes(b"SIMPLE  =                    T")

    def die(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("otrain.workflows.convert._write_rejected", die)
        with pytest.raises(KeyboardInterrupt):
            run(cutouts, contact_sheet=True, overwrite=True)
    (note,) = open_verified(path).notes
    assert note.startswith("night1.summary.json, night1.png beside night1.npz: of another cube")
    run(cutouts, contact_sheet=True, overwrite=True)
    assert not open_verified(path).notes
    assert "cube: " in (path.parent / "night1.quarantine.ecsv").read_text()
