import bz2
import gzip
import io
import lzma
import os
import pickle
import tarfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits

from otrain.catalogue import READERS
from otrain.data.inputs.example import Example
from otrain.data.inputs.listing import Input
from otrain.data.inputs.outcomes import Kept, Quarantined, Skipped, explain
from otrain.data.inputs.quarantine import InputRejected
from otrain.domains.transients.door import Door
from otrain.domains.transients.preparation import make_recipe
from otrain.errors import MissingExtraError, UsageError
from otrain.registry import Registry

DOOR = Door(make_recipe())


def cutout(path, pixels=None, **header):
    pixels = np.ones((4, 4), "f4") if pixels is None else pixels
    fits.PrimaryHDU(pixels, fits.Header(header)).writeto(path)
    return Input(str(path), path.name)


def content(path, data):
    path.write_bytes(data)
    return Input(str(path), path.name)


def reason(item, door=DOOR):
    (outcome,) = door(item)
    assert isinstance(outcome, Quarantined), outcome
    assert len(outcome.words) > 10
    return outcome.reason


def test_good_cutout_is_kept_with_its_label_and_file(tmp_path):
    item = cutout(tmp_path / "c1.fits", CANDID="c1")
    (outcome,) = DOOR(Input(item.path, "true/c1.fits", 1))
    assert isinstance(outcome, Kept)
    assert outcome.example.label == 1
    assert outcome.example.columns == {"candid": "c1", "file": "true/c1.fits"}
    assert outcome.example.image.shape == (4, 4, 1)


@pytest.mark.parametrize(("edge", "fate"), [("False", Kept), (False, Kept), ("True", Skipped), (True, Skipped)])
def test_edge_candidates_are_skipped_by_rule(tmp_path, edge, fate):
    (outcome,) = DOOR(cutout(tmp_path / "c.fits", EDGE=edge))
    assert isinstance(outcome, fate)


def test_each_broken_file_gets_its_reason(tmp_path):
    good = cutout(tmp_path / "good.fits")
    data = (tmp_path / "good.fits").read_bytes()
    assert reason(content(tmp_path / "empty.fits", b"")) == "empty-file"
    assert reason(content(tmp_path / "text.fits", b"hello")) == "unknown-format"
    assert reason(content(tmp_path / "short.fits", data[:2900])) == "truncated"
    assert reason(content(tmp_path / "noend.fits", data[:2800])) == "corrupt"
    assert reason(content(tmp_path / "c.avro", b"Obj\x01rubbish")) in ("corrupt", "truncated", "out-of-memory")
    assert reason(content(tmp_path / "c.npz", b"PK\x03\x04rubbish")) == "corrupt"
    assert reason(content(tmp_path / "c.h5", b"\x89HDF\r\n\x1a\nrubbish")) in ("corrupt", "unreadable")
    assert reason(cutout(tmp_path / "nan.fits", np.full((4, 4), np.nan))) == "no-finite-pixel"
    assert reason(good, Door(make_recipe(size=9))) == "too-small"
    assert reason(good, Door(make_recipe(channels=["science"]))) == "missing-channel"


def test_what_is_no_file_is_not_waited_for(tmp_path):
    (tmp_path / "folder.fits").mkdir()
    os.mkfifo(tmp_path / "pipe.fits")
    (tmp_path / "link.fits").symlink_to(tmp_path / "nothing")
    (tmp_path / "loop.fits").symlink_to(tmp_path / "loop.fits")
    for name in ("folder", "pipe", "link", "loop"):
        assert reason(Input(str(tmp_path / f"{name}.fits"), name)) == "not-a-file"
    assert reason(Input(str(tmp_path / "gone.fits"), "gone")) == "unreadable"


def test_header_without_keywords_is_kept_with_its_columns_missing(tmp_path):
    (outcome,) = DOOR(cutout(tmp_path / "c.fits"))
    assert outcome.example.columns == {"file": "c.fits"}


def test_label_keyword_of_the_header_is_used(tmp_path):
    door = Door(make_recipe(), labels="keyword:TRUTH")
    (outcome,) = door(cutout(tmp_path / "c.fits", TRUTH="bogus"))
    assert outcome.example.label == 0
    assert reason(cutout(tmp_path / "none.fits"), door) == "label-missing"
    assert reason(cutout(tmp_path / "odd.fits", TRUTH="maybe"), door) == "bad-column"


def test_label_of_a_table_is_found_by_candid(tmp_path):
    (tmp_path / "labels.csv").write_text("candid,label\nc1,1\nc2,0\n")
    door = Door(make_recipe(), labels=tmp_path / "labels.csv")
    (outcome,) = door(cutout(tmp_path / "a.fits", CANDID="c2"))
    assert outcome.example.label == 0
    assert reason(cutout(tmp_path / "b.fits", CANDID="c3"), door) == "label-missing"


def test_several_readers_that_answer_are_named(tmp_path, monkeypatch):
    door = Door(make_recipe())
    monkeypatch.setattr(door, "readers", [door.readers[0], door.readers[0]])
    monkeypatch.setattr(door, "alone", None)
    (outcome,) = door(cutout(tmp_path / "c.fits"))
    assert outcome.reason == "ambiguous-format"
    assert "fits, fits" in outcome.words


def test_readers_of_other_files_are_not_asked_about_fits(tmp_path):
    door = Door(make_recipe())
    assert isinstance(door(cutout(tmp_path / "c.fits"))[0], Kept) and "readers" not in vars(door)
    assert door(content(tmp_path / "c.txt", b"x"))[0].reason == "unknown-format" and "readers" in vars(door)


def test_reader_of_another_package_is_asked_about_fits_as_well(tmp_path, monkeypatch):
    class Also:
        name, domain = "also", "transients"

        def recognises(self, probe):
            return True

    known = Registry("reader", {name: READERS[name] for name in READERS.own})
    known._entries["also"] = SimpleNamespace(load=Also)
    monkeypatch.setattr("otrain.domains.transients.door.READERS", known)
    monkeypatch.setattr("otrain.domains.domain.READERS", known)
    assert reason(cutout(tmp_path / "c.fits"), Door(make_recipe())) == "ambiguous-format"


def test_reader_can_be_chosen_by_hand(tmp_path):
    (outcome,) = Door(make_recipe(), reader="fits")(cutout(tmp_path / "c.dat"))
    assert isinstance(outcome, Kept)
    with pytest.raises(UsageError, match=r"Did you mean 'fits'"):
        Door(make_recipe(), reader="fitz")


def test_door_survives_pickling(tmp_path):
    door = pickle.loads(pickle.dumps(DOOR))
    assert isinstance(door(cutout(tmp_path / "c.fits"))[0], Kept)


@pytest.mark.parametrize(("error", "code"), [
    (MemoryError(), "out-of-memory"), (EOFError(), "truncated"), (KeyError("x"), "corrupt"),
    (OSError(5, "Input/output error"), "unreadable"), (OSError("Header missing END card."), "corrupt"),
    (InputRejected("too-large", "words"), "too-large"), (RecursionError(), "corrupt"),
])
def test_every_exception_has_a_reason(error, code):
    assert explain(error).reason == code


def test_plain_cutout_is_read_without_astropy(tmp_path):
    import subprocess
    import sys

    item = cutout(tmp_path / "c.fits", CANDID="c1")
    code = ("import sys; from otrain.domains.transients.contents import DOMAIN; "
            f"(one,) = DOMAIN.source.list_inputs({item.path!r}).inputs; "
            "print(DOMAIN.source.make_door(DOMAIN.preparation.make_recipe())(one)[0].example.columns['candid']); "
            "sys.exit(bool({'astropy', 'fastavro', 'h5py', 'keras'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "c1\n"), done.stderr


def test_label_without_a_class_is_rejected(tmp_path, monkeypatch):
    class Odd:
        name = "odd"

        def recognises(self, probe):
            return True

        def read(self, probe):
            for label in (2, 1, None):
                yield Example(np.ones((4, 4, 1), "f4"), ("difference",), {}, label)

    door = Door(make_recipe())
    door.readers = [Odd()]
    odd, *good = door(content(tmp_path / "c.fits", b"x"))
    assert (odd.reason, odd.words) == ("bad-column", "the file gives the label 2. Known: 0 (bogus), 1 (real), or "
                                       "none. Name other classes with --classes.")
    assert [one.example.label for one in good] == [1, None]


def test_cube_with_labels_of_no_class_says_which(tmp_path):
    np.savez(tmp_path / "c.npz", cube=np.ones((2, 4, 4, 1), "f4"), labels=np.array([0, 2]))
    (outcome,) = DOOR(Input(str(tmp_path / "c.npz"), "c.npz"))
    assert outcome.reason == "corrupt"
    assert outcome.words.startswith(f"{tmp_path}/c.npz: `labels` must be") and "Received also: 2" in outcome.words


def test_chosen_reader_that_does_not_recognise_a_file_says_so(tmp_path):
    (outcome,) = Door(make_recipe(), reader="alert")(cutout(tmp_path / "c.fits"))
    assert outcome.reason == "unknown-format"
    assert outcome.words.startswith("the reader 'alert' does not recognise the file")


def tar_of(path, members):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return Input(str(path), path.name)


def test_members_of_an_archive_are_candidates_with_names_of_their_own(tmp_path):
    good = Path(cutout(tmp_path / "c.fits", CANDID="c").path).read_bytes()
    item = tar_of(tmp_path / "n.tar.gz", {"n/true/a.fits": good, "n/false/b.fits.gz": gzip.compress(good), "n/README": b"text",
                                          "n/bad.fits": b"SIMPLE  =", "n/x.fits": b"no FITS"})
    first, second, note, bad, other = DOOR(item)
    assert [(one.example.label, one.example.columns["file"], one.example.position) for one in (first, second)] == [
        (1, "n.tar.gz/n/true/a.fits", 0), (0, "n.tar.gz/n/false/b.fits.gz", 1)]
    assert note.reason == "not-a-cutout"
    assert (bad.position, bad.words.partition(":")[0], other.reason) == (3, "n/bad.fits", "unknown-format")
    assert [outcome.example.position for outcome in DOOR(Input(item.path, item.name, rows=(1, 2)))] == [1]


def test_archive_that_ends_early_keeps_what_was_whole(tmp_path):
    good = Path(cutout(tmp_path / "c.fits", CANDID="c").path).read_bytes()
    item = tar_of(tmp_path / "n.tar.gz", {"a.fits": good, "b.fits": good})
    data = gzip.decompress(Path(item.path).read_bytes())
    kept, fault = DOOR(content(tmp_path / "cut.tar", data[:len(good) + 2000]))
    assert isinstance(kept, Kept) and fault.reason == "truncated"


def test_member_of_an_archive_is_found_in_a_table(tmp_path):
    good = Path(cutout(tmp_path / "c.fits").path).read_bytes()
    (tmp_path / "l.csv").write_text("file,label\nn/a.fits,1\n")
    (outcome,) = Door(make_recipe(), labels=tmp_path / "l.csv")(tar_of(tmp_path / "n.tar.gz", {"n/a.fits": good}))
    assert outcome.example.label == 1


@pytest.mark.parametrize(("ending", "pack"), [("bz2", bz2.compress), ("xz", lzma.compress), ("gz", gzip.compress)])
def test_compressed_files_are_read_by_content_whatever_their_name(tmp_path, ending, pack):
    good = Path(cutout(tmp_path / "c.fits", CANDID="c").path).read_bytes()
    for name in (f"c.fits.{ending}", "c.dat"):
        (outcome,) = DOOR(content(tmp_path / name, pack(good)))
        assert outcome.example.columns["candid"] == "c"
    assert reason(content(tmp_path / f"d.fits.{ending}", pack(good)[:-20])) in ("truncated", "bad-compression")


def test_missing_package_of_a_codec_ends_the_run_with_its_name(tmp_path, monkeypatch):
    fastavro = pytest.importorskip("fastavro")
    pytest.importorskip("cramjam")
    with open(tmp_path / "a.avro", "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "a", "fields": [{"name": "x", "type": "long"}]}, [{"x": 1}], codec="snappy")
    monkeypatch.setattr("otrain.domains.transients.readers.alert._CODECS", {"snappy": ("no_such_package",)})
    with pytest.raises(MissingExtraError, match=r"no_such_package \(for Avro with snappy\).*otrain\[alerts\]"):
        DOOR(Input(str(tmp_path / "a.avro"), "a.avro"))


def test_whole_frame_among_cutouts_is_set_aside(tmp_path):
    frame = np.random.default_rng(0).normal(size=(600, 520)).astype("f4")
    assert reason(cutout(tmp_path / "frame.fits", frame, EXPTIME=60.0)) == "too-large"
    small = Door(make_recipe(size=31))
    assert reason(cutout(tmp_path / "small.fits", frame[:210, :210], EXPTIME=60.0), small) == "too-large"


def test_large_cutout_of_a_candidate_is_kept(tmp_path):
    image = np.random.default_rng(0).normal(size=(210, 210)).astype("f4")
    (outcome,) = Door(make_recipe(size=31))(cutout(tmp_path / "c.fits", image, CANDID="c1"))
    assert isinstance(outcome, Kept)


def test_odd_values_never_cost_the_cutout_and_are_remarked_on(tmp_path):
    (outcome,) = DOOR(cutout(tmp_path / "c.fits", CANDID="c1", MAG=">20.1", FWHM="2.4 arcsec", EDGE=12.5, MAGERR="0,1"))
    assert outcome.example.columns == {"candid": "c1", "mag_err": 0.1, "file": "c.fits"}
    assert sorted(words.split()[0] for words in outcome.example.remarks if "understood" in words) == ["EDGE", "FWHM", "MAG"]


@pytest.mark.parametrize("value", ["NAN", "INF", "-NAN", "1.#QNAN"])
def test_unquoted_word_for_no_number_is_missing(tmp_path, value):
    item = cutout(tmp_path / "c.fits", MAG=17.5, RA=10.5)
    data = (tmp_path / "c.fits").read_bytes()
    for card in (b"MAG     =                 17.5", b"RA      =                 10.5"):
        assert card in data
        data = data.replace(card, card[:10] + value.encode().rjust(20))
    (outcome,) = DOOR(content(tmp_path / "c.fits", data))
    assert np.isnan(outcome.example.columns["mag"]) and np.isnan(outcome.example.columns["ra"])
    assert item.name == "c.fits"
